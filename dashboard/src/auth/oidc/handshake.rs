//! What binds a sign-in to the browser that began it.
//!
//! Everything is derived from one secret in a cookie: nothing is stored before somebody is signed in,
//! and whoever has not the cookie can neither end nor begin a sign-in for another browser.

use crate::auth::secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A sign-in that has begun.
#[derive(Clone)]
pub(super) struct Handshake {
    secret: String,
    /// Where to go in the end: a path of this site.
    pub next: String,
}

impl std::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshake")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Handshake {
    /// One by a fresh secret.
    pub fn new(secret: String, next: &str) -> Self {
        Self {
            secret,
            next: own_path(next).to_owned(),
        }
    }

    /// As the cookie keeps it.
    pub fn to_cookie(&self) -> String {
        let next = URL_SAFE_NO_PAD.encode(&self.next);
        format!("{}.{next}", self.secret)
    }

    /// Of a cookie; nothing where that is none of ours.
    pub fn of_cookie(cookie: &str) -> Option<Self> {
        let (secret, next) = cookie.split_once('.')?;
        let next = URL_SAFE_NO_PAD.decode(next).ok()?;
        let next = String::from_utf8(next).ok()?;
        let is_ours = secret.len() >= 43 && secret.is_ascii();
        is_ours.then(|| Self::new(secret.to_owned(), &next))
    }

    fn derived(&self, label: &str) -> String {
        let digest = Sha256::digest(format!("{label}:{}", self.secret));
        URL_SAFE_NO_PAD.encode(digest)
    }

    /// Comes back with the code.
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// Comes back in the ID token.
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// Shown when the code is exchanged (RFC 7636).
    pub fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// What the provider is told of the verifier.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier()))
    }

    /// Whether the provider's answer is to this sign-in.
    pub fn is_answered_by(&self, state: &str) -> bool {
        secret::same(&self.state(), state)
    }
}

/// A path of this site, or its beginning: what leads elsewhere is not followed. Browsers take `//`, and
/// `/\`, for the beginning of another host, and drop tabs and line ends.
pub(super) fn own_path(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//") && next.len() <= 2_000;
    let is_plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    match is_path && is_plain && !next.starts_with("/auth/") {
        true => next,
        false => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake() -> Handshake {
        Handshake::new("s".repeat(43), "/pipelines/1?tab=models")
    }

    #[test]
    fn all_of_it_comes_back_from_the_cookie() {
        let begun = handshake();
        let back = Handshake::of_cookie(&begun.to_cookie()).unwrap();
        assert_eq!(back.next, "/pipelines/1?tab=models");
        assert!(back.is_answered_by(&begun.state()));
        assert_eq!(back.verifier(), begun.verifier());
        let values = [
            begun.state(),
            begun.nonce(),
            begun.verifier(),
            begun.challenge(),
        ];
        for (place, value) in values.iter().enumerate() {
            assert_eq!(value.len(), 43);
            assert!(!values[..place].contains(value), "each is its own");
            assert!(!value.contains("sss"), "none shows the secret");
        }
    }

    #[test]
    fn another_browsers_sign_in_is_not_ended_here() {
        let other = Handshake::new("t".repeat(43), "/");
        assert!(!handshake().is_answered_by(&other.state()));
        assert!(!handshake().is_answered_by(""));
        for cookie in ["", "x", "x.y", "short.Lw", "s.\u{e9}"] {
            assert!(Handshake::of_cookie(cookie).is_none(), "{cookie}");
        }
    }

    #[test]
    fn nobody_is_led_to_another_site() {
        for own in ["/", "/datasets/1", "/a?b=c#d"] {
            assert_eq!(own_path(own), own);
        }
        for other in [
            "",
            "https://evil.example.org",
            "//evil.example.org",
            "/\\evil.example.org",
            "javascript:alert(1)",
            "/\t/evil.example.org",
            "/a\r\nSet-Cookie: x",
            "/auth/login",
            "evil",
        ] {
            assert_eq!(own_path(other), "/", "{other}");
        }
    }
}
