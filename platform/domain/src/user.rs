//! People and what they carry to prove who they are.

use crate::{Timestamp, TokenId, UserId, text_enum};
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// What a token is for.
    TokenKind {
        /// A browser's session, carried in a cookie.
        Session = "session",
        /// A program's bearer token from a sign-in.
        Bearer = "bearer",
        /// A personal access token.
        Personal = "personal",
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
    /// When it was given.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}
