//! Plots and report, in the reader's language.

use super::picture;
use super::results::{evaluated, not_evaluated};
use crate::auth::Caller;
use crate::dto::Items;
use crate::dto::results::PlotView;
use crate::find;
use crate::language::{LANGUAGES, preferred};
use crate::layers::SANDBOX;
use crate::state::Gateway;
use axum::Json;
use axum::body::Body as Content;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::Failure;
use domain::access::Action;
use domain::results::Translations;
use serde::Deserialize;
use service_kit::http::{ApiResult, Path, Query};
use utoipa::IntoParams;

/// The language of a document.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Reading {
    /// `fr` or `en`; without it, what `Accept-Language` prefers, and else French.
    pub lang: Option<String>,
}

/// The plots of a pipeline; none before it is evaluated.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/plots", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses((status = 200, description = "All plots", body = Items<PlotView>)))]
pub async fn plots(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Items<PlotView>>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let evaluated = evaluated(&gateway, &pipeline).await?;
    let plots = evaluated.map_or_else(Vec::new, |evaluated| evaluated.plots);
    let items = plots
        .into_iter()
        .map(|plot| PlotView::new(pipeline.id, plot))
        .collect();
    Ok(Json(Items { items }))
}

/// A plot as SVG or PNG.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/plots/{file}", tag = "pipelines",
    params(
        ("id" = Uuid, Path, description = "The pipeline"),
        ("file" = String, Path, description = "The plot's name with `.svg` or `.png`"),
        Reading,
    ),
    responses((status = 200, description = "The plot", content(
        (String = "image/svg+xml"),
        (Vec<u8> = "image/png"),
    ))))]
pub async fn plot(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((id, file)): Path<(String, String)>,
    Query(reading): Query<Reading>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let evaluated = evaluated(&gateway, &pipeline).await?;
    let plots = evaluated.map_or_else(Vec::new, |evaluated| evaluated.plots);
    let (plot, kind) = file
        .rsplit_once('.')
        .and_then(|(name, kind)| Some((plots.into_iter().find(|plot| plot.name == name)?, kind)))
        .ok_or_else(|| Failure::not_found("plot", &file))?;
    let artifact = translation(&plot.artifacts, &reading, &headers)?;
    match kind {
        "svg" => document(&gateway, artifact, "image/svg+xml").await,
        "png" => {
            let svg =
                ports::artifacts::get_bytes(gateway.ports.artifacts.as_ref(), artifact).await?;
            let png = tokio::task::spawn_blocking(move || picture::png(&svg)).await;
            let png = png.map_err(|error| Failure::internal(error.to_string()))??;
            Ok((document_headers("image/png"), png).into_response())
        }
        _ => Err(Failure::not_found("plot", &file).into()),
    }
}

/// The report of a pipeline: one HTML page that needs nothing else.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/report", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline"), Reading),
    responses(
        (status = 200, description = "The report", body = String, content_type = "text/html"),
        (status = 409, description = "`pipeline.not_evaluated`"),
    ))]
pub async fn report(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Query(reading): Query<Reading>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let evaluated = evaluated(&gateway, &pipeline)
        .await?
        .ok_or_else(not_evaluated)?;
    let artifact = translation(&evaluated.reports, &reading, &headers)?;
    document(&gateway, artifact, "text/html; charset=utf-8").await
}

/// Where the document in the reader's language lies.
pub(crate) fn translation<'a>(
    translations: &'a Translations,
    reading: &Reading,
    headers: &HeaderMap,
) -> Result<&'a str, Failure> {
    let wanted = preferred(reading.lang.as_deref(), headers);
    let found = wanted
        .into_iter()
        .chain(LANGUAGES)
        .find_map(|language| translations.get(language));
    let missing = || Failure::internal("a document was stored in no language");
    found.map(String::as_str).ok_or_else(missing)
}

/// A document that was made from somebody's data: shown, but never trusted.
pub(crate) async fn document(
    gateway: &Gateway,
    artifact: &str,
    kind: &'static str,
) -> ApiResult<Response> {
    let content = gateway.ports.artifacts.get(artifact).await?;
    Ok((document_headers(kind), Content::from_stream(content)).into_response())
}

fn document_headers(kind: &'static str) -> [(header::HeaderName, HeaderValue); 4] {
    [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "Accept-Language"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
}
