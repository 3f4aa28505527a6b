//! What the list of the register can be narrowed by, and what it shows: an asset as a row of it.
//!
//! A page's token belongs to its filter, which therefore says itself as text: `key`.

use uuid::Uuid;

use super::record::AssetClass;

/// Which assets are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The project that built them; all when none is named.
    pub project: Option<Uuid>,
    /// The plan that paid for them; all when none is named.
    pub plan: Option<Uuid>,
    /// Significant digits of the division; all when empty.
    pub division: String,
    /// Plan year; all when 0.
    pub fiscal_year: i32,
    /// Class; all when none is named.
    pub class: Option<AssetClass>,
}

impl Filter {
    /// The filter as text.
    #[must_use]
    pub fn key(&self) -> String {
        let Self { project, plan, division, fiscal_year, class } = self;
        let named = |id: &Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let (project, plan) = (named(project), named(plan));
        format!("{project};{plan};{division};{fiscal_year};{}", class.map(AssetClass::as_str).unwrap_or_default())
    }
}

/// An asset as a list shows it.
#[derive(Debug, Clone)]
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
    /// Whether it stands there until the audit.
    pub provisional: bool,
}
