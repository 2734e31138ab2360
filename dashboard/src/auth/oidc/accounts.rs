//! From what the provider says of somebody to an account here, and to the courses it belongs to.

use super::Oidc;
use super::claims::Claims;
use crate::state::Gateway;
use domain::audit::{AuditEntry, AuditOutcome};
use domain::course::{CourseRole, Membership};
use domain::user::{Role, User, UserChange};
use domain::{Failure, FailureKind, UserId};
use ports::PortError;
use serde_json::json;
use service_kit::http::ApiResult;

/// More courses than anybody belongs to.
const MOST_COURSES: usize = 200;

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

/// What the realm calls a role.
pub(super) fn named(role: Role) -> &'static str {
    let known = ROLES.iter().find(|(_, known)| *known == role);
    known.map_or("", |(name, _)| name)
}

/// The name of an account that the store keeps apart from all others: who they are, and at whom.
pub(super) fn subject(claims: &Claims) -> String {
    subject_of(&claims.iss, claims.sub.as_deref().unwrap_or_default())
}

/// The same of a provider and its name for somebody.
pub(super) fn subject_of(issuer: &str, sub: &str) -> String {
    format!("{issuer} {sub}")
}

/// What this provider calls somebody; nothing where they come from another.
pub(super) fn sub_of<'u>(issuer: &str, user: &'u User) -> Option<&'u str> {
    let subject = user.subject.as_deref()?;
    let sub = subject.strip_prefix(issuer)?.strip_prefix(' ')?;
    Some(sub).filter(|sub| !sub.is_empty())
}

/// The account of whoever the claims are about, made or brought up to date. Whoever has no role here
/// has no account.
pub(super) async fn account(gateway: &Gateway, oidc: &Oidc, claims: &Claims) -> ApiResult<User> {
    let user = follow(gateway, known(gateway, claims).await?, claims).await?;
    let courses = courses(gateway, oidc, &user, claims).await?;
    belong(gateway, &user, courses).await?;
    Ok(user)
}

/// The account of whoever the claims are about, made if there is none, and otherwise as it is.
pub(super) async fn known(gateway: &Gateway, claims: &Claims) -> ApiResult<User> {
    let known = gateway
        .ports
        .store
        .user_by_subject(&subject(claims))
        .await?;
    let known = match known {
        Some(known) => known,
        None => made(gateway, claims).await?,
    };
    if known.disabled {
        let text = "This account is disabled.";
        return Err(Failure::new(FailureKind::Forbidden, "auth.disabled", text).into());
    }
    Ok(known)
}

/// Takes over the roles and the name that the provider gives. Where a role was taken away, every
/// session and token ends: what was begun with it is begun again without.
pub(super) async fn follow(gateway: &Gateway, known: User, claims: &Claims) -> ApiResult<User> {
    let roles = allowed(claims, known.service)?;
    let name = shown(claims).unwrap_or_else(|| known.display_name.clone());
    if known.roles == roles && known.display_name == name {
        return Ok(known);
    }
    let store = &gateway.ports.store;
    let change = UserChange {
        display_name: Some(name.clone()),
        roles: Some(roles.clone()),
        disabled: None,
    };
    store.change_user(known.id, &change).await?;
    if known.roles.iter().any(|role| !roles.contains(role)) {
        store.delete_tokens(known.id, None).await?;
    }
    gateway.known.forget_user(known.id);
    if known.roles != roles {
        let entry = AuditEntry {
            actor: None,
            actor_name: None,
            action: "change".to_owned(),
            resource: format!("user/{}", known.id),
            outcome: AuditOutcome::Done,
            address: None,
            details: Some(json!({"before": {"roles": known.roles}, "after": {"roles": roles}})),
        };
        gateway.note(&entry).await;
    }
    Ok(User {
        roles,
        display_name: name,
        ..known
    })
}

/// The roles of the claims; whoever has none may not come in, unless a program stands behind.
pub(super) fn allowed(claims: &Claims, service: bool) -> Result<Vec<Role>, Failure> {
    let roles = roles(claims);
    if roles.is_empty() && !service {
        let text = "Your account at the school has no role here. Ask an administrator.";
        return Err(Failure::new(FailureKind::Forbidden, "oidc.no_role", text));
    }
    Ok(roles)
}

/// The courses whose groups somebody is in; nothing where groups are not followed. A group that is no
/// course's is none of ours: it leads somewhere once there is a course of its code.
pub(super) async fn courses(
    gateway: &Gateway,
    oidc: &Oidc,
    user: &User,
    claims: &Claims,
) -> ApiResult<Option<Vec<Membership>>> {
    let root = &oidc.provider().config.course_groups;
    if root.is_empty() {
        return Ok(None);
    }
    let role = match user.is(Role::Teacher) {
        true => CourseRole::Teacher,
        false => CourseRole::Student,
    };
    let mut courses: Vec<Membership> = Vec::new();
    for code in codes(root, &claims.groups) {
        if let Some(course) = gateway.ports.store.course_by_code(code).await? {
            let course = course.id;
            courses.push(Membership { course, role });
        }
    }
    Ok(Some(courses))
}

/// Makes somebody belong to the courses that the provider says, if it says anything.
pub(super) async fn belong(
    gateway: &Gateway,
    user: &User,
    courses: Option<Vec<Membership>>,
) -> ApiResult<()> {
    let Some(courses) = courses else {
        return Ok(());
    };
    if gateway.ports.store.follow_groups(user.id, &courses).await? {
        gateway.known.forget_user(user.id);
    }
    Ok(())
}

/// The codes of courses among groups: what lies right below `root`.
fn codes<'g>(root: &str, groups: &'g [String]) -> Vec<&'g str> {
    let root = root.trim_end_matches('/');
    let below = groups.iter().filter_map(|group| {
        let code = group.strip_prefix(root)?.strip_prefix('/')?;
        let plain = !code.is_empty() && !code.contains(['/', '\0']);
        plain.then_some(code)
    });
    let mut codes: Vec<&str> = below.take(MOST_COURSES).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

async fn made(gateway: &Gateway, claims: &Claims) -> ApiResult<User> {
    let store = &gateway.ports.store;
    let (subject, service) = (subject(claims), is_service(claims));
    let roles = allowed(claims, service)?;
    let wanted = claims.preferred_username.as_deref().unwrap_or_default();
    let sub = claims.sub.as_deref().unwrap_or_default();
    let username = if wanted.is_empty() { sub } else { wanted };
    let user = |username: String, created_at| User {
        id: UserId::new(),
        display_name: shown(claims).unwrap_or_else(|| username.clone()),
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

/// What others see, where the provider says it.
fn shown(claims: &Claims) -> Option<String> {
    let name = line(claims.name.as_deref()?);
    Some(name).filter(|name| !name.is_empty())
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
    fn the_realm_that_is_shipped_has_what_is_asked_for() {
        let realm = include_str!("../../../../k8s/keycloak/realm.json");
        let realm: serde_json::Value = serde_json::from_str(realm).unwrap();
        let roles = realm["roles"]["realm"].as_array().unwrap();
        for role in Role::ALL {
            assert!(
                roles.iter().any(|known| known["name"] == named(*role)),
                "{role}"
            );
        }
        let client = &realm["clients"][0];
        assert_eq!(client["clientId"], "microlearn");
        let redirect = client["redirectUris"][0].as_str().unwrap();
        assert!(redirect.ends_with("/auth/callback"));
        let exit = client["attributes"]["backchannel.logout.url"]
            .as_str()
            .unwrap();
        assert!(exit.ends_with("/auth/backchannel-logout"));
        let audience = &client["protocolMappers"][0]["config"]["included.custom.audience"];
        assert_eq!(audience, "microlearn-api");
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
        let name = shown(&long).unwrap();
        assert!(
            name.chars().count() <= 100 && !name.contains('\n'),
            "{name}"
        );
        assert_eq!(shown(&claims(json!({"iss": "i", "name": " "}))), None);
    }

    #[test]
    fn groups_right_below_the_root_are_courses() {
        let groups = [
            "/cours/INF-201",
            "/cours/INF-201/tp",
            "/cours",
            "/coursx/A",
            "/B",
            "/cours/",
        ];
        let groups: Vec<String> = groups.map(str::to_owned).to_vec();
        assert_eq!(codes("/cours", &groups), ["INF-201"]);
        assert_eq!(codes("/cours/", &groups), ["INF-201"]);
        assert_eq!(codes("/autre", &groups), Vec::<&str>::new());
    }
}
