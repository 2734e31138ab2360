//! People and tokens on the wire.

use super::Time;
use super::names;
use crate::auth::Caller;
use domain::user::{Role, Token, TokenScope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How people sign in here.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthConfig {
    /// `local`: with a password kept here. `oidc`: at the school's provider, by `/auth/login`.
    pub mode: &'static str,
    /// The program's version.
    pub version: String,
}

/// A user name with its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// The user name.
    pub username: String,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
}

/// A bearer token for programs.
#[derive(Serialize, ToSchema)]
pub struct LoginAnswer {
    /// Sent as `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds until it ends.
    pub expires_in: u64,
}

/// The caller's account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Their id.
    pub id: Uuid,
    /// What they sign in with.
    pub username: String,
    /// What others see.
    pub display_name: String,
    /// What they may do.
    #[schema(value_type = Vec<names::Role>)]
    pub roles: Vec<Role>,
    /// Browsers send it as `X-CSRF-Token` with everything that changes something.
    pub csrf_token: String,
    /// Whether the password was made by the program and should be changed.
    pub must_change_password: bool,
}

impl From<&Caller> for Me {
    fn from(caller: &Caller) -> Self {
        let user = &caller.user;
        Self {
            id: user.id.0,
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            roles: user.roles.clone(),
            csrf_token: caller.csrf.clone(),
            must_change_password: user.must_change_password,
        }
    }
}

/// A change of password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password until now.
    #[schema(format = Password)]
    pub current_password: String,
    /// The password from now on, 8 characters or more.
    #[schema(format = Password)]
    pub new_password: String,
}

/// A wish for a personal token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// A name to know it by.
    pub name: String,
    /// Days until it ends; 90 when not given.
    #[serde(default)]
    pub expires_in_days: Option<u32>,
    /// What it may be used for: `read`, `write` and `predict` when not given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<names::TokenScope>>)]
    pub scopes: Option<Vec<TokenScope>>,
    /// The only deployment that it may call; then it can do nothing else.
    #[serde(default)]
    pub deployment: Option<String>,
}

/// A personal token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// Its id, to end it by.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it may be used for.
    #[schema(value_type = Vec<names::TokenScope>)]
    pub scopes: Vec<TokenScope>,
    /// The only deployment that it may call, if it is for one.
    #[schema(required = true)]
    pub deployment: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used, to the minute.
    pub used_at: Time,
    /// When it ends.
    pub expires_at: Time,
}

impl From<&Token> for TokenView {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id.0,
            name: token.name.clone(),
            scopes: token.scopes.clone(),
            deployment: token.deployment.clone(),
            created_at: token.created_at.into(),
            used_at: token.used_at.into(),
            expires_at: token.expires_at.into(),
        }
    }
}

/// A new personal token with its secret.
#[derive(Serialize, ToSchema)]
pub struct NewTokenAnswer {
    /// The secret, shown now and never again; null when an `Idempotency-Key` is sent a second time.
    #[schema(required = true)]
    pub token: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub view: TokenView,
}

/// A browser or program in which the caller is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id, to end it by.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    /// From which address it was begun.
    pub address: String,
    /// What the browser or program called itself.
    pub agent: String,
    /// When it was begun.
    pub created_at: Time,
    /// When it was last used, to the minute.
    pub used_at: Time,
    /// When it ends unless it is used again.
    pub idle_ends_at: Time,
    /// When it ends in any case.
    pub expires_at: Time,
}

/// Where the caller is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// Newest first.
    pub items: Vec<SessionView>,
    /// Always null: all of them stand on one page.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

/// A user's tokens for programs.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenList {
    /// Newest first.
    pub items: Vec<TokenView>,
    /// Always null: all tokens stand on one page.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}
