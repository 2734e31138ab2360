//! Ports for the tests of this crate, and ways to ask a router over them. Everything that needs a
//! real store is tested with the real adapters in `system-tests`.

pub mod http;
mod memory;
mod people;

pub use memory::{MemoryArtifacts, MemoryCache};

pub use people::PeopleStore;

use crate::auth::Caller;
use domain::user::{Role, Token, TokenKind, TokenScope, User};
use domain::{Timestamp, TokenId, UserId};
use memory::QuietBus;
use ports::store::SignedIn;
use ports::{Circuits, Ports};
use std::sync::Arc;

/// Ports made of all of these.
pub fn ports() -> Ports {
    ports_with(PeopleStore::default())
}

/// Ports with this store.
pub fn ports_with(store: PeopleStore) -> Ports {
    Ports {
        store: Arc::new(store),
        bus: Arc::new(QuietBus),
        cache: Arc::new(MemoryCache::default()),
        artifacts: Arc::new(MemoryArtifacts::default()),
        circuits: Circuits::default(),
        changed: Arc::default(),
    }
}

/// Somebody, always the same, with a bearer token that never ends.
pub fn somebody() -> SignedIn {
    let user = User {
        id: UserId(uuid::Uuid::nil()),
        username: "ada".into(),
        display_name: "Ada".into(),
        roles: vec![Role::Student],
        service: false,
        subject: None,
        password_hash: None,
        must_change_password: false,
        disabled: false,
        created_at: Timestamp(0),
    };
    let token = Token {
        id: TokenId::new(),
        hash: "h".into(),
        user: user.id,
        kind: TokenKind::Bearer,
        name: "n".into(),
        scopes: TokenScope::ALL.to_vec(),
        deployment: None,
        origin: None,
        created_at: Timestamp(0),
        used_at: Timestamp(0),
        expires_at: Timestamp(i64::MAX),
        idle: None,
        provider: None,
    };
    SignedIn {
        token,
        user,
        courses: Vec::new(),
    }
}

/// The caller who they are.
pub fn caller() -> Caller {
    Caller::new(somebody(), "secret", false)
}
