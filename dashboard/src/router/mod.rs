//! All routes under their layers.
//!
//! ```text
//! request id ▸ count ▸ headers ▸ CORS ▸ linger ▸ panics ┬ health, sign-in, description
//!                                                       ├ gate ▸ administrators ▸ metrics
//!                                                       ├ gate ▸ limit ▸ once ▸ timeout ▸ API
//!                                                       ├ gate ▸ limit ▸ once ▸ files
//!                                                       ├ gate ▸ share ▸ limit ▸ timeout ▸ predictions
//!                                                       └ everything else: gate ▸ 404, or pages
//! ```
//!
//! A route is protected because it stands in a router under the gate, not because its handler
//! remembers to ask.

#[cfg(test)]
mod tests;

use crate::auth::caller::{Trust, gate, identify, serving_gate};
use crate::config::Part;
use crate::state::Gateway;
use crate::{
    auth, datasets, deployments, events, layers, models, openapi, people, pipelines, serving, web,
};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn_with_state as layer};
use axum::response::{IntoResponse, Response};
use domain::access::{Action, Resource};
use service_kit::http::{Health, method_not_allowed, panicked, route_not_found};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::cors::CorsLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// First parts of paths that belong to programs: what is unknown below them is answered in JSON.
const PROGRAMS: [&str; 10] = [
    "api",
    "auth",
    "predictions",
    "v1",
    "v2",
    "serve",
    "mlflow",
    "healthz",
    "readyz",
    "metrics",
];

/// The routes by the layers that they need, and what their handlers say about themselves.
struct Parts {
    public: Router<Gateway>,
    api: Router<Gateway>,
    files: Router<Gateway>,
    predictions: Router<Gateway>,
    document: OpenApi,
}

fn parts() -> Parts {
    let mut document = OpenApi::default();
    let mut take = |router: OpenApiRouter<Gateway>| {
        let (router, described) = router.split_for_parts();
        document.merge(described);
        router.method_not_allowed_fallback(method_not_allowed)
    };
    let public = take(auth::public_routes());
    let files = take(datasets::file_routes());
    let predictions = take(serving::routes());
    let api = auth::routes()
        .merge(datasets::routes())
        .merge(pipelines::routes())
        .merge(events::routes())
        .merge(models::routes())
        .merge(deployments::routes())
        .merge(people::routes());
    let api = take(api);
    Parts {
        public,
        api,
        files,
        predictions,
        document: openapi::complete(document),
    }
}

/// The committed description of the API.
#[must_use]
pub fn openapi_text() -> String {
    openapi::to_text(&parts().document)
}

/// All routes of a gateway, with the health routes of its process; of one that only serves
/// predictions, those alone.
pub fn router(gateway: &Gateway, health: &Health) -> Router {
    let state = || gateway.clone();
    let limits = gateway.config.limits;
    let parts = parts();
    let public = parts
        .public
        .layer(DefaultBodyLimit::max(limits.body_bytes))
        .layer(layer(state(), layers::timeout));
    let api = parts
        .api
        .layer(DefaultBodyLimit::max(limits.body_bytes))
        .layer(layer(state(), layers::timeout))
        .layer(layer(state(), layers::once))
        .layer(layer(state(), layers::limit_changes))
        .layer(layer(state(), gate));
    let files = parts
        .files
        .layer(DefaultBodyLimit::disable())
        .layer(layer(state(), layers::once))
        .layer(layer(state(), layers::limit_changes))
        .layer(layer(state(), gate));
    // Compressing a prediction would take longer than making it.
    let predictions = parts
        .predictions
        .layer(DefaultBodyLimit::max(limits.prediction_bytes))
        .layer(layer(state(), layers::timeout))
        .layer(layer(state(), layers::limit_predictions))
        .layer(layer(state(), serving::share))
        .layer(layer(state(), serving_gate));
    let smaller =
        DefaultPredicate::new().and(NotForContentType::const_new("application/octet-stream"));
    let all = match gateway.config.part {
        Part::Serving => Router::new(),
        Part::Alone | Part::Gateway => public
            .merge(api)
            .merge(files)
            .merge(openapi::routes(openapi::to_text(&parts.document))),
    };
    let routes = all
        .fallback(everything_else)
        .layer(CompressionLayer::new().gzip(true).compress_when(smaller))
        .merge(predictions)
        .with_state(gateway.clone())
        .merge(
            health
                .router()
                .route_layer(layer(state(), only_health_is_public)),
        );
    routes
        .layer(CatchPanicLayer::custom(panicked))
        .layer(layer(state(), layers::linger))
        .layer(cors(&gateway.config.cors_origins))
        .layer(layer(state(), layers::security_headers))
        .layer(layer(state(), layers::count))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
}

/// Numbers about the site are for its administrators; machines ask the listener that is only for
/// them. Everybody else is answered as if they were not there.
async fn only_health_is_public(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    if matches!(request.uri().path(), "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    match identify(&gateway, request.headers(), Trust::Now).await {
        Ok(caller) if caller.may(Action::See, &Resource::Site).is_ok() => next.run(request).await,
        Ok(_) => {
            let (method, uri) = (request.method().clone(), request.uri().clone());
            route_not_found(method, uri).await.into_response()
        }
        Err(unknown) => unknown.into_response(),
    }
}

/// What no route knows: below the programs' paths an error, after the gate; else a page.
async fn everything_else(
    State(gateway): State<Gateway>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let first = uri
        .path()
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    if !PROGRAMS.contains(&first) && gateway.config.part != Part::Serving {
        return web::page(method, uri, headers).await;
    }
    if !is_public(uri.path())
        && let Err(unknown) = identify(&gateway, &headers, Trust::Now).await
    {
        return unknown.into_response();
    }
    route_not_found(method, uri).await.into_response()
}

/// Paths below which the contract asks nobody who they are.
fn is_public(path: &str) -> bool {
    let below = ["/api/v1/auth/", "/auth/", "/v2/health/", "/api/docs/"];
    path == "/v2" || path == "/v2/" || below.iter().any(|prefix| path.starts_with(prefix))
}

/// Pages of other origins may call only if they are on the list, and never with our cookie.
fn cors(origins: &[String]) -> CorsLayer {
    let allowed: Vec<HeaderValue> = origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin.trim_end_matches('/')).ok())
        .collect();
    let name = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::CONTENT_RANGE,
            name("idempotency-key"),
            name("last-event-id"),
        ])
        .expose_headers([
            header::LOCATION,
            header::RETRY_AFTER,
            name("ratelimit-limit"),
            name("ratelimit-remaining"),
            name("ratelimit-reset"),
            name("x-request-id"),
        ])
        .max_age(Duration::from_secs(600))
}
