//! Quotas.

#![expect(dead_code, reason = "only the schemas are used")]

use utoipa::ToSchema;

/// What may be used; what is left out is as usual.
#[derive(ToSchema)]
pub struct Quota {
    /// Seconds that workers may work within 24 hours, all of them together.
    #[schema(required = false)]
    work_seconds: Option<u64>,
    /// Bytes of datasets and models.
    #[schema(required = false)]
    storage_bytes: Option<u64>,
    /// Pipelines that have not ended.
    #[schema(required = false)]
    pipelines: Option<u32>,
    /// Requests for predictions in a minute.
    #[schema(required = false)]
    predictions: Option<u32>,
}

/// What is used.
#[derive(ToSchema)]
pub struct Usage {
    /// Seconds that workers have worked within 24 hours.
    work_seconds: u64,
    /// Bytes of datasets and models.
    storage_bytes: u64,
    /// Pipelines that have not ended.
    pipelines: u64,
}
