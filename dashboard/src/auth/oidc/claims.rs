//! What a token of the provider says, and whether it may be believed. Pure: keys and time are given.

use super::keys::Keys;
use domain::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

/// What may sign: never what a token's own header says, and nothing that shares a secret.
pub(super) const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::EdDSA,
];
/// How far the clocks of two machines may differ, in seconds.
const LEEWAY: i64 = 30;
/// Longer than any token of a provider; what is longer is not even looked into.
const LONGEST: usize = 16 << 10;
/// The event of a token that ends sessions (OpenID Connect Back-Channel Logout 1.0, § 2.4).
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a token says, as far as anybody here asks.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Claims {
    /// Who says it.
    pub iss: String,
    /// About whom.
    #[serde(default)]
    pub sub: Option<String>,
    /// To whom.
    #[serde(default)]
    pub aud: Audience,
    /// The client that asked for it.
    #[serde(default)]
    pub azp: Option<String>,
    /// What kind of token it is, in Keycloak's words.
    #[serde(default)]
    pub typ: Option<String>,
    /// Until when, in seconds since 1970.
    #[serde(default)]
    pub exp: Option<i64>,
    /// From when.
    #[serde(default)]
    pub nbf: Option<i64>,
    /// When it was made.
    #[serde(default)]
    pub iat: Option<i64>,
    /// Its own name.
    #[serde(default)]
    pub jti: Option<String>,
    /// The provider's session.
    #[serde(default)]
    pub sid: Option<String>,
    /// What binds it to one sign-in.
    #[serde(default)]
    pub nonce: Option<String>,
    /// What has happened, in a token that ends sessions.
    #[serde(default)]
    pub events: Option<Value>,
    /// What they sign in with.
    #[serde(default)]
    pub preferred_username: Option<String>,
    /// What others call them.
    #[serde(default)]
    pub name: Option<String>,
    /// Their roles in the realm.
    #[serde(default)]
    pub realm_access: RealmAccess,
    /// The groups they are in, as paths.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The client itself, where no person stands behind.
    #[serde(default)]
    pub client_id: Option<String>,
}

/// The roles of a realm.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct RealmAccess {
    /// Their names.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// One or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Audience {
    fn has(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Many(all) => all.iter().any(|one| one == wanted),
        }
    }
}

/// What a token is shown for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose<'a> {
    /// To call the API.
    Access,
    /// To end a sign-in that began with this nonce.
    Id {
        /// What the sign-in was bound to.
        nonce: Option<&'a str>,
    },
    /// To end sessions.
    Logout,
}

/// What must stand in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    /// The provider's own name.
    pub issuer: &'a str,
    /// This API's name.
    pub audience: &'a str,
    /// This site's own client.
    pub client: &'a str,
    /// The clients whose tokens may call the API.
    pub parties: &'a [String],
    /// The time.
    pub now: Timestamp,
}

/// Why a token is not believed. The caller is told no more than that; the log is told this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reject {
    #[error("it is no token")]
    Malformed,
    #[error("its header names keys of its own")]
    Header,
    #[error("its algorithm is not one of ours")]
    Algorithm,
    #[error("its key is not known")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("it was asked for by another client")]
    Party,
    #[error("it is a token of another kind")]
    Kind,
    #[error("it has ended")]
    Expired,
    #[error("it does not hold yet")]
    NotYet,
    #[error("it belongs to another sign-in")]
    Nonce,
    #[error("it says nothing about whom")]
    Subject,
    #[error("it tells of no end of a session")]
    Event,
}

/// The claims of a token whose signature, issuer, audience, party, kind and time are right.
pub(super) fn verify(
    token: &str,
    keys: &Keys,
    purpose: Purpose<'_>,
    expected: &Expected<'_>,
) -> Result<Claims, Reject> {
    if token.len() > LONGEST {
        return Err(Reject::Malformed);
    }
    let header = decode_header(token).map_err(|error| match error.kind() {
        // `none` and what else nobody has heard of.
        ErrorKind::InvalidAlgorithmName | ErrorKind::Json(_) => Reject::Algorithm,
        _ => Reject::Malformed,
    })?;
    if header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some()
    {
        return Err(Reject::Header);
    }
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Reject::Algorithm);
    }
    let key = keys
        .find(header.kid.as_deref(), header.alg)
        .ok_or(Reject::UnknownKey)?;
    let mut validation = Validation::new(header.alg);
    // Time, issuer and audience are looked at below, by the clock that is given.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let claims = decode::<Claims>(token, key, &validation)
        .map_err(|error| match error.kind() {
            ErrorKind::Json(_) | ErrorKind::Base64(_) | ErrorKind::Utf8(_) => Reject::Malformed,
            _ => Reject::Signature,
        })?
        .claims;
    check(&claims, header.typ.as_deref(), purpose, expected)?;
    Ok(claims)
}

fn check(
    claims: &Claims,
    header_typ: Option<&str>,
    purpose: Purpose<'_>,
    expected: &Expected<'_>,
) -> Result<(), Reject> {
    let unless = |right: bool, why: Reject| if right { Ok(()) } else { Err(why) };
    unless(claims.iss == expected.issuer, Reject::Issuer)?;
    let now = expected.now.0.div_euclid(1_000_000);
    let ends = claims.exp.or(match purpose {
        // A token that ends sessions may leave it out: then it holds for a moment.
        Purpose::Logout => claims.iat.map(|at| at.saturating_add(2 * 60)),
        Purpose::Access | Purpose::Id { .. } => None,
    });
    unless(
        ends.is_some_and(|ends| now < ends.saturating_add(LEEWAY)),
        Reject::Expired,
    )?;
    let begins = claims.nbf.into_iter().chain(claims.iat).max();
    unless(
        begins.is_none_or(|begins| begins <= now.saturating_add(LEEWAY)),
        Reject::NotYet,
    )?;
    let is_ours = |party: &str| expected.parties.iter().any(|known| known == party);
    match purpose {
        Purpose::Access => {
            unless(claims.aud.has(expected.audience), Reject::Audience)?;
            unless(claims.azp.as_deref().is_some_and(is_ours), Reject::Party)?;
            // Keycloak says `Bearer` in the claims, others `at+jwt` in the header (RFC 9068).
            let said = claims.typ.as_deref().map(str::to_ascii_lowercase);
            let is_access = said.as_deref() == Some("bearer")
                || header_typ.is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt"));
            unless(is_access, Reject::Kind)?;
            unless(
                claims.events.is_none() && claims.nonce.is_none(),
                Reject::Kind,
            )?;
            unless(claims.sub.is_some(), Reject::Subject)
        }
        Purpose::Id { nonce } => {
            unless(claims.aud.has(expected.client), Reject::Audience)?;
            let party = claims.azp.as_deref();
            unless(
                party.is_none_or(|party| party == expected.client),
                Reject::Party,
            )?;
            let said = claims.typ.as_deref();
            unless(said.is_none_or(|typ| typ == "ID"), Reject::Kind)?;
            if let Some(nonce) = nonce {
                let sent = claims.nonce.as_deref().unwrap_or_default();
                unless(crate::auth::secret::same(sent, nonce), Reject::Nonce)?;
            }
            unless(claims.sub.is_some(), Reject::Subject)
        }
        Purpose::Logout => {
            unless(claims.aud.has(expected.client), Reject::Audience)?;
            unless(claims.nonce.is_none(), Reject::Nonce)?;
            let told = claims.events.as_ref().and_then(|events| events.get(LOGOUT));
            unless(told.is_some_and(Value::is_object), Reject::Event)?;
            unless(claims.jti.is_some(), Reject::Malformed)?;
            unless(
                claims.sub.is_some() || claims.sid.is_some(),
                Reject::Subject,
            )
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    const NOW: i64 = 1_790_000_000;
    pub const ISSUER: &str = "https://sso.example.org/realms/ent";
    /// A P-256 key made for these tests alone, in PKCS#8.
    pub const KEY: &str = include_str!("testing/es256.pem");
    pub const PUBLIC: &str = include_str!("testing/es256.jwk.json");

    pub fn keys() -> Keys {
        let key: Value = serde_json::from_str(PUBLIC).unwrap();
        // A stock realm publishes a key to encrypt with, too, and others have odd ones.
        let encrypting = json!({"kid": "enc", "kty": "RSA", "use": "enc", "alg": "RSA-OAEP",
                                "n": "AQAB", "e": "AQAB"});
        let odd = json!({"kid": "odd", "kty": "lattice"});
        Keys::read(&json!({"keys": [encrypting, odd, key]}), Timestamp(0)).unwrap()
    }

    pub fn signed(claims: &Value, change: impl FnOnce(&mut Header)) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k1".to_owned());
        change(&mut header);
        let key = match header.alg {
            Algorithm::ES256 => EncodingKey::from_ec_pem(KEY.as_bytes()).unwrap(),
            // As somebody would who takes the public key for a shared secret.
            _ => EncodingKey::from_secret(PUBLIC.as_bytes()),
        };
        encode(&header, claims, &key).unwrap()
    }

    pub fn access() -> Value {
        json!({"iss": ISSUER, "sub": "u-1", "aud": ["ent-api", "account"], "azp": "ent-web",
               "typ": "Bearer", "exp": NOW + 60, "iat": NOW - 5, "preferred_username": "alice",
               "realm_access": {"roles": ["enseignant"]}})
    }

    fn with(mut claims: Value, name: &str, value: Value) -> Value {
        claims[name] = value;
        claims
    }

    fn judge(token: &str, purpose: Purpose<'_>) -> Result<Claims, Reject> {
        let parties = ["ent-web".to_owned(), "ent-cli".to_owned()];
        let expected = Expected {
            issuer: ISSUER,
            audience: "ent-api",
            client: "ent-web",
            parties: &parties,
            now: Timestamp(NOW * 1_000_000),
        };
        verify(token, &keys(), purpose, &expected)
    }

    fn plain(claims: &Value) -> String {
        signed(claims, |_| {})
    }

    #[test]
    fn a_token_of_the_realm_calls_the_api() {
        let claims = judge(&plain(&access()), Purpose::Access).unwrap();
        assert_eq!(claims.sub.as_deref(), Some("u-1"));
        assert_eq!(claims.realm_access.roles, ["enseignant"]);
        let one = with(access(), "aud", json!("ent-api"));
        assert!(judge(&plain(&one), Purpose::Access).is_ok());
        let mut other = access();
        other.as_object_mut().unwrap().remove("typ");
        let other = signed(&other, |header| header.typ = Some("at+jwt".to_owned()));
        assert!(judge(&other, Purpose::Access).is_ok(), "RFC 9068");
    }

    #[test]
    fn attacks_on_the_claims_are_refused() {
        let table = [
            (
                with(access(), "iss", json!("https://evil.example.org")),
                Reject::Issuer,
            ),
            (
                with(access(), "iss", json!(format!("{ISSUER}/"))),
                Reject::Issuer,
            ),
            (with(access(), "aud", json!(["account"])), Reject::Audience),
            (with(access(), "aud", json!([])), Reject::Audience),
            (with(access(), "azp", json!("evil")), Reject::Party),
            (with(access(), "azp", Value::Null), Reject::Party),
            (with(access(), "typ", json!("ID")), Reject::Kind),
            (with(access(), "typ", json!("Refresh")), Reject::Kind),
            (with(access(), "typ", Value::Null), Reject::Kind),
            (with(access(), "nonce", json!("n")), Reject::Kind),
            (with(access(), "exp", json!(NOW - 31)), Reject::Expired),
            (with(access(), "exp", Value::Null), Reject::Expired),
            (with(access(), "nbf", json!(NOW + 31)), Reject::NotYet),
            (with(access(), "iat", json!(NOW + 31)), Reject::NotYet),
            (with(access(), "sub", Value::Null), Reject::Subject),
        ];
        for (claims, why) in table {
            let refused = judge(&plain(&claims), Purpose::Access).unwrap_err();
            assert_eq!(refused, why, "{claims}");
        }
        // Clocks differ a little.
        for (name, at) in [("exp", NOW - 29), ("nbf", NOW + 29), ("iat", NOW + 29)] {
            let token = plain(&with(access(), name, json!(at)));
            assert!(judge(&token, Purpose::Access).is_ok(), "{name}");
        }
    }

    #[test]
    fn attacks_on_the_signature_are_refused() {
        let good = plain(&access());
        let parts: Vec<&str> = good.split('.').collect();
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"; // {"alg":"none","typ":"JWT"}
        let other = plain(&with(access(), "sub", json!("u-2")));
        let forged = format!(
            "{}.{}.{}",
            parts[0],
            other.split('.').nth(1).unwrap(),
            parts[2]
        );
        let table = [
            (format!("{none}.{}.", parts[1]), Reject::Algorithm),
            (
                signed(&access(), |h| h.alg = Algorithm::HS256),
                Reject::Algorithm,
            ),
            (
                signed(&access(), |h| h.kid = Some("k9".into())),
                Reject::UnknownKey,
            ),
            (
                signed(&access(), |h| h.kid = Some("enc".into())),
                Reject::UnknownKey,
            ),
            (signed(&access(), |h| h.kid = None), Reject::UnknownKey),
            (
                signed(&access(), |h| {
                    h.jku = Some("https://evil.example.org".into())
                }),
                Reject::Header,
            ),
            (
                signed(&access(), |h| {
                    h.x5u = Some("https://evil.example.org".into())
                }),
                Reject::Header,
            ),
            (forged, Reject::Signature),
            ("a.b.c".to_owned(), Reject::Malformed),
            (String::new(), Reject::Malformed),
            ("a".repeat(LONGEST + 1), Reject::Malformed),
        ];
        for (token, why) in table {
            let refused = judge(&token, Purpose::Access).unwrap_err();
            let malformed = [Reject::Malformed, Reject::Algorithm];
            let right =
                refused == why || (why == Reject::Malformed && malformed.contains(&refused));
            assert!(right, "{refused:?} instead of {why:?}: {token:.60}");
        }
    }

    fn id() -> Value {
        json!({"iss": ISSUER, "sub": "u-1", "aud": "ent-web", "azp": "ent-web", "typ": "ID",
               "exp": NOW + 60, "iat": NOW, "nonce": "n-1"})
    }

    #[test]
    fn a_sign_in_is_bound_to_its_browser() {
        let ends = |claims: &Value| judge(&plain(claims), Purpose::Id { nonce: Some("n-1") });
        assert!(ends(&id()).is_ok());
        assert_eq!(
            ends(&with(id(), "nonce", json!("n-2"))).unwrap_err(),
            Reject::Nonce
        );
        assert_eq!(
            ends(&with(id(), "nonce", Value::Null)).unwrap_err(),
            Reject::Nonce
        );
        assert_eq!(
            ends(&with(id(), "aud", json!("ent-api"))).unwrap_err(),
            Reject::Audience
        );
        assert_eq!(ends(&access()).unwrap_err(), Reject::Audience);
        let as_access = judge(&plain(&id()), Purpose::Access).unwrap_err();
        assert_eq!(as_access, Reject::Audience, "an ID token calls nothing");
    }

    #[test]
    fn only_a_logout_token_ends_sessions() {
        let token = || {
            json!({"iss": ISSUER, "aud": "ent-web", "iat": NOW, "exp": NOW + 60, "jti": "j-1",
                   "sid": "s-1", "events": {LOGOUT: {}}})
        };
        let judged = |claims: &Value| judge(&plain(claims), Purpose::Logout);
        assert!(judged(&token()).is_ok());
        assert_eq!(
            judged(&with(token(), "nonce", json!("n"))).unwrap_err(),
            Reject::Nonce
        );
        assert_eq!(
            judged(&with(token(), "events", json!({}))).unwrap_err(),
            Reject::Event
        );
        assert_eq!(
            judged(&with(token(), "sid", Value::Null)).unwrap_err(),
            Reject::Subject
        );
        assert_eq!(
            judged(&with(token(), "jti", Value::Null)).unwrap_err(),
            Reject::Malformed
        );
        assert_eq!(judged(&id()).unwrap_err(), Reject::Nonce);
        let mut old = token();
        old["exp"] = Value::Null;
        assert!(judged(&old).is_ok(), "it holds for a moment");
        old["iat"] = json!(NOW - 200);
        assert_eq!(judged(&old).unwrap_err(), Reject::Expired);
    }
}
