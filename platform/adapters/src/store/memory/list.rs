//! Lists: whose things they hold, and keyset pages.

use super::refusal::Outcome;
use super::state::State;
use crate::store::list::{courses, page_of};
use domain::access::Noun;
use domain::{CourseId, UserId};
use ports::store::{Page, PageOf, Scope};
use std::collections::BTreeSet;
use std::fmt::Display;

/// What a scope means for things of one kind.
pub(super) enum Seen {
    /// All of them.
    All,
    /// Those of this user, of these courses, and these.
    Some {
        owner: UserId,
        courses: Vec<CourseId>,
        shared: BTreeSet<String>,
    },
}

impl State {
    /// What of this kind `scope` may see.
    pub(super) fn seen(&self, noun: Noun, scope: &Scope) -> Seen {
        match scope {
            Scope::All => Seen::All,
            Scope::Owner(id) => Seen::Some {
                owner: *id,
                courses: Vec::new(),
                shared: BTreeSet::new(),
            },
            Scope::Sight(sight) => {
                // Models are shared with their pipeline.
                let shared_as = if noun == Noun::Model {
                    Noun::Pipeline
                } else {
                    noun
                };
                let shares = sight.grantees().flat_map(|with| self.shares.find(with));
                let shares = shares.filter(|(_, share)| share.noun == shared_as);
                Seen::Some {
                    owner: sight.user,
                    courses: courses(noun, sight),
                    shared: shares.map(|(_, share)| share.thing.clone()).collect(),
                }
            }
        }
    }
}

impl Seen {
    /// Whether it holds what belongs to `owner` and to `course`, and is shared under this id.
    pub(super) fn has(
        &self,
        owner: UserId,
        course: Option<CourseId>,
        shared_as: impl Display,
    ) -> bool {
        match self {
            Self::All => true,
            Self::Some {
                owner: own,
                courses,
                shared,
            } => {
                *own == owner
                    || course.is_some_and(|course| courses.contains(&course))
                    || (!shared.is_empty() && shared.contains(&shared_as.to_string()))
            }
        }
    }
}

/// The page of `rows`, which come in the order of their ids. Only what is on it, and the row beyond
/// that tells whether there is more, is read.
pub(super) fn page<'a, K: Display + 'a, R: 'a, T>(
    rows: impl DoubleEndedIterator<Item = (&'a K, &'a R)>,
    page: &Page,
    is_listed: impl Fn(&K, &R) -> bool,
    read: impl Fn(&K, &R) -> Outcome<T>,
    id: impl Fn(&T) -> String,
) -> Outcome<PageOf<T>> {
    let before = |key: &K| page.before.as_ref().is_none_or(|id| key.to_string() < *id);
    let listed = rows
        .rev()
        .filter(|(key, row)| before(key) && is_listed(key, row));
    let items = listed
        .take(page.limit as usize + 1)
        .map(|(key, row)| read(key, row))
        .collect::<Outcome<Vec<T>>>()?;
    Ok(page_of(items, page.limit, id))
}
