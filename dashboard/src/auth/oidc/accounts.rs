//! From what the provider says of somebody to an account here. Pure, but for the storing.

use super::claims::Claims;
use crate::state::Gateway;
use domain::user::{Role, User, UserChange};
use domain::{Failure, FailureKind, UserId};
use ports::PortError;
use service_kit::http::ApiResult;

/// The roles that a realm's roles stand for, highest last.
const ROLES: [(&str, Role); 3] = [
    ("etudiant", Role::Student),
    ("enseignant", Role::Teacher),
    ("administrateur", Role::Admin),
];

/// The roles that the provider gives; none where it gives none of ours.
pub(super) fn roles(claims: &Claims) -> Vec<Role> {
    let given = |name: &str| claims.realm_access.roles.iter().any(|role| role == name);
    let ours = ROLES.iter().filter(|(name, _)| given(name));
    ours.map(|(_, role)| *role).collect()
}

/// Whether no person stands behind a token: Keycloak gives such accounts this name.
pub(super) fn is_service(claims: &Claims) -> bool {
    let name = claims.preferred_username.as_deref().unwrap_or_default();
    name.starts_with("service-account-") || (claims.client_id.is_some() && claims.sid.is_none())
}

/// The name of an account that the store keeps apart from all others: who they are, and at whom.
pub(super) fn subject(claims: &Claims) -> String {
    format!(
        "{} {}",
        claims.iss,
        claims.sub.as_deref().unwrap_or_default()
    )
}

/// The account of whoever the claims are about, made or brought up to date. Whoever has no role here
/// has no account.
pub(super) async fn account(gateway: &Gateway, claims: &Claims) -> ApiResult<User> {
    let store = &gateway.ports.store;
    let (subject, roles) = (subject(claims), roles(claims));
    let service = is_service(claims);
    if roles.is_empty() && !service {
        let text = "Your account at the school has no role here. Ask an administrator.";
        return Err(Failure::new(FailureKind::Forbidden, "oidc.no_role", text).into());
    }
    let known = match store.user_by_subject(&subject).await? {
        Some(known) => known,
        None => made(gateway, claims, subject, roles.clone(), service).await?,
    };
    if known.disabled {
        let text = "This account is disabled.";
        return Err(Failure::new(FailureKind::Forbidden, "auth.disabled", text).into());
    }
    let name = shown(claims, &known.username);
    if known.roles == roles && known.display_name == name {
        return Ok(known);
    }
    let change = UserChange {
        display_name: Some(name.clone()),
        roles: Some(roles.clone()),
        disabled: None,
    };
    store.change_user(known.id, &change).await?;
    gateway.known.forget_user(known.id);
    Ok(User {
        roles,
        display_name: name,
        ..known
    })
}

async fn made(
    gateway: &Gateway,
    claims: &Claims,
    subject: String,
    roles: Vec<Role>,
    service: bool,
) -> ApiResult<User> {
    let store = &gateway.ports.store;
    let wanted = claims.preferred_username.as_deref().unwrap_or_default();
    let sub = claims.sub.as_deref().unwrap_or_default();
    let username = if wanted.is_empty() { sub } else { wanted };
    let user = |username: String, created_at| User {
        id: UserId::new(),
        display_name: shown(claims, &username),
        username,
        roles: roles.clone(),
        service,
        subject: Some(subject.clone()),
        password_hash: None,
        must_change_password: false,
        disabled: false,
        created_at,
    };
    let now = store.now().await?;
    let first = user(line(username), now);
    match store.insert_user(&first).await {
        Ok(()) => return Ok(first),
        Err(PortError::Conflict { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    // The same person at the same moment, or a name that somebody else has here.
    if let Some(known) = store.user_by_subject(&subject).await? {
        return Ok(known);
    }
    let second = user(line(&format!("{username} ({sub})")), now);
    store.insert_user(&second).await?;
    Ok(second)
}

fn shown(claims: &Claims, username: &str) -> String {
    let name = claims.name.as_deref().map(str::trim);
    line(name.filter(|name| !name.is_empty()).unwrap_or(username))
}

/// On one line, and not longer than names are here.
fn line(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(100).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(value: serde_json::Value) -> Claims {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn roles_of_the_realm_become_roles_here() {
        let of = |all: &[&str]| roles(&claims(json!({"iss": "i", "realm_access": {"roles": all}})));
        assert_eq!(of(&["enseignant", "offline_access"]), [Role::Teacher]);
        assert_eq!(
            of(&["administrateur", "etudiant"]),
            [Role::Student, Role::Admin]
        );
        assert!(of(&["default-roles-ent"]).is_empty());
        assert!(roles(&claims(json!({"iss": "i"}))).is_empty());
    }

    #[test]
    fn a_program_is_told_from_a_person() {
        let program = json!({"iss": "i", "preferred_username": "service-account-lab"});
        assert!(is_service(&claims(program)));
        let person = json!({"iss": "i", "preferred_username": "alice", "sid": "s"});
        assert!(!is_service(&claims(person)));
    }

    #[test]
    fn a_name_is_one_short_line() {
        let long = claims(json!({"iss": "i", "name": format!(" A\n{} ", "b".repeat(200))}));
        let name = shown(&long, "x");
        assert!(
            name.chars().count() <= 100 && !name.contains('\n'),
            "{name}"
        );
        assert_eq!(shown(&claims(json!({"iss": "i", "name": " "})), "x"), "x");
    }
}
