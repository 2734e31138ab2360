//! What was done, and what was refused: by whom, with what, from where.

use crate::{Timestamp, UserId, text_enum};
use serde::{Deserialize, Serialize};
use serde_json::Value;

text_enum!(
    /// What came of it.
    AuditOutcome {
        /// It was done.
        Done = "done",
        /// It was refused.
        Refused = "refused",
    }
);

/// Something for the audit. Names stand beside ids, for people may be gone when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Who did it; nobody where the caller is unknown, or the site itself did it.
    pub actor: Option<UserId>,
    /// Their name then, or the name that was tried.
    pub actor_name: Option<String>,
    /// What they did: `sign_in`, `create`, `delete`, …
    pub action: String,
    /// With what: `dataset/ID`.
    pub resource: String,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// From which address.
    pub address: Option<String>,
    /// What it was before and is now, or why it was refused. Never a secret.
    pub details: Option<Value>,
}

/// What was noted, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audited {
    /// Its id; later ids sort after earlier ones.
    pub id: String,
    /// The store's time at which it was noted.
    pub at: Timestamp,
    /// What was noted.
    #[serde(flatten)]
    pub entry: AuditEntry,
}
