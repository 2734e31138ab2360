//! Signing in at the school's identity provider: OpenID Connect, made for Keycloak.
//!
//! | file | |
//! |---|---|
//! | `claims.rs` | whether a token may be believed: one pure function for all three kinds |
//! | `keys.rs` | the provider's keys, and how often it is asked for them |
//! | `handshake.rs` | what binds a sign-in to the browser that began it |
//! | `provider.rs` | what the provider is asked |
//! | `seal.rs` | what the store keeps of the provider's secrets |
//! | `accounts.rs` | from what the provider says of somebody to an account here |
//! | `administration.rs` | accounts changed there from here |
//! | `sign_in.rs` | to the provider and back |
//! | `sign_out.rs` | out at both places, begun here or there |
//! | `bearer.rs` | programs that come with the provider's own tokens |
//! | `renew.rs` | whether the provider still stands by those who are signed in |

mod accounts;
mod administration;
mod bearer;
mod claims;
mod handshake;
mod keys;
mod provider;
mod renew;
mod seal;
mod sign_in;
mod sign_out;

pub(super) use bearer::{bearer, is_jwt};
pub(crate) use renew::keep_renewed;

use crate::state::Gateway;
use axum::routing::{get, post};
use domain::Failure;
use domain::user::Role;
use provider::Provider;
use seal::Seal;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;

/// Pages of a sign-in, for browsers and the provider: no part of the API, and not described with it.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .route("/auth/login", get(sign_in::begin))
        .route("/auth/callback", get(sign_in::callback))
        .route("/auth/logout", post(sign_out::logout))
        .route(
            "/auth/backchannel-logout",
            post(sign_out::backchannel_logout),
        )
}

/// A text that is never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for whoever must send it.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// What must be known of the provider.
#[derive(Clone, Debug)]
pub struct OidcConfig {
    /// Its own name, as it writes it: `https://sso.example.org/realms/ent`.
    pub issuer: String,
    /// This site's name there.
    pub client_id: String,
    /// What proves that name.
    pub client_secret: Hidden,
    /// The name of this API in tokens.
    pub audience: String,
    /// Clients whose tokens may call the API, beside this site's own.
    pub parties: Vec<String>,
    /// How people reach this site: `https://learn.example.org`.
    pub public_url: String,
    /// The group whose subgroups are courses, by their codes: `/cours`. Nothing: groups are not followed.
    pub course_groups: String,
    /// Roles that administrators of this site may give, at the provider.
    pub grantable: Vec<Role>,
    /// How old the provider's word about somebody may become.
    pub recheck: Duration,
}

impl OidcConfig {
    /// Where the provider sends browsers back to.
    #[must_use]
    fn redirect_uri(&self) -> String {
        format!("{}/auth/callback", self.public_url)
    }
}

/// The school's identity provider, by which people sign in. Cheap to clone.
#[derive(Clone)]
pub struct Oidc(Arc<Parts>);

struct Parts {
    provider: Provider,
    seal: Seal,
    origin: String,
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Oidc")
            .field(&self.0.provider.config.issuer)
            .finish()
    }
}

impl Oidc {
    /// The provider, which is asked nothing yet. What is wrong with the settings is told by their names.
    pub fn new(mut config: OidcConfig) -> Result<Self, Failure> {
        let required = [
            ("oidc.client_id", &config.client_id),
            ("oidc.client_secret", &config.client_secret.0),
            ("oidc.audience", &config.audience),
            ("oidc.public_url", &config.public_url),
        ];
        for (name, value) in required {
            if value.is_empty() {
                let text = format!("oidc.issuer is given, so {name} must be, too.");
                return Err(Failure::invalid("oidc.setting", text));
            }
        }
        let origin = origin("oidc.issuer", &config.issuer)?;
        config.public_url = self::origin("oidc.public_url", &config.public_url)?;
        if !config.parties.contains(&config.client_id) {
            config.parties.push(config.client_id.clone());
        }
        Ok(Self(Arc::new(Parts {
            seal: Seal::new(config.client_secret.text())?,
            provider: Provider::new(config)?,
            origin,
        })))
    }

    /// How people reach this site over HTTPS, if they do.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.provider().config.public_url.starts_with("https:")
    }

    /// Where the provider's pages lie: forms of ours may lead there.
    #[must_use]
    pub(crate) fn origin(&self) -> &str {
        &self.0.origin
    }

    fn provider(&self) -> &Provider {
        &self.0.provider
    }

    fn seal(&self) -> &Seal {
        &self.0.seal
    }
}

/// The beginning of a URL: how it is spoken, and to whom. HTTPS, but on this very machine.
fn origin(name: &str, url: &str) -> Result<String, Failure> {
    let wrong = |what: &str| {
        let text = format!("{name} is {url:?}; {what}");
        Failure::invalid("oidc.setting", text)
    };
    let parsed = reqwest::Url::parse(url)
        .map_err(|_| wrong("write a URL like https://sso.example.org/realms/ent."))?;
    let here = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match parsed.scheme() {
        "https" => Ok(parsed.origin().ascii_serialization()),
        "http" if here => Ok(parsed.origin().ascii_serialization()),
        _ => Err(wrong(
            "it must begin with https, for secrets and tokens go that way.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> OidcConfig {
        OidcConfig {
            issuer: "https://sso.example.org/realms/ent".into(),
            client_id: "microlearn".into(),
            client_secret: Hidden::new("s3cret".into()),
            audience: "microlearn-api".into(),
            parties: Vec::new(),
            public_url: "https://learn.example.org/".into(),
            course_groups: String::new(),
            grantable: Role::ALL.to_vec(),
            recheck: Duration::from_secs(40),
        }
    }

    #[test]
    fn settings_are_checked_and_secrets_never_shown() {
        let oidc = Oidc::new(config()).unwrap();
        assert_eq!(oidc.origin(), "https://sso.example.org");
        let inner = &oidc.provider().config;
        assert_eq!(
            inner.redirect_uri(),
            "https://learn.example.org/auth/callback"
        );
        assert_eq!(inner.parties, ["microlearn"]);
        assert!(!format!("{oidc:?} {inner:?}").contains("s3cret"));
        let wrong = |change: &dyn Fn(&mut OidcConfig)| {
            let mut config = config();
            change(&mut config);
            Oidc::new(config).unwrap_err().message.text
        };
        assert!(wrong(&|c| c.audience.clear()).contains("oidc.audience"));
        assert!(wrong(&|c| c.issuer = "http://sso.example.org".into()).contains("https"));
        assert!(wrong(&|c| c.public_url = "learn".into()).contains("oidc.public_url"));
        let mut here = config();
        here.issuer = "http://127.0.0.1:18080/realms/ent".into();
        assert!(Oidc::new(here).is_ok());
    }
}
