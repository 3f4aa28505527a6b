//! What people hand in, where it makes no difference what: sound documents, votes, site checks, accounts.

use kernel::id::sha256_hex;
use proto::{
    common::v1::Attachment,
    disbursement::v1::Account,
    intake::v1::{Coordinates, SiteCheck, Vote},
};
use uuid::Uuid;

/// A fresh request id: the key of an attempt.
#[must_use]
pub fn key() -> String {
    Uuid::now_v7().to_string()
}

/// A document by the hash of its words: each title has a content of its own.
#[must_use]
pub fn document(title: &str) -> Attachment {
    Attachment { sha256: sha256_hex(title.as_bytes()), title: title.to_owned() }
}

/// The vote (表决) of a village of 30 representatives, of whom 26 came and 25 agreed.
#[must_use]
pub fn vote(meeting_date: String, minutes: Attachment) -> Vote {
    Vote { meeting_date, entitled: 30, present: 26, yes: 25, no: 1, abstain: 0, minutes: Some(minutes), passed: false }
}

/// A site check (实地核查) that found what was applied for; the photograph is named after the project.
#[must_use]
pub fn site_check(date: String, checker_ids: Vec<String>, photo_of: &str) -> SiteCheck {
    SiteCheck {
        date,
        checker_ids,
        place: "N29°22′ E112°24′".into(),
        photo: Some(document(&format!("{photo_of} 实地核查照片"))),
        findings: "现场与申报内容一致".into(),
        coordinates: Some(Coordinates { latitude_micro: 29_371_000, longitude_micro: 112_403_500 }),
        ..SiteCheck::default()
    }
}

/// The contractor's account (收款账户).
#[must_use]
pub fn payee() -> Account {
    Account {
        holder: "湖南某某建设工程有限公司".into(),
        bank: "南县农村商业银行".into(),
        number: "6222000000000000001".into(),
    }
}
