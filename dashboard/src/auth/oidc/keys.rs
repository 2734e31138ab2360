//! The keys that the provider signs with: read leniently, fetched again when one is not known, but
//! not as often as strangers would like.

use super::claims::ALGORITHMS;
use domain::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A key that is not known makes the provider be asked again at most this often.
pub(super) const COOLDOWN: Duration = Duration::from_secs(30);
/// Keys are asked for anew so often, known or not.
const REFRESH: Duration = Duration::from_secs(600);
/// A key that is no longer published counts for so long: tokens that it signed end by themselves, and
/// one that was taken away must not count for ever.
const KEPT: Duration = Duration::from_secs(3600);
/// Keys that are read of a set; nobody publishes more.
const MOST: usize = 100;

/// Keys by their id.
#[derive(Clone, Default)]
pub(super) struct Keys(HashMap<String, Key>);

/// A key that signs.
#[derive(Clone)]
struct Key {
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
    /// When it was published last.
    listed: Timestamp,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Keys {
    /// The keys of a set that sign by one of our algorithms. What is something else is passed over: a
    /// stock realm publishes a key to encrypt with beside the one that signs. Nothing where it is no
    /// set at all.
    pub fn read(set: &Value, now: Timestamp) -> Option<Self> {
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
            let key = Key {
                algorithms,
                key: DecodingKey::from_jwk(&key).ok()?,
                listed: now,
            };
            Some((id, key))
        });
        Some(Self(read.collect()))
    }

    /// The key of this name, if it may sign so. Without a name there is none: which key signs is not
    /// found out by trying.
    pub fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let key = self.0.get(id?)?;
        key.algorithms.contains(&algorithm).then_some(&key.key)
    }

    /// Whether there is a key of this name.
    pub fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These keys, and those of before that were published not long ago.
    fn over(self, before: &Self, now: Timestamp) -> Self {
        let mut all = before.0.clone();
        all.retain(|_, key| now.since(key.listed) < KEPT);
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
    keys: Arc<Keys>,
    asked: Option<Timestamp>,
}

impl KeyRing {
    /// The keys.
    pub fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.lock().keys)
    }

    /// Whether the provider should be asked for its keys because of one of this name; whoever is told
    /// so asks, and nobody else does for a while.
    pub fn should_ask(&self, id: &str, now: Timestamp) -> bool {
        let mut ring = self.lock();
        let wait = match ring.keys.has(id) {
            true => REFRESH,
            false => COOLDOWN,
        };
        if ring.asked.is_some_and(|at| now.since(at) < wait) {
            return false;
        }
        ring.asked = Some(now);
        true
    }

    /// Takes in what the provider has answered.
    pub fn learn(&self, keys: Keys, now: Timestamp) {
        let mut ring = self.lock();
        ring.keys = Arc::new(keys.over(&ring.keys, now));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    fn set(id: &str) -> Keys {
        let mut key: Value = serde_json::from_str(super::super::claims::tests::PUBLIC).unwrap();
        key["kid"] = json!(id);
        Keys::read(&json!({"keys": [key]}), at(0)).unwrap()
    }

    #[test]
    fn a_key_signs_by_its_own_algorithm_and_no_other() {
        let keys = super::super::claims::tests::keys();
        assert!(keys.find(Some("k1"), Algorithm::ES256).is_some());
        assert!(keys.find(Some("k1"), Algorithm::RS256).is_none());
        assert!(keys.find(Some("enc"), Algorithm::RS256).is_none());
        assert!(keys.find(None, Algorithm::ES256).is_none());
        assert!(Keys::read(&json!([]), at(0)).is_none());
    }

    #[test]
    fn strangers_do_not_make_the_provider_be_asked_all_the_time() {
        let ring = KeyRing::default();
        assert!(ring.should_ask("k1", at(0)));
        ring.learn(set("k1"), at(0));
        assert!(!ring.should_ask("k1", at(60)), "it is known");
        assert!(ring.should_ask("x1", at(60)));
        for second in 61..90 {
            assert!(!ring.should_ask(&format!("x{second}"), at(second)));
        }
        assert!(ring.should_ask("k2", at(90)), "keys are turned over");
        ring.learn(set("k2"), at(90));
        let keys = ring.keys();
        assert!(keys.has("k1") && keys.has("k2"), "and the old ones stay");
        assert!(!ring.should_ask("k2", at(689)));
        assert!(ring.should_ask("k2", at(690)), "is it still published?");
        ring.learn(set("k2"), at(3_600));
        assert!(!ring.keys().has("k1"), "not for ever");
    }
}
