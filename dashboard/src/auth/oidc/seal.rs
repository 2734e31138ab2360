//! What the store keeps of the provider's secrets: sealed by a key that only the settings know.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Failure;
use domain::user::Sealed;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the provider gave at a sign-in.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Secrets {
    /// What the provider is asked with whether it still stands by the sign-in.
    pub refresh: String,
    /// What tells the provider at sign-out which sign-in is meant.
    pub id: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// AES-256-GCM with a random nonce each time, by a key derived from the client's secret: another secret
/// opens nothing that was sealed before.
pub(super) struct Seal {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Seal {
    pub fn new(client_secret: &str) -> Result<Self, Failure> {
        let bytes = Sha256::digest(format!("microlearn provider secrets:{client_secret}"));
        let key = UnboundKey::new(&AES_256_GCM, &bytes);
        let key = key.map_err(|_| Failure::internal("no key to seal with"))?;
        Ok(Self {
            key: LessSafeKey::new(key),
            random: SystemRandom::new(),
        })
    }

    pub fn close(&self, secrets: &Secrets) -> Result<Sealed, Failure> {
        let failed = |_| Failure::internal("a secret cannot be sealed");
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(failed)?;
        let mut text = serde_json::to_vec(secrets)
            .map_err(|_| Failure::internal("a secret cannot be written"))?;
        let unique = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(unique, Aad::empty(), &mut text)
            .map_err(failed)?;
        let whole: Vec<u8> = nonce.into_iter().chain(text).collect();
        Ok(Sealed(URL_SAFE_NO_PAD.encode(whole)))
    }

    /// What was sealed by this very key; nothing else.
    pub fn open(&self, sealed: &Sealed) -> Option<Secrets> {
        let mut whole = URL_SAFE_NO_PAD.decode(&sealed.0).ok()?;
        let (nonce, text) = whole.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let text = self.key.open_in_place(nonce, Aad::empty(), text).ok()?;
        serde_json::from_slice(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_sealed_opens() {
        let secrets = Secrets {
            refresh: "r1".into(),
            id: "i1".into(),
        };
        let seal = Seal::new("one").unwrap();
        let closed = seal.close(&secrets).unwrap();
        assert_eq!(seal.open(&closed), Some(secrets.clone()));
        assert_ne!(
            seal.close(&secrets).unwrap(),
            closed,
            "never the same twice"
        );
        assert_eq!(Seal::new("two").unwrap().open(&closed), None);
        let mut torn = closed.clone();
        torn.0.pop();
        assert_eq!(seal.open(&torn), None);
        assert_eq!(seal.open(&Sealed(String::new())), None);
        assert!(!format!("{closed:?} {secrets:?}").contains("r1"));
    }
}
