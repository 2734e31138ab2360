//! Programs, and pages of other clients of the realm, that come with the provider's own access tokens.

use super::Oidc;
use super::accounts::{allowed, courses, known};
use super::claims::Purpose;
use super::sign_in::believed;
use crate::auth::caller::Caller;
use crate::auth::secret;
use crate::state::Gateway;
use domain::user::{Token, TokenKind, TokenScope, User};
use domain::{Failure, Timestamp, TokenId};
use ports::store::SignedIn;
use service_kit::http::ApiResult;

/// Whether a bearer token is a JSON Web Token and none of ours.
pub(in crate::auth) fn is_jwt(token: &str) -> bool {
    token.starts_with("ey") && token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// Who comes with this access token. It holds until its own end: nothing of it is stored.
pub(in crate::auth) async fn bearer(
    gateway: &Gateway,
    oidc: &Oidc,
    token: &str,
) -> ApiResult<Caller> {
    let claims = believed(gateway, oidc.provider(), token, Purpose::Access).await?;
    let user = known(gateway, &claims).await?;
    // The token is as old as it is: it says what its holder may with it, and never what others learn of
    // the account from a newer word of the provider's.
    let user = User {
        roles: allowed(&claims, user.service)?,
        ..user
    };
    let mut memberships = gateway.ports.store.memberships(user.id).await?;
    for course in courses(gateway, oidc, &user, &claims)
        .await?
        .unwrap_or_default()
    {
        if memberships
            .iter()
            .all(|known| known.course != course.course)
        {
            memberships.push(course);
        }
    }
    let now = gateway.now();
    let ends = claims.exp.ok_or_else(|| Failure::internal("no end"))?;
    let token_of = Token {
        id: TokenId::new(),
        hash: secret::hash(token),
        user: user.id,
        kind: TokenKind::Bearer,
        name: "access token".to_owned(),
        scopes: TokenScope::ALL.to_vec(),
        deployment: None,
        origin: None,
        created_at: now,
        used_at: now,
        expires_at: Timestamp(ends.saturating_mul(1_000_000)),
        idle: None,
        provider: None,
    };
    let signed_in = SignedIn {
        token: token_of,
        user,
        courses: memberships,
    };
    Ok(Caller::new(signed_in, token, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_ours_is_no_jwt() {
        assert!(is_jwt("eyJhbGciOiJub25lIn0.e30."));
        for ours in ["mlp_abc", "mls_ey.a.b", "ey", "", "eyJ.a"] {
            assert!(!is_jwt(ours), "{ours}");
        }
    }
}
