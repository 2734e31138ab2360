//! People, what they carry, where they belong, what they share, and what they did.

use super::{Page, PageOf};
use crate::Result;
use async_trait::async_trait;
use domain::access::{Grantee, Noun, Share};
use domain::audit::{AuditEntry, AuditOutcome, Audited};
use domain::course::{Course, CourseRole, Membership};
use domain::quota::{Queue, Quota, Usage};
use domain::user::{RoleRequest, Sealed, Token, User, UserChange};
use domain::{CourseId, RoleRequestId, Timestamp, TokenId, UserId};
use std::time::Duration;

/// Whom a token signs in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The token.
    pub token: Token,
    /// Its user.
    pub user: User,
    /// The courses to which they belong, by id.
    pub courses: Vec<Membership>,
}

/// People and their tokens.
#[async_trait]
pub trait Users {
    /// Stores a user: `Conflict` if the name is taken, or the subject.
    async fn insert_user(&self, user: &User) -> Result<()>;

    /// The user who signs in as `username`.
    async fn user_by_name(&self, username: &str) -> Result<Option<User>>;

    /// The user who is `subject` at the identity provider.
    async fn user_by_subject(&self, subject: &str) -> Result<Option<User>>;

    /// The user.
    async fn user(&self, id: UserId) -> Result<Option<User>>;

    /// Users, newest first; of those only whose user name or shown name holds `search`, whatever
    /// the case of its letters.
    async fn users(&self, search: Option<&str>, page: &Page) -> Result<PageOf<User>>;

    /// How many there are.
    async fn count_users(&self) -> Result<u64>;

    /// Changes an account; the account before. Of a user who is disabled, every token ends.
    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<Option<User>>;

    /// Replaces a password and ends every token of the user but `keep`. They need not change it
    /// unless `must_change`.
    async fn set_password(
        &self,
        id: UserId,
        hash: &str,
        must_change: bool,
        keep: Option<TokenId>,
    ) -> Result<()>;

    /// Stores a token.
    async fn insert_token(&self, token: &Token) -> Result<()>;

    /// Whom the token with this hash signs in, unless it has ended, was not used for too long, or
    /// the user is disabled.
    async fn token(&self, hash: &str) -> Result<Option<SignedIn>>;

    /// Notes that a token was used.
    async fn touch_token(&self, id: TokenId) -> Result<()>;

    /// Ends a token; whether there was one.
    async fn delete_token(&self, user: UserId, id: TokenId) -> Result<bool>;

    /// Ends every token of a user but `keep`; how many there were.
    async fn delete_tokens(&self, user: UserId, keep: Option<TokenId>) -> Result<u64>;

    /// The tokens of a user that have not ended, newest first.
    async fn tokens(&self, user: UserId) -> Result<Vec<Token>>;

    /// Remembers the answer to a creating request under the caller's key for
    /// [`ANSWERS_ARE_KEPT`](super::ANSWERS_ARE_KEPT) at least, or answers what is remembered: the
    /// same key with another `fingerprint` is a `Conflict`.
    async fn remember(
        &self,
        user: UserId,
        key: &str,
        fingerprint: &str,
        answer: Option<&str>,
    ) -> Result<Option<String>>;
}

/// Tokens that hold as long as the identity provider stands by them.
#[async_trait]
pub trait ProviderTokens {
    /// Tokens about which the provider was not asked for so long, by id and at most so many, those first
    /// that wait longest: from now on they count as asked about, so each goes to one of many callers.
    async fn tokens_to_check(&self, age: Duration, limit: u32) -> Result<Vec<Token>>;

    /// Keeps what the provider gave to be asked with the next time; whether there is such a token.
    async fn reseal(&self, id: TokenId, sealed: &Sealed) -> Result<bool>;

    /// The tokens that came of a sign-in that the provider calls so, by id.
    async fn tokens_of_session(&self, sid: &str) -> Result<Vec<Token>>;

    /// Makes somebody belong to the courses that the provider says, and to no other of those of which
    /// it said so before; where they were enrolled here, nothing changes. Whether anything did.
    /// `Conflict` if one of them is not there.
    async fn follow_groups(&self, user: UserId, courses: &[Membership]) -> Result<bool>;
}

/// Wishes that somebody become an administrator.
#[async_trait]
pub trait RoleRequests {
    /// Stores a wish; an earlier one for the same user goes. `Conflict` if there is no such user.
    async fn ask_for_roles(&self, request: &RoleRequest) -> Result<()>;

    /// The wishes that have not been forgotten, newest first.
    async fn role_requests(&self) -> Result<Vec<RoleRequest>>;

    /// Takes a wish away to decide on it: one winner among many callers.
    async fn take_role_request(&self, id: RoleRequestId) -> Result<Option<RoleRequest>>;
}

/// How much somebody, or a course, may use, and what is used.
#[async_trait]
pub trait Quotas {
    /// What was granted; nothing where it is as usual.
    async fn quota(&self, of: Grantee) -> Result<Option<Quota>>;

    /// Grants so much; an open quota is as usual.
    async fn set_quota(&self, of: Grantee, quota: &Quota) -> Result<()>;

    /// What is used. Work counts from the hour on that is [`WINDOW_HOURS`](domain::quota::WINDOW_HOURS)
    /// ago, and once a job has ended.
    async fn usage(&self, of: Grantee) -> Result<Usage>;

    /// The pipelines that wait, a thousand at most, and how many jobs of whom run.
    async fn queue(&self) -> Result<Queue>;
}

/// Courses and who belongs to them.
#[async_trait]
pub trait Courses {
    /// Stores a course: `Conflict` if the code is taken.
    async fn insert_course(&self, course: &Course) -> Result<()>;

    /// The course.
    async fn course(&self, id: CourseId) -> Result<Option<Course>>;

    /// The course with this code.
    async fn course_by_code(&self, code: &str) -> Result<Option<Course>>;

    /// Courses, newest first: those of this user, if one is given.
    async fn courses(&self, of: Option<UserId>, page: &Page) -> Result<PageOf<Course>>;

    /// Gives a course another code and title, `Conflict` if the code is taken; whether there was
    /// such a course.
    async fn name_course(&self, id: CourseId, code: &str, title: &str) -> Result<bool>;

    /// Makes somebody belong to a course, or belong to it as something else: `Conflict` if one of
    /// the two is not there.
    async fn enrol(&self, course: CourseId, user: UserId, role: CourseRole) -> Result<()>;

    /// Lets somebody go; whether they belonged to the course.
    async fn unenrol(&self, course: CourseId, user: UserId) -> Result<bool>;

    /// Who belongs to a course, newest accounts first.
    async fn members(&self, course: CourseId, page: &Page) -> Result<PageOf<(User, CourseRole)>>;

    /// To which courses somebody belongs, by id.
    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>>;
}

/// Who lets whom at what.
#[async_trait]
pub trait Shares {
    /// Shares a thing with somebody, or shares it further or less far.
    async fn share(&self, share: &Share) -> Result<()>;

    /// Shares it no longer; whether it was shared with them.
    async fn unshare(&self, noun: Noun, thing: &str, with: Grantee) -> Result<bool>;

    /// With whom these things are shared, by thing and then by grantee.
    async fn shares(&self, noun: Noun, things: &[String]) -> Result<Vec<Share>>;
}

/// Which entries of the audit to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of whom: the user name that was noted.
    pub actor_name: Option<String>,
    /// Which action.
    pub action: Option<String>,
    /// With what.
    pub resource: Option<String>,
    /// What came of it.
    pub outcome: Option<AuditOutcome>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// What was done and refused. Entries are added, and never changed or removed.
#[async_trait]
pub trait Audit {
    /// Notes something.
    async fn note(&self, entry: &AuditEntry) -> Result<()>;

    /// What was noted, newest first.
    async fn noted(&self, filter: &AuditFilter, page: &Page) -> Result<PageOf<Audited>>;
}
