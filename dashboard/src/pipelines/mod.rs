//! Runs from dataset to endpoint: asking for them, looking at them, and what came of them.
//!
//! The gateway only stores what is asked for and reads what was stored; the orchestrator and the
//! workers do the rest.

mod act;
mod check;
mod create;
mod documents;
mod facts;
mod picture;
mod read;
mod results;

pub(crate) use check::name_taken;
pub(crate) use documents::{Reading, document, translation};
pub use facts::FactsCache;
pub(crate) use results::evaluated_stage;

use crate::state::Gateway;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes.
pub fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .routes(routes!(create::create_pipeline, read::list_pipelines))
        .routes(routes!(read::show_pipeline, act::delete_pipeline))
        .routes(routes!(create::clone_pipeline))
        .routes(routes!(act::cancel_pipeline))
        .routes(routes!(act::retry_pipeline))
        .routes(routes!(read::timeline))
        .routes(routes!(read::logs))
        .routes(routes!(results::leaderboard))
        .routes(routes!(results::trials))
        .routes(routes!(results::evaluation))
        .routes(routes!(documents::plots))
        .routes(routes!(documents::plot))
        .routes(routes!(documents::report))
}
