//! Where accounts are kept: here, or at the school's provider. What changes there changes there first,
//! and here as soon as the provider has said yes.

use super::users::{from_provider, insert, name_taken};
use crate::auth::caller::Caller;
use crate::auth::{Oidc, secret};
use crate::state::Gateway;
use domain::UserId;
use domain::user::{Role, User, UserChange};
use service_kit::http::ApiResult;

/// An account that is to be made.
pub(super) struct New {
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) roles: Vec<Role>,
}

/// Makes an account; with its first password, which is shown once.
pub(super) async fn make(
    gateway: &Gateway,
    caller: &Caller,
    new: New,
) -> ApiResult<(User, String)> {
    let password = secret::new_password()?;
    let mut user = User {
        id: UserId::new(),
        username: new.username,
        display_name: new.display_name,
        roles: new.roles,
        service: false,
        subject: None,
        password_hash: None,
        must_change_password: false,
        disabled: false,
        created_at: gateway.ports.store.now().await?,
    };
    match &gateway.config.oidc {
        Some(oidc) => {
            let taken = gateway.ports.store.user_by_name(&user.username).await?;
            let made = match taken {
                Some(_) => None,
                None => {
                    oidc.make(&user.username, &user.display_name, &password)
                        .await?
                }
            };
            user.subject = Some(made.ok_or_else(|| name_taken(&user.username))?);
            let nobody = User {
                roles: Vec::new(),
                ..user.clone()
            };
            oidc.give_roles(&nobody, &user.roles).await?;
        }
        None => {
            user.password_hash = Some(gateway.passwords.hash(password.clone()).await?);
            user.must_change_password = true;
        }
    }
    insert(gateway, caller, &user).await?;
    Ok((user, password))
}

/// Changes an account; the account before, if there is one.
pub(super) async fn change(
    gateway: &Gateway,
    user: &User,
    change: &UserChange,
) -> ApiResult<Option<User>> {
    let store = &gateway.ports.store;
    if user.subject.is_some() && *change != UserChange::default() {
        let oidc = keeper(gateway)?;
        if change.display_name.is_some() {
            return Err(from_provider().into());
        }
        if let Some(roles) = &change.roles {
            oidc.give_roles(user, roles).await?;
        }
        if let Some(disabled) = change.disabled {
            oidc.enable(user, !disabled).await?;
        }
    }
    let before = store.change_user(user.id, change).await?;
    gateway.known.forget_user(user.id);
    Ok(before)
}

/// Gives an account a new password, which is shown once, and signs it out.
pub(super) async fn new_password(gateway: &Gateway, user: &User) -> ApiResult<String> {
    let password = secret::new_password()?;
    let store = &gateway.ports.store;
    if user.subject.is_some() {
        keeper(gateway)?.reset_password(user, &password).await?;
        store.delete_tokens(user.id, None).await?;
    } else {
        let hash = gateway.passwords.hash(password.clone()).await?;
        store.set_password(user.id, &hash, true, None).await?;
    }
    gateway.known.forget_user(user.id);
    Ok(password)
}

/// The provider that keeps accounts; a site that is left by its provider cannot change what it kept.
fn keeper(gateway: &Gateway) -> ApiResult<&Oidc> {
    let oidc = gateway.config.oidc.as_ref();
    Ok(oidc.ok_or_else(from_provider)?)
}
