//! Trained models.

mod documents;

use crate::auth::Caller;
use crate::dto::model::ModelView;
use crate::dto::{Page, Paging};
use crate::find;
use crate::policy;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::access::Action;
use service_kit::http::{ApiResult, Path, Query};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes.
pub fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .routes(routes!(list_models))
        .routes(routes!(show_model))
        .routes(routes!(documents::card))
        .routes(routes!(documents::export))
}

/// Models that the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/models", tag = "models", params(Paging),
    responses((status = 200, description = "One page", body = Page<ModelView>)))]
pub async fn list_models(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> ApiResult<Json<Page<ModelView>>> {
    let scope = policy::scope(&caller);
    let page = gateway.ports.store.models(&scope, &paging.page()?).await?;
    Ok(Json(Page::of(page, ModelView::from)))
}

/// A model with its numbers.
#[utoipa::path(get, path = "/api/v1/models/{id}", tag = "models",
    params(("id" = Uuid, Path, description = "The model")),
    responses((status = 200, description = "The model", body = ModelView)))]
pub async fn show_model(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<ModelView>> {
    Ok(Json(
        find::model(&gateway, &caller, Action::See, &id)
            .await?
            .into(),
    ))
}
