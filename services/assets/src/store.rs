//! All SQL of the room: a row a project, an asset and a photograph, written in the step's own transaction, and the list of assets.

use kernel::{Fen, Reach};
use runtime::{Change, Statement, scope::Listing};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::domain::{
    Asset, AssetClass, Event, Project,
    listing::{Filter, ListedAsset},
};

/// What a step leaves beside its events: the project's row, the assets that it registers, the photographs that it uses.
pub fn rows(change: &Change<'_, Project>) -> Vec<Statement> {
    // Of a project without a contract only its suspensions are kept, and nobody reads them here.
    let Project::Known(works) = change.state else { return Vec::new() };
    let assets = registered(change.events);
    let upsert = sqlx::query(
        "with project as (
            insert into projects (project_id, title, village, category, fiscal_year, price_fen, state, accepted_fen,
                                  version, changed_at, audited_fen, suspended)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $20, $21)
            on conflict (project_id) do update
               set state = excluded.state, accepted_fen = excluded.accepted_fen,
                   audited_fen = excluded.audited_fen, suspended = excluded.suspended,
                   version = excluded.version, changed_at = excluded.changed_at
         )
         insert into assets (asset_id, asset_no, project_id, village, title, asset_class, place, value_fen, owner,
                             care_person, operator, registered_at, provisional, asked, fiscal_year, plan_id)
         select asset_id, asset_no, $1, $3, title, asset_class, place, value_fen, owner, care_person, operator,
                $10, $22, $23, $5, $24
           from unnest($11::uuid[], $12::text[], $13::text[], $14::text[], $15::text[], $16::bigint[], $17::text[],
                       $18::text[], $19::text[])
                with ordinality as asset (asset_id, asset_no, title, asset_class, place, value_fen, owner,
                                          care_person, operator, place_in_list)
          order by place_in_list",
    )
    .bind(change.stream)
    .bind(&works.site.title)
    .bind(works.site.village.as_str())
    .bind(&works.site.category)
    .bind(works.site.fiscal_year)
    .bind(works.site.price.fen())
    .bind(works.code())
    .bind(works.stage.acceptance().map(|acceptance| acceptance.accepted.fen()))
    .bind(change.version)
    .bind(change.at)
    .bind(column(&assets, |asset| asset.id))
    .bind(column(&assets, |asset| asset.number.as_str()))
    .bind(column(&assets, |asset| asset.title.as_str()))
    .bind(column(&assets, |asset| asset.class.as_str()))
    .bind(column(&assets, |asset| asset.place.as_str()))
    .bind(column(&assets, |asset| asset.value.fen()))
    .bind(column(&assets, |asset| asset.owner.to_string()))
    .bind(column(&assets, |asset| asset.care_person.as_str()))
    .bind(column(&assets, |asset| asset.operator.as_str()))
    .bind(works.audited.map(Fen::fen))
    .bind(works.suspensions.standing().is_some())
    .bind(works.stage.registration().is_none())
    .bind(works.site.seats())
    .bind(works.site.plan);
    // What stood provisionally makes room for what stands for good, under the same ids.
    let replaced = (works.provisional.is_some() && works.stage.registration().is_some() && !assets.is_empty())
        .then(|| sqlx::query("delete from assets where project_id = $1 and provisional").bind(change.stream));
    replaced.into_iter().chain([upsert]).chain(photographs(change)).collect()
}

/// The assets that a step registers; none for most steps.
fn registered(events: &[Event]) -> Vec<&Asset> {
    let registrations = events.iter().filter_map(|event| match event {
        Event::AssetsRegistered(registration) | Event::AssetsProvisionallyRegistered(registration) => {
            Some(&registration.assets)
        }
        Event::ProjectExpected { .. }
        | Event::CompletionReported(_)
        | Event::TownshipCheckPassed(_)
        | Event::AcceptancePassed(_)
        | Event::ProjectSuspended { .. }
        | Event::ProjectResumed
        | Event::ActsHeard { .. }
        | Event::FinalAccountHeard { .. } => None,
    });
    registrations.flatten().collect()
}

/// The photographs that a step uses up. Reports of before the rule may share one: the first keeps it.
fn photographs(change: &Change<'_, Project>) -> Option<Statement> {
    let reported = change.events.iter().find_map(|event| match event {
        Event::CompletionReported(completion) => Some(completion),
        Event::ProjectExpected { .. }
        | Event::TownshipCheckPassed(_)
        | Event::AcceptancePassed(_)
        | Event::AssetsRegistered(_)
        | Event::AssetsProvisionallyRegistered(_)
        | Event::ProjectSuspended { .. }
        | Event::ProjectResumed
        | Event::ActsHeard { .. }
        | Event::FinalAccountHeard { .. } => None,
    })?;
    let names: Vec<&str> = reported.photographs().map(|(_, photograph)| photograph.sha256.as_str()).collect();
    let insert = if reported.own_photographs { USE_PHOTOGRAPHS } else { USE_PHOTOGRAPHS_OF_BEFORE };
    Some(sqlx::query(insert).bind(names).bind(change.stream))
}

/// Sorted, so that two reports can't deadlock.
const USE_PHOTOGRAPHS: &str = "insert into photographs (sha256, project_id)
     select sha256, $2 from unnest($1::text[]) as photograph (sha256) order by sha256";

const USE_PHOTOGRAPHS_OF_BEFORE: &str = "insert into photographs (sha256, project_id)
     select sha256, $2 from unnest($1::text[]) as photograph (sha256) order by sha256 on conflict do nothing";

/// Of these photographs, those that serve another project.
pub async fn used_elsewhere(pool: &PgPool, project: Uuid, photographs: &[&str]) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("select sha256 from photographs where sha256 = any ($1) and project_id <> $2")
        .bind(photographs)
        .bind(project)
        .fetch_all(pool)
        .await
}

fn column<'a, T>(assets: &[&'a Asset], value: impl Fn(&'a Asset) -> T) -> Vec<T> {
    assets.iter().map(|asset| value(asset)).collect()
}

runtime::from_row!(ListedAsset {
    entry,
    asset_id,
    asset_no,
    project_id,
    title,
    asset_class,
    place,
    value_fen,
    owner,
    care_person,
    operator,
    provisional,
});

/// A page of the assets within this reach, the newest first.
pub async fn assets(
    pool: &PgPool,
    reach: &Reach,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> sqlx::Result<Vec<ListedAsset>> {
    let class = filter.class.map(AssetClass::as_str).unwrap_or_default();
    // What one project or one plan has built is found by it, and then put in order.
    let sql = match (filter.project, filter.plan) {
        (Some(_), _) => built_by("project_id = $2 and ($9::uuid is null or plan_id = $9)"),
        (None, Some(_)) => built_by("$2::uuid is null and plan_id = $9"),
        (None, None) => LISTING.sql(),
    };
    let named = filter.project.is_some() || filter.plan.is_some();
    let page = sqlx::query_as(AssertSqlSafe(sql)).bind(&reach.prefixes);
    let page = if named { page.bind(filter.project) } else { page.bind(NO_STATES) };
    let page = page.bind(before).bind(limit).bind(&reach.seats).bind(filter.fiscal_year).bind(class);
    let page = page.bind(&filter.division);
    let page = if named { page.bind(filter.plan) } else { page };
    page.fetch_all(pool).await
}

/// Arguments as in [`LISTING`], but for `$2`: the project, and `$9`: the plan.
fn built_by(place: &str) -> String {
    format!(
        "select {columns} from assets
          where (village ^@ any ($1::text[]) or asked && $5::text[]) and {place} and entry < coalesce($3, {beyond}){filters}
          order by entry desc limit $4",
        columns = LISTING.columns,
        beyond = LISTING.beyond,
        filters = LISTING.filters,
    )
}

/// An asset's life has no states here yet: the listing's argument for them stays empty.
const NO_STATES: &[&str] = &[];

const LISTING: Listing = Listing {
    table: "assets",
    columns: "entry, asset_id, asset_no, project_id, title, asset_class, place, value_fen, owner, care_person, operator, provisional",
    key: "entry",
    beyond: "9223372036854775807",
    states: false,
    filters: " and ($6 = 0 or fiscal_year = $6) and ($7 = '' or asset_class = $7) and coalesce(village ^@ $8, false)",
};
