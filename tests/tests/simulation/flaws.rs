//! Faults that the modelled shell can be given on purpose: the checks must find each, or they check nothing.

/// A fault of the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// A consumer acknowledges a delivery before its effect is committed.
    AcknowledgeBeforeCommit,
    /// Effects leave no receipt.
    NoReceipt,
    /// A receipt is written in a transaction of its own, before the effect's.
    ReceiptApart,
    /// The relay deletes a row before its message is confirmed.
    DeleteBeforeConfirm,
    /// A message that comes too early counts as handled.
    TooEarlyIsDone,
    /// A message is taken from where it was parked before it is handled.
    ParkedIsDropped,
    /// A step is written although the stream moved on since it was loaded.
    VersionUnchecked,
    /// A caller that heard nothing asks again under another key.
    RetryUnderNewKey,
    /// An order that may have been sent is sent again, under another key.
    OrderUnderNewKey,
}

impl Flaw {
    pub const ALL: [Self; 9] = [
        Self::AcknowledgeBeforeCommit,
        Self::NoReceipt,
        Self::ReceiptApart,
        Self::DeleteBeforeConfirm,
        Self::TooEarlyIsDone,
        Self::ParkedIsDropped,
        Self::VersionUnchecked,
        Self::RetryUnderNewKey,
        Self::OrderUnderNewKey,
    ];
}
