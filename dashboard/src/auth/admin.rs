//! The first user.

use super::{password, secret};
use crate::error::GatewayError;
use domain::UserId;
use domain::user::{Role, User};
use ports::{PortError, Ports};

/// The name of the first user.
pub const ADMIN: &str = "admin";

/// Makes the user `admin` on a store without users, with the given password or a random one.
///
/// Answers the random password, which is stored nowhere: the program prints it, once.
pub async fn ensure_admin(
    ports: &Ports,
    password: Option<String>,
) -> Result<Option<String>, GatewayError> {
    if ports.store.count_users().await? > 0 {
        return Ok(None);
    }
    let given = password.filter(|password| !password.is_empty());
    if let Some(given) = &given {
        password::check_new(given)?;
    }
    let random = given.is_none();
    let plain = given.map_or_else(secret::new_password, Ok)?;
    let to_hash = plain.clone();
    let hashed = tokio::task::spawn_blocking(move || password::hash(&to_hash)).await;
    let user = User {
        id: UserId::new(),
        username: ADMIN.to_owned(),
        display_name: "Administrator".to_owned(),
        roles: vec![Role::Admin],
        service: false,
        subject: None,
        password_hash: Some(hashed.map_err(|_| GatewayError::Ended("the password hasher"))??),
        must_change_password: random,
        disabled: false,
        created_at: ports.store.now().await?,
    };
    match ports.store.insert_user(&user).await {
        Ok(()) => Ok(random.then_some(plain)),
        // Another process was first; its password counts.
        Err(PortError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
