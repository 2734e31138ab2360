//! The keys that the provider signs with: read leniently, fetched again when one is not known, but
//! not as often as strangers would like.

use super::claims::ALGORITHMS;
use domain::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

/// A key that is not known makes the provider be asked again at most this often.
pub(super) const COOLDOWN: Duration = Duration::from_secs(30);
/// Keys that are read of a set; nobody publishes more.
const MOST: usize = 100;

/// Keys by their id.
#[derive(Clone, Default)]
pub(super) struct Keys(HashMap<String, (Vec<Algorithm>, DecodingKey)>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Keys {
    /// The keys of a set that sign by one of our algorithms. What is something else is passed over: a
    /// stock realm publishes a key to encrypt with beside the one that signs. Nothing where it is no
    /// set at all.
    pub fn read(set: &Value) -> Option<Self> {
        let keys = set.get("keys")?.as_array()?;
        let read = keys.iter().take(MOST).filter_map(|key| {
            let key: Jwk = serde_json::from_value(key.clone()).ok()?;
            let id = key.common.key_id.clone()?;
            let signs = matches!(
                key.common.public_key_use,
                None | Some(PublicKeyUse::Signature)
            );
            let algorithms = algorithms(&key);
            if !signs || algorithms.is_empty() {
                return None;
            }
            Some((id, (algorithms, DecodingKey::from_jwk(&key).ok()?)))
        });
        Some(Self(read.collect()))
    }

    /// The key of this name, if it may sign so. Without a name there is none: which key signs is not
    /// found out by trying.
    pub fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let (algorithms, key) = self.0.get(id?)?;
        algorithms.contains(&algorithm).then_some(key)
    }

    /// Whether there is a key of this name.
    pub fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// These keys and, where a key of theirs is no longer published, the ones before: tokens that they
    /// signed are about to end by themselves.
    fn over(self, before: &Self) -> Self {
        let mut all = before.0.clone();
        all.extend(self.0);
        Self(all)
    }
}

/// By which of our algorithms the key may sign: its own word, else what its kind can do.
fn algorithms(key: &Jwk) -> Vec<Algorithm> {
    let able: &[Algorithm] = match &key.algorithm {
        AlgorithmParameters::RSA(_) => &[Algorithm::RS256, Algorithm::PS256],
        AlgorithmParameters::EllipticCurve(_) => &[Algorithm::ES256],
        AlgorithmParameters::OctetKeyPair(_) => &[Algorithm::EdDSA],
        _ => &[],
    };
    let said = key.common.key_algorithm;
    let may = |algorithm: &Algorithm| {
        said.is_none_or(|said| said.to_string() == format!("{algorithm:?}"))
    };
    let known = able
        .iter()
        .filter(|one| ALGORITHMS.contains(one) && may(one));
    known.copied().collect()
}

/// Keys as they were fetched last.
#[derive(Debug, Default)]
pub(super) struct KeyRing(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    keys: Keys,
    asked: Option<Timestamp>,
}

impl KeyRing {
    /// The keys.
    pub fn keys(&self) -> Keys {
        self.lock().keys.clone()
    }

    /// Whether the provider should be asked for its keys because of one of this name; whoever is told
    /// so asks, and nobody else does for a while.
    pub fn should_ask(&self, id: &str, now: Timestamp) -> bool {
        let mut ring = self.lock();
        let waits = ring.asked.is_some_and(|at| now.since(at) < COOLDOWN);
        if waits || ring.keys.has(id) {
            return false;
        }
        ring.asked = Some(now);
        true
    }

    /// Takes in what the provider has answered.
    pub fn learn(&self, keys: Keys) {
        let mut ring = self.lock();
        ring.keys = keys.over(&ring.keys);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(id: &str) -> Keys {
        let mut key: Value = serde_json::from_str(super::super::claims::tests::PUBLIC).unwrap();
        key["kid"] = json!(id);
        Keys::read(&json!({"keys": [key]})).unwrap()
    }

    #[test]
    fn a_key_signs_by_its_own_algorithm_and_no_other() {
        let keys = super::super::claims::tests::keys();
        assert!(keys.find(Some("k1"), Algorithm::ES256).is_some());
        assert!(keys.find(Some("k1"), Algorithm::RS256).is_none());
        assert!(keys.find(Some("enc"), Algorithm::RS256).is_none());
        assert!(keys.find(None, Algorithm::ES256).is_none());
        assert!(Keys::read(&json!([])).is_none());
    }

    #[test]
    fn strangers_do_not_make_the_provider_be_asked_all_the_time() {
        let ring = KeyRing::default();
        let at = |seconds: i64| Timestamp(seconds * 1_000_000);
        assert!(ring.should_ask("k1", at(0)));
        ring.learn(set("k1"));
        assert!(!ring.should_ask("k1", at(60)), "it is known");
        assert!(ring.should_ask("x1", at(60)));
        for second in 61..90 {
            assert!(!ring.should_ask(&format!("x{second}"), at(second)));
        }
        assert!(ring.should_ask("k2", at(90)), "keys are turned over");
        ring.learn(set("k2"));
        let keys = ring.keys();
        assert!(keys.has("k1") && keys.has("k2"), "and the old ones stay");
    }
}
