//! Local passwords: argon2id, off the async threads, a few at a time.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::Failure;
use service_kit::http::ApiResult;
use std::sync::OnceLock;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// The shortest password, in characters.
pub const SHORTEST: usize = 8;
/// The longest password, in bytes: nobody types more, and hashing it costs.
pub const LONGEST: usize = 512;

/// Hashes and checks passwords. Each costs 19 MiB and tens of milliseconds, so no more of them
/// run at once than there are processors.
#[derive(Debug)]
pub struct Passwords {
    places: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        let places = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            places: Semaphore::new(places),
        }
    }
}

impl Passwords {
    /// The hash of a password, in PHC form.
    pub async fn hash(&self, password: String) -> ApiResult<String> {
        Ok(self.run(move || hash(&password)).await??)
    }

    /// Whether `password` is the one that was hashed. Without a hash the same work is done for
    /// nothing, so that the time does not tell which users exist.
    pub async fn verify(&self, password: String, stored: Option<String>) -> ApiResult<bool> {
        self.run(move || verify(&password, stored.as_deref())).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> ApiResult<T> {
        let ended = |_| Failure::internal("the password hasher has ended");
        let _place = self.places.acquire().await.map_err(|_| ended(()))?;
        Ok(spawn_blocking(work).await.map_err(|_| ended(()))?)
    }
}

/// Refuses a new password that is too short or too long.
pub fn check_new(password: &str) -> Result<(), Failure> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        let text =
            format!("Give a password of at least {SHORTEST} characters, at most {LONGEST} bytes.");
        return Err(Failure::invalid("auth.password_length", text)
            .field("new_password")
            .with("shortest", SHORTEST));
    }
    Ok(())
}

/// The hash of a password, in PHC form. Slow by design.
pub fn hash(password: &str) -> Result<String, Failure> {
    let hashed: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
    hashed
        .map(|hash| hash.to_string())
        .map_err(|error| Failure::internal(format!("a password could not be hashed: {error}")))
}

fn verify(password: &str, stored: Option<&str>) -> bool {
    static NOBODY: OnceLock<Option<String>> = OnceLock::new();
    let nobody = NOBODY.get_or_init(|| hash("nobody has this password").ok());
    let Some(phc) = stored.or(nobody.as_deref()) else {
        return false;
    };
    let matches = PasswordHash::new(phc).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    });
    matches && stored.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_is_right() {
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify("correct horse", Some(&hash)));
        assert!(!verify("correct horse ", Some(&hash)));
        assert!(!verify("correct horse", Some("damaged")));
        assert!(
            !verify("nobody has this password", None),
            "nobody never signs in"
        );
    }

    #[test]
    fn short_passwords_are_refused() {
        assert!(check_new("1234567").is_err());
        assert!(check_new("éàüöéàüö").is_ok());
        assert!(check_new(&"x".repeat(LONGEST + 1)).is_err());
    }
}
