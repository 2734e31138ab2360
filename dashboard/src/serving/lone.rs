//! One model without a site: what `microlearn serve` answers.

use super::model::Loaded;
use super::places::Places;
use super::predict::records;
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use ml::artefact::Predictor;
use service_kit::http::{ApiResult, method_not_allowed, route_not_found};
use std::sync::Arc;

/// Records that are taken at once.
const MOST_ROWS: usize = 50_000;
/// Bytes of a body.
const MOST_BYTES: usize = 16 << 20;

/// Answers `POST /predictions/{name}` and `GET /schema` for one model, to anybody who can reach
/// the listener.
pub fn lone_model(name: &str, predictor: Predictor) -> Router {
    let lone = Arc::new(Lone {
        loaded: Arc::new(Loaded::of(predictor)),
        places: Places::default(),
    });
    Router::new()
        .route(&format!("/predictions/{name}"), post(predict))
        .route(
            "/schema",
            get(|State(lone): State<Arc<Lone>>| async move { Json(lone.loaded.schema()) }),
        )
        .fallback(route_not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(lone)
}

struct Lone {
    loaded: Arc<Loaded>,
    places: Places,
}

async fn predict(State(lone): State<Arc<Lone>>, body: Bytes) -> ApiResult<Response> {
    let loaded = Arc::clone(&lone.loaded);
    let most = MOST_ROWS.min(loaded.most_records());
    let work = move || loaded.answer(&records(&body, most)?);
    let json = lone.places.run(work).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}
