//! People and what they carry to prove who they are.

use crate::{RoleRequestId, Timestamp, TokenId, UserId, text_enum};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

text_enum!(
    /// What somebody may do.
    Role {
        /// Learns.
        Student = "student",
        /// Teaches.
        Teacher = "teacher",
        /// Runs the site.
        Admin = "admin",
    }
);

/// A person, or a program with an account of its own.
#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they sign in with.
    pub username: String,
    /// What others see.
    pub display_name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Whether a program stands behind it, and no person.
    #[serde(default)]
    pub service: bool,
    /// Who they are at the identity provider, if they come from there: its issuer and its name for
    /// them. No two accounts have the same.
    #[serde(default)]
    pub subject: Option<String>,
    /// The argon2id hash of a local password, in PHC form. Never leaves the server.
    #[serde(skip)]
    pub password_hash: Option<String>,
    /// Whether the password was made by the program and should be changed.
    pub must_change_password: bool,
    /// Whether they may sign in.
    pub disabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl User {
    /// Whether they hold `role`.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

text_enum!(
    /// What a token may be used for.
    TokenScope {
        /// To look at things.
        Read = "read",
        /// To make, change and delete things.
        Write = "write",
        /// To ask models for predictions.
        Predict = "predict",
        /// For what only administrators may do.
        Admin = "admin",
    }
);

text_enum!(
    /// What a token is for.
    TokenKind {
        /// A browser's session, carried in a cookie.
        Session = "session",
        /// A program's bearer token from a sign-in.
        Bearer = "bearer",
        /// A personal access token.
        Personal = "personal",
        /// A token that calls one deployment and does nothing else.
        Service = "service",
    }
);

/// A token as it is stored: its hash, never itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its id, for lists and revoking.
    pub id: TokenId,
    /// SHA-256 of the token, lower-case hexadecimal.
    pub hash: String,
    /// Whom it signs in.
    pub user: UserId,
    /// What it is for.
    pub kind: TokenKind,
    /// A name for people.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<TokenScope>,
    /// The only deployment that it may call, if it is for one.
    pub deployment: Option<String>,
    /// From where it was asked for: the address, and what the browser calls itself.
    pub origin: Option<Origin>,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// It ends, too, when it was not used for so long.
    pub idle: Option<Duration>,
    /// What it has to do with the identity provider, for people who come from there.
    #[serde(default)]
    pub provider: Option<ProviderSession>,
}

/// What the identity provider must be asked, now and then, about whoever holds a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSession {
    /// The provider's name for the sign-in that the token came of.
    pub sid: Option<String>,
    /// What it gave to be asked with. Nothing: its administration is asked.
    pub sealed: Option<Sealed>,
    /// When it was asked last.
    pub checked_at: Timestamp,
}

/// A secret behind a key that the store does not have. Never shown all the same.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed(pub String);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Token {
    /// When it ends unless it is used again.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        let unused = self.idle.map(|idle| self.used_at.after(idle));
        unused.map_or(self.expires_at, |unused| unused.min(self.expires_at))
    }
}

/// A wish that somebody become an administrator, which another administrator must approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRequest {
    /// Its id.
    pub id: RoleRequestId,
    /// For whom.
    pub user: UserId,
    /// All that they would be.
    pub roles: Vec<Role>,
    /// Who asked for it.
    pub asked_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// From where somebody came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The address.
    pub address: String,
    /// What the browser or program calls itself.
    pub agent: String,
}

/// What is to change of an account; what is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What others see.
    pub display_name: Option<String>,
    /// What they may do.
    pub roles: Option<Vec<Role>>,
    /// Whether they may sign in. Their sessions and tokens end when they may no longer.
    pub disabled: Option<bool>,
}
