//! Courses and who belongs to them.

use crate::{CourseId, Timestamp, text_enum};
use serde::{Deserialize, Serialize};

/// People who learn and teach something together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// What the school calls it, once on a site: `INF-201`.
    pub code: String,
    /// Its title.
    pub title: String,
    /// When it was made.
    pub created_at: Timestamp,
}

text_enum!(
    /// What somebody is in a course.
    CourseRole {
        /// Learns there.
        Student = "student",
        /// Teaches there.
        Teacher = "teacher",
    }
);

/// That somebody belongs to a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The course.
    pub course: CourseId,
    /// As what.
    pub role: CourseRole,
}
