//! Names under which models answer.

mod change;
mod read;

use crate::state::Gateway;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes.
pub fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .routes(routes!(change::create_deployment, read::list_deployments))
        .routes(routes!(
            read::show_deployment,
            change::change_deployment,
            change::delete_deployment
        ))
        .routes(routes!(change::roll_back))
        .routes(routes!(read::deployment_schema))
        .routes(routes!(read::deployment_metrics))
}
