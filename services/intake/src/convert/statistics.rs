//! What is counted, as the contract answers it. Shares are cut off, not rounded, as the county's report does:
//! 141 of 883 are 15.96 %.

use proto::intake::v1::{ApplicationState, PoolCount, PoolGroup, PoolStatistics, StateCount};

use super::state_named;
use crate::domain::{listing::PoolRow, record::pool::Progress};

/// The whole of it, from rows that are in order.
pub fn statistics(rows: &[PoolRow], states: Vec<(String, i64)>) -> PoolStatistics {
    let mut pool = PoolCount::default();
    let mut groups: Vec<PoolGroup> = Vec::new();
    for row in rows {
        // Codes of townships end with three zeros.
        let township = format!("{}000", row.township);
        let same = |group: &&mut PoolGroup| {
            group.year == row.pool_year && group.township == township && group.category == row.category
        };
        if groups.last_mut().filter(same).is_none() {
            let (year, category) = (row.pool_year, row.category.clone());
            groups.push(PoolGroup { year, township, category, count: Some(PoolCount::default()) });
        }
        let group = groups.last_mut().and_then(|group| group.count.as_mut());
        for count in group.into_iter().chain([&mut pool]) {
            add(count, row);
        }
    }
    groups.iter_mut().filter_map(|group| group.count.as_mut()).chain([&mut pool]).for_each(share);
    let states = states.into_iter().map(|(state, applications)| {
        let state: ApplicationState = state_named(&state);
        StateCount { state: state.into(), applications: small(applications) }
    });
    PoolStatistics { pool: Some(pool), groups, states: states.collect() }
}

fn add(count: &mut PoolCount, row: &PoolRow) {
    let entries = small(row.entries);
    count.entries = count.entries.saturating_add(entries);
    count.total_fen = count.total_fen.saturating_add(row.total_fen);
    let part = match row.pool_progress.as_str() {
        code if code == Progress::Completed.code() => &mut count.completed,
        code if code == Progress::InProgress.code() => &mut count.in_progress,
        _ => &mut count.not_started,
    };
    *part = part.saturating_add(entries);
}

fn share(count: &mut PoolCount) {
    let of_all = |part: i32| {
        let share = i64::from(part) * 10_000 / i64::from(count.entries.max(1));
        small(share)
    };
    (count.completed_basis_points, count.in_progress_basis_points) =
        (of_all(count.completed), of_all(count.in_progress));
}

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(township: &str, category: &str, progress: Progress, entries: i64) -> PoolRow {
        PoolRow {
            pool_year: 2022,
            township: township.into(),
            category: category.into(),
            pool_progress: progress.code().into(),
            entries,
            total_fen: entries * 100,
        }
    }

    #[test]
    fn scenario_11_the_pool_s_board_shows_what_the_report_says() {
        let rows = [
            row("430921100", "INDUSTRY", Progress::Completed, 100),
            row("430921100", "INDUSTRY", Progress::NotStarted, 300),
            row("430921129", "INDUSTRY", Progress::InProgress, 98),
            row("430921129", "RURAL_CONSTRUCTION", Progress::Completed, 41),
            row("430921129", "RURAL_CONSTRUCTION", Progress::NotStarted, 344),
        ];
        let counted = statistics(&rows, vec![("IN_POOL".into(), 883), ("DRAFT".into(), 2)]);
        let pool = counted.pool.expect("counted");
        assert_eq!((pool.entries, pool.completed, pool.in_progress, pool.not_started), (883, 141, 98, 644));
        assert_eq!((pool.completed_basis_points, pool.in_progress_basis_points), (1_596, 1_109));
        assert_eq!(pool.total_fen, 88_300);
        let groups: Vec<(&str, &str, i32)> = counted
            .groups
            .iter()
            .map(|group| {
                (group.township.as_str(), group.category.as_str(), group.count.map_or(0, |count| count.entries))
            })
            .collect();
        let expected = [
            ("430921100000", "INDUSTRY", 400),
            ("430921129000", "INDUSTRY", 98),
            ("430921129000", "RURAL_CONSTRUCTION", 385),
        ];
        assert_eq!(groups, expected);
        assert_eq!(counted.states[0].state(), ApplicationState::InPool);
    }

    #[test]
    fn an_empty_pool_has_no_shares() {
        let counted = statistics(&[], Vec::new());
        assert_eq!(counted.pool, Some(PoolCount::default()));
    }
}
