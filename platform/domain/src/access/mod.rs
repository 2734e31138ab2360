//! Who may do what: one pure function, [`may`], asked on the way to everything.
//!
//! | a thing | owner | teacher of its course | student of its course | shared to see | shared to change | administrator |
//! |---|---|---|---|---|---|---|
//! | see it | yes | yes | a deployment | yes | yes | yes |
//! | call it | yes | yes | a deployment | yes | yes | yes |
//! | change it | yes | – | – | – | yes | yes |
//! | share it | yes | – | – | – | – | yes |
//!
//! To deploy in a course is to publish there: students may not look at the data of others, and may
//! ask what was made of it. A model is seen by whoever sees its pipeline.
//!
//! A token does at most what its scopes allow; what an administrator may beyond others needs the
//! scope `admin`. A program with an account of its own (OAuth's client credentials) keeps its own
//! things and calls models, and manages neither accounts nor the site.

mod share;

pub use share::{Grantee, Holding, NoGrantee, Share};

use crate::course::{CourseRole, Membership};
use crate::user::{Role, TokenScope};
use crate::{CourseId, Failure, FailureKind, UserId, text_enum};
use std::fmt;

text_enum!(
    /// What kind of thing belongs to somebody.
    Noun {
        /// An uploaded file.
        Dataset = "dataset",
        /// A run.
        Pipeline = "pipeline",
        /// A trained model.
        Model = "model",
        /// A name under which a model answers.
        Deployment = "deployment",
        /// A file that is still being sent.
        Upload = "upload",
    }
);

text_enum!(
    /// How far a thing is shared.
    Level {
        /// To look at it, and to call it.
        See = "see",
        /// To change it, too.
        Change = "change",
    }
);

text_enum!(
    /// What somebody wants to do.
    Action {
        /// Look at it.
        See = "see",
        /// Make a new one.
        Create = "create",
        /// Change, stop or delete it.
        Change = "change",
        /// Let others at it, or no longer.
        Share = "share",
        /// Ask it for predictions.
        Call = "call",
    }
);

impl Action {
    /// The scope that a token needs for it.
    #[must_use]
    pub fn scope(self) -> TokenScope {
        match self {
            Self::See => TokenScope::Read,
            Self::Create | Self::Change | Self::Share => TokenScope::Write,
            Self::Call => TokenScope::Predict,
        }
    }
}

/// On whose behalf something is asked.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    /// The account.
    pub id: UserId,
    /// Whether a program stands behind it, and no person.
    pub service: bool,
    /// What they are on the site.
    pub roles: &'a [Role],
    /// The courses they belong to.
    pub courses: &'a [Membership],
    /// What their token is for.
    pub scopes: &'a [TokenScope],
    /// The only deployment that the token may call, if it is for one.
    pub only: Option<&'a str>,
    /// Whether they have signed in, and did not show a token that was made to be kept.
    pub signed_in: bool,
}

/// A thing that belongs to somebody.
#[derive(Clone, Copy, Debug)]
pub struct Thing<'a> {
    /// What it is.
    pub noun: Noun,
    /// Its id or name.
    pub id: &'a str,
    /// Whose it is.
    pub owner: UserId,
    /// The course it belongs to.
    pub course: Option<CourseId>,
    /// How far it is shared with whoever asks.
    pub shared: Option<Level>,
}

/// What something is wanted with.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    /// A thing of somebody.
    Thing(Thing<'a>),
    /// Things to come, perhaps in a course.
    New(Option<CourseId>),
    /// What shows each caller their own part: a list, one's own name.
    Own,
    /// An account's secrets: its tokens, sessions and password.
    Account(UserId),
    /// A course.
    Course(CourseId),
    /// Who belongs to a course.
    Members(CourseId),
    /// A course to come.
    NewCourse,
    /// Accounts, roles, courses, quotas, the audit, numbers about the site.
    Site,
}

/// As it stands in the audit.
impl fmt::Display for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thing(thing) => write!(f, "{}/{}", thing.noun, thing.id),
            Self::New(Some(course)) | Self::Course(course) => write!(f, "course/{course}"),
            Self::Members(course) => write!(f, "course/{course}/members"),
            Self::New(None) | Self::NewCourse | Self::Own => f.write_str("own"),
            Self::Account(id) => write!(f, "user/{id}"),
            Self::Site => f.write_str("site"),
        }
    }
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// They must not even learn that it exists.
    Unseen,
    /// They may look at it, and no more.
    LookOnly,
    /// The token is not for that.
    Scope(TokenScope),
    /// Only a person who has signed in may do it.
    SignIn,
    /// Only administrators may do it.
    Role,
    /// Only teachers may do it.
    Teacher,
    /// They do not belong to the course.
    Course,
}

/// Whether `who` may do `action` with `resource`.
pub fn may(who: &Who<'_>, action: Action, resource: &Resource<'_>) -> Result<(), Denied> {
    if let Some(only) = who.only {
        let meant = match resource {
            Resource::Thing(thing) => thing.noun == Noun::Deployment && thing.id == only,
            _ => false,
        };
        if !meant || action != Action::Call {
            return Err(Denied::Scope(action.scope()));
        }
    }
    if !who.scopes.contains(&action.scope()) {
        return Err(Denied::Scope(action.scope()));
    }
    match resource {
        Resource::Own => Ok(()),
        Resource::New(None) => Ok(()),
        Resource::New(Some(course)) => match rank(who, *course).is_some() || who.is_admin() {
            true => Ok(()),
            false => Err(Denied::Course),
        },
        Resource::Thing(thing) => may_with(who, action, thing),
        Resource::Account(_) if !who.signed_in || who.service => Err(Denied::SignIn),
        Resource::Account(owner) if *owner == who.id => Ok(()),
        Resource::Course(course) => match (rank(who, *course), action) {
            _ if who.is_admin() => Ok(()),
            (Some(_), Action::See) | (Some(CourseRole::Teacher), _) => Ok(()),
            (Some(CourseRole::Student), _) => Err(Denied::LookOnly),
            (None, _) => Err(Denied::Unseen),
        },
        Resource::Members(course) => match rank(who, *course) {
            _ if who.is_admin() => Ok(()),
            Some(CourseRole::Teacher) => Ok(()),
            Some(CourseRole::Student) => Err(Denied::Teacher),
            None => Err(Denied::Unseen),
        },
        Resource::NewCourse => match who.is_admin() || who.roles.contains(&Role::Teacher) {
            true => Ok(()),
            false => Err(Denied::Teacher),
        },
        Resource::Account(_) | Resource::Site => match who.is_admin() {
            true => Ok(()),
            false => Err(Denied::Role),
        },
    }
}

fn may_with(who: &Who<'_>, action: Action, thing: &Thing<'_>) -> Result<(), Denied> {
    if thing.owner == who.id {
        // Whom a person lets at their things is a person's decision.
        return match action == Action::Share && who.service {
            true => Err(Denied::SignIn),
            false => Ok(()),
        };
    }
    if who.is_admin() {
        return Ok(());
    }
    let rank = thing.course.and_then(|course| rank(who, course));
    let sees = match rank {
        Some(CourseRole::Teacher) => true,
        Some(CourseRole::Student) => thing.noun == Noun::Deployment || thing.shared.is_some(),
        None => thing.shared.is_some(),
    };
    let allowed = match action {
        Action::See | Action::Call => sees,
        Action::Change => thing.shared == Some(Level::Change),
        Action::Create | Action::Share => false,
    };
    match (allowed, sees) {
        (true, _) => Ok(()),
        (false, true) => Err(Denied::LookOnly),
        (false, false) => Err(Denied::Unseen),
    }
}

fn rank(who: &Who<'_>, course: CourseId) -> Option<CourseRole> {
    let mut of = who.courses.iter().filter(|member| member.course == course);
    of.next().map(|member| member.role)
}

impl Who<'_> {
    /// Whether they may do now what only administrators may.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.roles.contains(&Role::Admin)
            && self.scopes.contains(&TokenScope::Admin)
            && !self.service
    }
}

impl Denied {
    /// The refusal in words. What may not be seen is answered as if it were not there.
    #[must_use]
    pub fn failure(self, resource: &Resource<'_>) -> Failure {
        let forbidden = |code, text: &str| Failure::new(FailureKind::Forbidden, code, text);
        match (self, resource) {
            (Self::Unseen, Resource::Thing(thing)) => {
                Failure::not_found(thing.noun.as_str(), thing.id)
            }
            (Self::Unseen, Resource::Course(course) | Resource::Members(course)) => {
                Failure::not_found("course", course)
            }
            (Self::Unseen | Self::Role, _) => {
                forbidden("auth.role", "Only an administrator may do this.")
            }
            (Self::Teacher, _) => forbidden("auth.teacher", "Only a teacher may do this."),
            (Self::LookOnly, _) => {
                let text = "It is somebody else's: you may look at it and not change it.";
                forbidden("auth.look_only", text)
            }
            (Self::Scope(scope), _) => {
                let text = format!("This token lacks the scope `{scope}`. Make one that has it.");
                forbidden("auth.scope", &text).with("scope", scope.as_str())
            }
            (Self::SignIn, _) => {
                let text = "A personal token cannot do this. Sign in with your password.";
                forbidden("auth.sign_in_needed", text)
            }
            (Self::Course, _) => {
                let text = "You do not belong to this course. Ask its teacher to add you.";
                forbidden("auth.course", text).field("course_id")
            }
        }
    }
}

#[cfg(test)]
mod tests;
