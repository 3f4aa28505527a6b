//! What a list of the register can show: an asset as a row of it.

use uuid::Uuid;

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
