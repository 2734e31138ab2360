//! Rows that can be put back as they were.

use super::refusal::{Outcome, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeBounds;

/// What a table holds.
pub(super) trait Row: Clone {
    /// What rows are found by, beside their key.
    type Mark: Ord + Clone;

    /// The marks that this row bears: its place in every index.
    fn marks(&self) -> Vec<Self::Mark> {
        Vec::new()
    }
}

/// Rows by key and by mark, always in the order of their keys.
#[derive(Debug)]
pub(super) struct Table<K, R: Row> {
    rows: BTreeMap<K, R>,
    marked: BTreeMap<R::Mark, BTreeSet<K>>,
    /// What stood at a key before each change that is not yet kept, oldest first.
    before: Vec<(K, Option<R>)>,
}

impl<K, R: Row> Default for Table<K, R> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            marked: BTreeMap::new(),
            before: Vec::new(),
        }
    }
}

impl<K: Ord + Clone, R: Row> Table<K, R> {
    pub(super) fn get(&self, key: &K) -> Option<&R> {
        self.rows.get(key)
    }

    pub(super) fn has(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &R)> {
        self.rows.iter()
    }

    pub(super) fn range(
        &self,
        keys: impl RangeBounds<K>,
    ) -> impl DoubleEndedIterator<Item = (&K, &R)> {
        self.rows.range(keys)
    }

    /// The rows that bear this mark.
    pub(super) fn find(&self, mark: R::Mark) -> impl Iterator<Item = (&K, &R)> {
        let keys = self.marked.get(&mark).into_iter().flatten();
        keys.filter_map(|key| Some((key, self.rows.get(key)?)))
    }

    /// How many rows bear this mark.
    pub(super) fn count(&self, mark: R::Mark) -> usize {
        self.marked.get(&mark).map_or(0, BTreeSet::len)
    }

    /// Stores a row whose key must be new.
    pub(super) fn insert(&mut self, key: K, row: R) -> Outcome<()> {
        if self.has(&key) {
            return Err(Refusal::Taken);
        }
        self.put(key, row);
        Ok(())
    }

    /// Stores or replaces a row.
    pub(super) fn put(&mut self, key: K, row: R) {
        let before = self.set(&key, Some(row));
        self.before.push((key, before));
    }

    /// Changes a row, if there is one; what the change answered.
    pub(super) fn change<T>(&mut self, key: &K, change: impl FnOnce(&mut R) -> T) -> Option<T> {
        let mut row = self.rows.get(key)?.clone();
        let answer = change(&mut row);
        self.put(key.clone(), row);
        Some(answer)
    }

    /// Changes a row if there is one that fulfils the condition; whether there was.
    pub(super) fn change_if(
        &mut self,
        key: &K,
        condition: impl FnOnce(&R) -> bool,
        change: impl FnOnce(&mut R),
    ) -> bool {
        self.rows.get(key).is_some_and(condition) && self.change(key, change).is_some()
    }

    /// Removes a row; whether there was one.
    pub(super) fn remove(&mut self, key: &K) -> bool {
        let before = self.set(key, None);
        let was = before.is_some();
        self.before.push((key.clone(), before));
        was
    }

    /// Removes these rows.
    pub(super) fn remove_all(&mut self, keys: impl IntoIterator<Item = K>) {
        for key in keys {
            self.remove(&key);
        }
    }

    /// Makes `row` what stands at the key, and its marks with it; what stood there.
    fn set(&mut self, key: &K, row: Option<R>) -> Option<R> {
        let new = row.as_ref().map(Row::marks).unwrap_or_default();
        let before = match row {
            Some(row) => self.rows.insert(key.clone(), row),
            None => self.rows.remove(key),
        };
        let old = before.as_ref().map(Row::marks).unwrap_or_default();
        for mark in old.iter().filter(|mark| !new.contains(mark)) {
            if let Some(keys) = self.marked.get_mut(mark) {
                keys.remove(key);
                if keys.is_empty() {
                    self.marked.remove(mark);
                }
            }
        }
        for mark in new.into_iter().filter(|mark| !old.contains(mark)) {
            self.marked.entry(mark).or_default().insert(key.clone());
        }
        before
    }
}

/// The two ends of a change.
pub(super) trait Journal {
    /// Keeps what was done.
    fn keep(&mut self);

    /// Takes back what was done since the last [`keep`](Journal::keep).
    fn undo(&mut self);
}

impl<K: Ord + Clone, R: Row> Journal for Table<K, R> {
    fn keep(&mut self) {
        self.before.clear();
    }

    fn undo(&mut self) {
        while let Some((key, row)) = self.before.pop() {
            self.set(&key, row);
        }
    }
}
