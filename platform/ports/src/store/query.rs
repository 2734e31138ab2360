//! What a reader asks for.

use domain::access::Grantee;
use domain::course::{CourseRole, Membership};
use domain::pipeline::PipelineState;
use domain::{CourseId, DatasetId, UserId};

/// Whose things may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// What belongs to this user.
    Owner(UserId),
    /// What this user may see.
    Sight(Sight),
}

/// What somebody may see beyond what is theirs: what is shared with them or with a course of theirs,
/// what belongs to a course that they teach, and the deployments of all their courses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The user.
    pub user: UserId,
    /// The courses to which they belong.
    pub courses: Vec<Membership>,
}

impl Sight {
    /// The courses that they teach.
    pub fn taught(&self) -> impl Iterator<Item = CourseId> {
        let taught = self.courses.iter();
        let taught = taught.filter(|course| course.role == CourseRole::Teacher);
        taught.map(|course| course.course)
    }

    /// With whom something must be shared to be shared with them.
    pub fn grantees(&self) -> impl Iterator<Item = Grantee> {
        let courses = self.courses.iter();
        let courses = courses.map(|course| Grantee::Course(course.course));
        courses.chain([Grantee::User(self.user)])
    }
}

/// A keyset page: at most `limit` rows with an id below `before`. Ids sort by age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Most rows to answer.
    pub limit: u32,
    /// The last id of the page before.
    pub before: Option<String>,
}

impl Page {
    /// The first page.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self {
            limit,
            before: None,
        }
    }
}

/// One page, and whether there is more.
#[derive(Clone, Debug, PartialEq)]
pub struct PageOf<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Which pipelines to list.
#[derive(Clone, Debug)]
pub struct PipelineFilter {
    /// Whose.
    pub scope: Scope,
    /// In which state.
    pub state: Option<PipelineState>,
    /// On which dataset.
    pub dataset: Option<DatasetId>,
    /// Of which owner, among those that the scope allows.
    pub owner: Option<UserId>,
    /// Of which course.
    pub course: Option<CourseId>,
}

impl PipelineFilter {
    /// All that `scope` may see.
    #[must_use]
    pub fn all(scope: Scope) -> Self {
        Self {
            scope,
            state: None,
            dataset: None,
            owner: None,
            course: None,
        }
    }
}
