//! Things that must not be guessed.

use argon2::password_hash::try_generate_salt;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Failure;
use domain::user::TokenKind;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::hint::black_box;

/// 256 random bits with a prefix that tells people (and secret scanners) what they have found.
pub fn new_token(kind: TokenKind) -> Result<String, Failure> {
    let prefix = match kind {
        TokenKind::Session => "mls_",
        TokenKind::Bearer => "mlb_",
        TokenKind::Personal => "mlp_",
        TokenKind::Service => "mld_",
    };
    Ok(format!(
        "{prefix}{}",
        URL_SAFE_NO_PAD.encode(random_bytes()?)
    ))
}

/// A password for people to copy: 20 characters that cannot be taken for one another.
pub fn new_password() -> Result<String, Failure> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789_";
    let bytes = random_bytes()?;
    Ok(bytes[..20]
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
        .collect())
}

/// 256 bits from the system's generator, by the one way to it that is already among our
/// dependencies: two salts of 128 bits.
fn random_bytes() -> Result<[u8; 32], Failure> {
    let salt = || {
        try_generate_salt()
            .map_err(|error| Failure::internal(format!("no randomness from the system: {error}")))
    };
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&salt()?);
    bytes[16..].copy_from_slice(&salt()?);
    Ok(bytes)
}

/// What the store keeps of a token: SHA-256, lower-case hexadecimal. A token has 256 bits of its
/// own, so a slow hash would add nothing.
#[must_use]
pub fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// The CSRF token of a session: derived, so that nothing more is stored, and useless without it.
#[must_use]
pub fn csrf(session: &str) -> String {
    hash(&format!("csrf:{session}"))
}

/// Whether two texts are equal, in a time that does not tell where they differ.
#[must_use]
pub fn same(left: &str, right: &str) -> bool {
    let difference = left
        .bytes()
        .zip(right.bytes())
        .fold(0, |sum, (a, b)| black_box(sum | (a ^ b)));
    left.len() == right.len() && difference == 0
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let first = new_token(TokenKind::Personal).unwrap();
        assert!(
            first.starts_with("mlp_") && first.len() == 4 + 43,
            "{first}"
        );
        assert_ne!(first, new_token(TokenKind::Personal).unwrap());
        assert_eq!(new_password().unwrap().len(), 20);
    }

    #[test]
    fn the_hash_is_sha256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash(""), empty);
    }

    #[test]
    fn a_csrf_token_belongs_to_its_session() {
        assert_eq!(csrf("a"), csrf("a"));
        assert_ne!(csrf("a"), csrf("b"));
        assert_ne!(
            csrf("a"),
            hash("a"),
            "else the stored hash would be the CSRF token"
        );
    }

    #[test]
    fn comparing_finds_every_difference() {
        assert!(same("abc", "abc"));
        for (left, right) in [("abc", "abd"), ("abc", "ab"), ("", "a"), ("xbc", "abc")] {
            assert!(!same(left, right), "{left} {right}");
        }
    }
}
