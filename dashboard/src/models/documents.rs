//! What can be carried away of a model: its card, and the model itself.

use crate::auth::Caller;
use crate::datasets::file;
use crate::find;
use crate::pipelines::{Reading, document, evaluated_stage, translation};
use crate::state::Gateway;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::access::Action;
use domain::{Failure, FailureKind};
use serde::Deserialize;
use service_kit::http::{ApiResult, Path, Query};
use utoipa::{IntoParams, ToSchema};

/// The form of an exported model.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// The model file that `microlearn predict` and `microlearn serve` read.
    #[default]
    Native,
}

/// Which form to export.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Export {
    /// `native`.
    #[serde(default)]
    #[param(inline)]
    pub format: ExportFormat,
}

/// The card of a pipeline's chosen model, in Markdown.
#[utoipa::path(get, path = "/api/v1/models/{id}/card", tag = "models",
    params(("id" = Uuid, Path, description = "The model"), Reading),
    responses(
        (status = 200, description = "The card", body = String, content_type = "text/markdown"),
        (status = 404, description = "`model.no_card`: it was not chosen"),
    ))]
pub async fn card(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Query(reading): Query<Reading>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let model = find::model(&gateway, &caller, Action::See, &id).await?;
    let evaluated = evaluated_stage(&gateway, model.pipeline).await?;
    let evaluated = evaluated.filter(|_| model.chosen).ok_or_else(|| {
        let text = "Only the chosen model of a pipeline that was evaluated has a card.";
        Failure::new(FailureKind::NotFound, "model.no_card", text)
    })?;
    let artifact = translation(&evaluated.cards, &reading, &headers)?;
    document(&gateway, artifact, "text/markdown; charset=utf-8").await
}

/// The model as a file.
#[utoipa::path(get, path = "/api/v1/models/{id}/export", tag = "models",
    params(("id" = Uuid, Path, description = "The model"), Export),
    responses(
        (status = 200, description = "The model file", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 307, description = "It lies at `location`, for a minute"),
    ))]
pub async fn export(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Query(Export {
        format: ExportFormat::Native,
    }): Query<Export>,
) -> ApiResult<Response> {
    let model = find::model(&gateway, &caller, Action::See, &id).await?;
    let name = format!("{}-{}.mlmodel", model.algorithm, model.number);
    file(&gateway, &model.artifact, model.bytes, &name).await
}
