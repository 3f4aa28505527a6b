//! All SQL of the room: a row a project and a row an asset, written in the step's own transaction, and the list of assets.

use runtime::{Change, Machine, Outgoing, Statement, scope::Listing};
use sqlx::{AssertSqlSafe, FromRow, PgPool};
use uuid::Uuid;

use crate::{
    domain::{Asset, Command, Event, Project},
    publish,
};

impl Machine for Project {
    const NAME: &'static str = "project";

    fn begins(command: &Command) -> bool {
        matches!(command, Command::Expect { .. })
    }

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        // A step has at least one fact, and the first one makes the project known.
        let Self::Known(works) = change.state else { return Vec::new() };
        let assets = registered(change.events);
        let upsert = sqlx::query(
            "with project as (
                insert into projects (project_id, title, village, category, fiscal_year, price_fen, state, accepted_fen,
                                      version, changed_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                on conflict (project_id) do update
                   set state = excluded.state, accepted_fen = excluded.accepted_fen,
                       version = excluded.version, changed_at = excluded.changed_at
             )
             insert into assets (asset_id, asset_no, project_id, village, title, asset_class, place, value_fen, owner,
                                 care_person, operator, registered_at)
             select asset_id, asset_no, $1, $3, title, asset_class, place, value_fen, owner, care_person, operator, $10
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
        .bind(works.stage.code())
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
        .bind(column(&assets, |asset| asset.operator.as_str()));
        vec![upsert]
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::publish(change)
    }
}

/// The assets that a step registers; none for most steps.
fn registered(events: &[Event]) -> Vec<&Asset> {
    let registrations = events.iter().filter_map(|event| match event {
        Event::AssetsRegistered(registration) => Some(&registration.assets),
        Event::ProjectExpected { .. }
        | Event::CompletionReported(_)
        | Event::TownshipCheckPassed(_)
        | Event::AcceptancePassed(_) => None,
    });
    registrations.flatten().collect()
}

fn column<'a, T>(assets: &[&'a Asset], value: impl Fn(&'a Asset) -> T) -> Vec<T> {
    assets.iter().map(|asset| value(asset)).collect()
}

/// An asset as a list shows it.
#[derive(Debug, Clone, FromRow)]
pub struct ListedAsset {
    /// Position in the register: the key of a page.
    pub entry: i64,
    /// Id.
    pub asset_id: Uuid,
    /// Asset number.
    pub asset_no: String,
    /// The project that it came from.
    pub project_id: Uuid,
    /// Name.
    pub title: String,
    /// Class.
    pub asset_class: String,
    /// Place.
    pub place: String,
    /// Original value in fen.
    pub value_fen: i64,
    /// Owner.
    pub owner: String,
    /// Care person.
    pub care_person: String,
    /// Operator.
    pub operator: String,
}

/// A page of assets, the newest first, in villages under one of these division prefixes; every project's when none is named.
pub async fn assets(
    pool: &PgPool,
    prefixes: &[String],
    project: Option<Uuid>,
    before: Option<i64>,
    limit: i64,
) -> sqlx::Result<Vec<ListedAsset>> {
    match project {
        Some(project) => sqlx::query_as(OF_PROJECT).bind(prefixes).bind(project).bind(before).bind(limit),
        None => sqlx::query_as(AssertSqlSafe(LISTING.sql())).bind(prefixes).bind(NO_STATES).bind(before).bind(limit),
    }
    .fetch_all(pool)
    .await
}

const OF_PROJECT: &str =
    "select entry, asset_id, asset_no, project_id, title, asset_class, place, value_fen, owner, care_person, operator
       from assets
      where exists (select from unnest($1::text[]) as prefix where starts_with(village, prefix))
        and project_id = $2
        and entry < coalesce($3, 9223372036854775807)
      order by entry desc limit $4";

/// An asset's life has no states here yet: the listing's argument for them stays empty.
const NO_STATES: &[&str] = &[];

const LISTING: Listing = Listing {
    table: "assets",
    columns: "entry, asset_id, asset_no, project_id, title, asset_class, place, value_fen, owner, care_person, operator",
    key: "entry",
    beyond: "9223372036854775807",
    states: false,
    filters: "",
};
