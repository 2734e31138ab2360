//! Signing in at the school's identity provider: OpenID Connect, made for Keycloak.
//!
//! | file | |
//! |---|---|
//! | `claims.rs` | whether a token may be believed: one pure function for all three kinds |
//! | `keys.rs` | the provider's keys, and how often it is asked for them |
//! | `handshake.rs` | what binds a sign-in to the browser that began it |
//! | `provider.rs` | what the provider is asked |

mod claims;
mod handshake;
mod keys;
mod provider;

use std::fmt;

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
}
