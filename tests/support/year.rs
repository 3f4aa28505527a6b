//! A county's year of projects (全县一年的项目): one workbook, imported and taken through village, township and county to the
//! pool, each step by the person whose step it is, with the notices' days going by on the clock that can be moved.

mod steps;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kernel::Role;
use play::{
    county::{self, CATEGORY},
    story::TOTAL,
};
use proto::intake::v1::{Application, GetApplicationRequest, GetPoolStatisticsRequest};
use rust_xlsxwriter::Workbook;
use secrecy::SecretString;
use xianjie::{
    commands::import::{self, columns::SHEETS},
    demo::PASSWORD,
};

use crate::{
    desk::{BUREAU, Desk, VILLAGE},
    pack_folder,
};

/// The plan year.
const YEAR: &str = "2022";
/// Projects taken a step further at a time.
const AT_ONCE: usize = 8;
/// Ten days of a notice; the day of posting does not count.
const NOTICE: time::Duration = time::Duration::days(11);

/// What a year came to.
#[derive(Debug)]
pub struct Year {
    /// Projects in the pool at its end, as the pool's own board counts them.
    pub pooled: i64,
    /// How long the import took.
    pub import: Duration,
    /// How long it took from the drafts to the pool.
    pub to_pool: Duration,
}

/// Writes the county's pack, in which the committee member of [`VILLAGE`] keeps the books of all villages: one workbook has
/// one account.
///
/// # Errors
/// When the pack is no longer as this needs it.
pub fn pack(folder: &Path) -> anyhow::Result<()> {
    county::copy(folder, |name, text| {
        if name != "persons.toml" {
            return Ok(text);
        }
        let own = format!(r#"posts = ["V-SEC@{VILLAGE}"]"#);
        ensure!(text.contains(&own), "nobody sits in the committee of {VILLAGE} alone");
        let all: Vec<String> = villages(&text).iter().map(|village| format!(r#""V-SEC@{village}""#)).collect();
        Ok(text.replacen(&own, &format!("posts = [{}]", all.join(", ")), 1))
    })
}

/// The villages whose committees the pack names, that of [`VILLAGE`] first.
fn villages(persons: &str) -> Vec<String> {
    let named = persons.split(r#""V-SEC@"#).skip(1).filter_map(|rest| rest.split_once('"'));
    let mut villages: Vec<String> = named.map(|(code, _)| code.to_owned()).collect();
    villages.sort_by_key(|code| (code != VILLAGE, code.clone()));
    villages.dedup();
    villages
}

/// Plays a year of that many projects in that many villages, so many at once.
///
/// # Errors
/// When a row is bad, a step is refused, or what must follow does not.
pub async fn play(desk: &mut Desk, projects: usize, villages: usize, at_once: usize) -> anyhow::Result<Year> {
    let began = Instant::now();
    let mut year = imported(desk, projects, villages, at_once).await?;
    let import = began.elapsed();

    let began = Instant::now();
    year.village().await?;
    year.township().await?;
    year.county().await?;
    let to_pool = began.elapsed();

    let asked = GetPoolStatisticsRequest { year: YEAR.parse()?, division: String::new() };
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let board = bureau.intake.get_pool_statistics(asked).await?.into_inner();
    let pooled = board.pool.context("the board counts the pool")?.entries;
    Ok(Year { pooled: pooled.into(), import, to_pool })
}

/// So many projects in that many villages, taken as far as the county's departments; the applications as they stand then. One
/// account has them all, as in [`pack`].
///
/// # Errors
/// As [`play`].
pub async fn forwarded(desk: &mut Desk, projects: usize, villages: usize) -> anyhow::Result<Vec<Application>> {
    let mut year = imported(desk, projects, villages, AT_ONCE).await?;
    year.village().await?;
    year.township().await?;
    let applications = year.applications;
    desk.house.settle().await;
    Ok(applications)
}

/// The same, taken to the pool.
///
/// # Errors
/// As [`play`].
pub async fn pooled(desk: &mut Desk, projects: usize, villages: usize) -> anyhow::Result<Vec<Application>> {
    let mut year = imported(desk, projects, villages, AT_ONCE).await?;
    year.village().await?;
    year.township().await?;
    year.county().await?;
    let applications = year.applications;
    desk.house.settle().await;
    Ok(applications)
}

/// The workbook written, imported and read again as drafts.
async fn imported(desk: &mut Desk, projects: usize, villages: usize, at_once: usize) -> anyhow::Result<Under<'_>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("year.xlsx");
    let persons = fs::read_to_string(pack_folder().join("persons.toml"))?;
    let villages: Vec<String> = self::villages(&persons).into_iter().take(villages).collect();
    write(&file, &villages, projects)?;
    let account = desk.secretary().await.person.account;
    let server = format!("http://{}", desk.house.rooms.address());
    let rows = import::applications(&file, &server, &account, SecretString::from(PASSWORD), |_, _, _| ()).await?;
    if let Some(bad) = rows.iter().find(|row| row.project_id.is_none()) {
        anyhow::bail!("row {} is bad: {:?}", bad.number, bad.faults);
    }
    let mut year = Under { desk, at_once, applications: Vec::new() };
    year.drafts(rows.into_iter().filter_map(|row| row.project_id)).await?;
    Ok(year)
}

/// The workbook: the template's sheets, a row a project, details by its number.
fn write(file: &Path, villages: &[String], projects: usize) -> anyhow::Result<()> {
    let mut workbook = Workbook::new();
    for sheet in SHEETS {
        let page = workbook.add_worksheet().set_name(sheet.name)?;
        for (at, column) in (0_u16..).zip(sheet.columns) {
            page.write_string(0, at, column.header)?;
            for (row, village) in (1_u32..).zip(villages.iter().cycle().take(projects)) {
                page.write_string(row, at, text(column.field, column.example, village, row))?;
            }
        }
    }
    workbook.save(file)?;
    Ok(())
}

/// What a row says in a column: the template's example, but for what tells projects apart and adds up.
fn text(field: &str, example: &str, village: &str, row: u32) -> String {
    match field {
        "" => row.to_string(),
        "title" => format!("{row}号机耕路"),
        "category" => CATEGORY.0.to_owned(),
        "sub_type" => CATEGORY.1.to_owned(),
        "village" => village.to_owned(),
        "place" => format!("{row}号田块"),
        "unit_price_fen" => "250.00".to_owned(),
        "total_fen" | "amount_fen" => TOTAL.to_string(),
        _ => example.to_owned(),
    }
}

/// A year under way.
struct Under<'a> {
    desk: &'a mut Desk,
    at_once: usize,
    applications: Vec<Application>,
}

impl Under<'_> {
    /// Takes every application one step further, several at once.
    async fn each(
        &mut self,
        what: &str,
        step: impl AsyncFn(&Desk, Application) -> anyhow::Result<Application>,
    ) -> anyhow::Result<()> {
        let (applications, desk) = (std::mem::take(&mut self.applications), &*self.desk);
        let steps = stream::iter(applications.into_iter().map(|application| step(desk, application)));
        let done: anyhow::Result<_> = steps.buffer_unordered(self.at_once).try_collect().await;
        self.applications = done.with_context(|| what.to_owned())?;
        Ok(())
    }

    async fn drafts(&mut self, ids: impl Iterator<Item = String>) -> anyhow::Result<()> {
        self.applications = ids.map(|project_id| Application { project_id, ..Application::default() }).collect();
        let secretary = self.desk.secretary().await;
        self.each("drafts", async |_, application| {
            let request = GetApplicationRequest { project_id: application.project_id };
            Ok(secretary.intake.clone().get_application(request).await?.into_inner())
        })
        .await
    }
}
