//! Values as JSON keeps them.

use super::refusal::{Outcome, Refusal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A value that holds floating-point numbers, as it is read back after it was written as JSON.
/// JSON has no word for what is no number: it reads back as nothing where that is possible, and
/// elsewhere makes the whole value unreadable. Values without such numbers read back as they were
/// and need no wrapping.
#[derive(Debug)]
pub(super) struct Kept<T>(Result<Arc<T>, Arc<str>>);

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Serialize + DeserializeOwned> Kept<T> {
    pub(super) fn new(value: &T) -> Outcome<Self> {
        let json = serde_json::to_vec(value);
        let json = json.map_err(|error| Refusal::Unwritable(error.to_string()))?;
        let read = serde_json::from_slice(&json);
        Ok(Self(
            read.map(Arc::new).map_err(|error| error.to_string().into()),
        ))
    }
}

impl<T> Kept<T> {
    pub(super) fn read(&self) -> Outcome<&T> {
        match &self.0 {
            Ok(value) => Ok(value),
            Err(why) => Err(Refusal::Unreadable(why.to_string())),
        }
    }

    /// What a newer program may have left.
    #[cfg(test)]
    pub(super) fn unreadable(why: &str) -> Self {
        Self(Err(why.into()))
    }
}
