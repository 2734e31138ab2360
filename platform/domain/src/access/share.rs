//! Whom somebody lets at their things.

use super::{Level, Noun, Thing, Who};
use crate::{CourseId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// With whom something is shared. In text `user:ID` or `course:ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// One person.
    User(UserId),
    /// Everybody who belongs to a course.
    Course(CourseId),
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Course(id) => write!(f, "course:{id}"),
        }
    }
}

/// That a text names nobody with whom something could be shared.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is neither `user:ID` nor `course:ID`")]
pub struct NoGrantee(String);

impl FromStr for Grantee {
    type Err = NoGrantee;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let none = || NoGrantee(text.to_owned());
        let (kind, id) = text.split_once(':').ok_or_else(none)?;
        match kind {
            "user" => id.parse().map(Self::User).map_err(|_| none()),
            "course" => id.parse().map(Self::Course).map_err(|_| none()),
            _ => Err(none()),
        }
    }
}

impl Serialize for Grantee {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Grantee {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// That a thing is shared with somebody. Of each thing there is at most one for each of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What kind of thing: a dataset, a pipeline or a deployment. Models go with their pipeline.
    pub noun: Noun,
    /// Its id.
    pub thing: String,
    /// With whom.
    pub with: Grantee,
    /// How far.
    pub level: Level,
    /// Who did it.
    pub by: UserId,
    /// When.
    pub created_at: Timestamp,
}

/// Whose a thing is, and who else may come at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Whose it is.
    pub owner: UserId,
    /// The course it belongs to.
    pub course: Option<CourseId>,
    /// With whom it is shared.
    pub shares: Vec<(Grantee, Level)>,
}

impl Holding {
    /// What is its owner's and nobody else's.
    #[must_use]
    pub fn of(owner: UserId) -> Self {
        Self {
            owner,
            course: None,
            shares: Vec::new(),
        }
    }

    /// The thing as it stands to whoever asks: `id` is how they name it.
    #[must_use]
    pub fn thing<'a>(&self, noun: Noun, id: &'a str, who: &Who<'_>) -> Thing<'a> {
        let is_theirs = |with: &Grantee| match with {
            Grantee::User(user) => *user == who.id,
            Grantee::Course(course) => who.courses.iter().any(|of| of.course == *course),
        };
        let shares = self.shares.iter().filter(|(with, _)| is_theirs(with));
        Thing {
            noun,
            id,
            owner: self.owner,
            course: self.course,
            shared: shares.map(|(_, level)| *level).max(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::{CourseRole, Membership};

    #[test]
    fn of_several_shares_the_furthest_counts() {
        let (ann, course) = (UserId::new(), CourseId::new());
        let membership = [Membership {
            course,
            role: CourseRole::Student,
        }];
        let who = |courses| Who {
            id: ann,
            service: false,
            roles: &[],
            courses,
            scopes: &[],
            only: None,
            signed_in: true,
        };
        let mut holding = Holding::of(UserId::new());
        let level = |holding: &Holding, courses| {
            let thing = holding.thing(Noun::Dataset, "1", &who(courses));
            thing.shared
        };
        assert_eq!(level(&holding, &membership), None);
        let nobody = (Grantee::User(UserId::new()), Level::Change);
        holding.shares = vec![nobody, (Grantee::User(ann), Level::See)];
        assert_eq!(level(&holding, &membership), Some(Level::See));
        holding
            .shares
            .push((Grantee::Course(course), Level::Change));
        assert_eq!(level(&holding, &membership), Some(Level::Change));
        assert_eq!(level(&holding, &[]), Some(Level::See));
    }

    #[test]
    fn grantees_are_read_as_they_are_written() {
        for with in [
            Grantee::User(UserId::new()),
            Grantee::Course(CourseId::new()),
        ] {
            assert_eq!(with.to_string().parse(), Ok(with));
            let text = serde_json::to_string(&with).unwrap();
            assert_eq!(serde_json::from_str::<Grantee>(&text).unwrap(), with);
        }
        for text in ["", "user", "user:", "user:ann", "group:0", "course:user:0"] {
            assert!(text.parse::<Grantee>().is_err(), "{text}");
        }
    }
}
