//! Lists: whose things they hold, and keyset pages.

use super::refusal::Outcome;
use crate::store::list::page_of;
use domain::UserId;
use ports::store::{Page, PageOf, Scope};
use std::fmt::Display;

/// Whether `scope` may see what belongs to `owner`.
pub(super) fn may_see(scope: &Scope, owner: UserId) -> bool {
    match scope {
        Scope::All => true,
        Scope::Owner(id) => *id == owner,
    }
}

/// The page of `rows`, which come in the order of their ids. Only what is on it, and the row beyond
/// that tells whether there is more, is read.
pub(super) fn page<'a, K: Display + 'a, R: 'a, T>(
    rows: impl DoubleEndedIterator<Item = (&'a K, &'a R)>,
    page: &Page,
    is_listed: impl Fn(&R) -> bool,
    read: impl Fn(&K, &R) -> Outcome<T>,
    id: impl Fn(&T) -> String,
) -> Outcome<PageOf<T>> {
    let before = |key: &K| page.before.as_ref().is_none_or(|id| key.to_string() < *id);
    let listed = rows
        .rev()
        .filter(|(key, row)| is_listed(row) && before(key));
    let items = listed
        .take(page.limit as usize + 1)
        .map(|(key, row)| read(key, row))
        .collect::<Outcome<Vec<T>>>()?;
    Ok(page_of(items, page.limit, id))
}
