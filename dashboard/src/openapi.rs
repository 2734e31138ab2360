//! The API described by its own handlers, and a page to read the description.

use crate::dto::failure::ErrorBody;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http::StatusCode};
use service_kit::http::method_not_allowed;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ComponentsBuilder, ResponseBuilder};
use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, Response as Documented};
use utoipa::{OpenApi as _, ToSchema};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "MicroLearn",
        description = "From an uploaded table to a deployed, explained model. Every error has the \
            shape of `ErrorBody`; times are RFC 3339, UTC; lists answer `next_cursor` for the next \
            page; every POST that creates honours `Idempotency-Key`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ErrorBody)),
    tags(
        (name = "sign-in", description = "Who is calling"),
        (name = "account", description = "The caller's account and tokens"),
        (name = "datasets", description = "Uploaded files"),
        (name = "pipelines", description = "Runs from dataset to endpoint"),
        (name = "events", description = "What happens, while it happens"),
        (name = "models", description = "Trained models"),
        (name = "deployments", description = "Names under which models answer"),
        (name = "predictions", description = "Calling a model"),
    ),
)]
struct Head;

/// Paths that somebody unknown may call.
const PUBLIC: &str = "/api/v1/auth/";

/// The whole description: what the handlers say, with what is the same for all of them.
pub fn complete(handlers: OpenApi) -> OpenApi {
    let mut document = Head::openapi();
    document.merge(handlers);
    let components = document
        .components
        .get_or_insert_with(|| ComponentsBuilder::new().build());
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("bearer", bearer);
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("microlearn_session")));
    components.add_security_scheme("session", cookie);
    let none: [&str; 0] = [];
    document.security = Some(vec![
        SecurityRequirement::new("bearer", none),
        SecurityRequirement::new("session", none),
    ]);
    for (path, item) in &mut document.paths.paths {
        for (changes, operation) in operations(item) {
            describe_errors(operation, path, changes);
        }
    }
    document
}

/// The operations of a path, and whether each changes something.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let looking = [&mut item.get];
    let changing = [
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ];
    let looking = looking
        .into_iter()
        .flatten()
        .map(|operation| (false, operation));
    looking.chain(
        changing
            .into_iter()
            .flatten()
            .map(|operation| (true, operation)),
    )
}

/// Adds the errors that come from the layers, and the shape to those that a handler names.
fn describe_errors(operation: &mut Operation, path: &str, changes: bool) {
    let public = path.starts_with(PUBLIC);
    if public {
        operation.security = Some(vec![SecurityRequirement::default()]);
    }
    let mut common = vec![("default", "Any other error")];
    if !public {
        common.push(("401", "`auth.required`: the caller is not known"));
    }
    if path.contains('{') {
        common.push(("404", "There is no such thing, or not for this caller"));
    }
    if operation.request_body.is_some() || operation.parameters.is_some() {
        common.push((
            "422",
            "Something sent cannot be used; `field` and `details` say what",
        ));
    }
    if changes {
        common.push(("429", "`http.rate_limited`: see `RateLimit-Reset`"));
    }
    let responses = &mut operation.responses.responses;
    for (status, words) in common {
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(ResponseBuilder::new().description(words).build()));
    }
    for (status, response) in responses {
        let error = status == "default" || status.starts_with('4') || status.starts_with('5');
        if let RefOr::T(response) = response
            && error
        {
            give_shape(response);
        }
    }
}

fn give_shape(response: &mut Documented) {
    let shape = Content::new(Some(Ref::from_schema_name(ErrorBody::name())));
    response
        .content
        .insert("application/json".to_owned(), RefOr::T(shape));
}

/// The description as it is committed and served.
pub fn to_text(document: &OpenApi) -> String {
    let text = document.to_pretty_json();
    // A description is made of texts and numbers, so writing it cannot fail.
    text.unwrap_or_default() + "\n"
}

/// `/api/openapi.json` and the page at `/api/docs`. Nothing is loaded from anywhere else.
pub fn routes<S: Clone + Send + Sync + 'static>(text: String) -> Router<S> {
    const JSON: &str = "application/json";
    const HTML: &str = "text/html; charset=utf-8";
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    const STYLE: &str = "text/css; charset=utf-8";
    let text: bytes::Bytes = text.into();
    Router::new()
        .route("/api/openapi.json", get(async move || document(JSON, text)))
        .route(
            "/api/docs",
            get(async || document(HTML, include_str!("docs/index.html"))),
        )
        .route(
            "/api/docs/docs.js",
            get(async || document(SCRIPT, include_str!("docs/docs.js"))),
        )
        .route(
            "/api/docs/docs.css",
            get(async || document(STYLE, include_str!("docs/docs.css"))),
        )
        .method_not_allowed_fallback(method_not_allowed)
}

fn document(kind: &'static str, content: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (StatusCode::OK, headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use std::path::Path;

    fn api() -> Value {
        serde_json::from_str(&crate::openapi_text()).unwrap()
    }

    /// The description is committed, so that a change of the contract is seen in a review. Run
    /// with `UPDATE_OPENAPI=1` to write it anew.
    #[test]
    fn the_committed_description_is_the_handlers_own() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.json");
        let text = crate::openapi_text();
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "openapi.json is not what the handlers say: run with UPDATE_OPENAPI=1"
        );
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let api = api();
        let schemas = api["components"]["schemas"].as_object().unwrap();
        let text = api.to_string();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name} is not described");
        }
    }

    #[test]
    fn every_operation_has_words_a_name_of_its_own_and_errors() {
        let api = api();
        let mut names = std::collections::HashSet::new();
        for (path, item) in api["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let place = format!("{method} {path}");
                assert!(operation["summary"].is_string(), "{place}");
                assert!(operation["tags"][0].is_string(), "{place}");
                assert!(
                    names.insert(operation["operationId"].to_string()),
                    "{place}"
                );
                let responses = operation["responses"].as_object().unwrap();
                assert!(
                    responses.keys().any(|s| s.starts_with('2') || s == "101"),
                    "{place}"
                );
                for (status, response) in responses {
                    if status.starts_with('4') || status == "default" {
                        let shape = &response["content"]["application/json"]["schema"]["$ref"];
                        assert_eq!(shape, "#/components/schemas/ErrorBody", "{place} {status}");
                    }
                }
            }
        }
    }
}
