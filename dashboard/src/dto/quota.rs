//! Quotas on the wire.

use super::shapes;
use domain::quota::{Quota, Usage};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What may be used, and what is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuotaAndUsage)]
pub struct QuotaView {
    /// What was granted to just them.
    #[schema(value_type = shapes::quota::Quota)]
    pub granted: Quota,
    /// What holds: what was granted, and the usual for the rest. Nothing where there is no limit.
    #[schema(value_type = shapes::quota::Quota)]
    pub quota: Quota,
    /// What is used.
    #[schema(value_type = shapes::quota::Usage)]
    pub used: Usage,
}

/// What the caller may use, and uses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnQuota)]
pub struct OwnQuotaView {
    /// Whether the quota does not hold for them, because they look after the site.
    pub unlimited: bool,
    /// In their own name.
    pub own: QuotaView,
    /// In their courses.
    pub courses: Vec<CourseQuotaView>,
}

/// What a course may use, and uses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CourseQuota)]
pub struct CourseQuotaView {
    /// The course.
    pub course_id: Uuid,
    /// What it may use, and uses.
    pub quota: QuotaView,
}
