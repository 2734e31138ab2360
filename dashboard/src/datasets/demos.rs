//! Data that comes with the program.

use super::create::{FIRST, Words, answer, artifact_key, create, promised};
use super::intake::{Bounds, Pieces, store};
use crate::auth::Caller;
use crate::dto::Items;
use crate::dto::dataset::{DatasetView, DemoView};
use crate::language::preferred;
use crate::layers::Promise;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use domain::task::Task;
use domain::{Failure, Message};
use rust_embed::RustEmbed;
use serde::Deserialize;
use service_kit::http::{ApiError, ApiResult, Path};

/// The folder `datasets` of the repository, in the program.
#[derive(RustEmbed)]
#[folder = "../datasets"]
struct Files;

/// An entry of `datasets/index.json`.
#[derive(Debug, Deserialize)]
struct Demo {
    name: String,
    file: String,
    title: Bilingual,
    description: Bilingual,
    rows: u64,
    columns: u64,
    target: String,
    task: Task,
    #[serde(default)]
    licence: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    exclude_columns: Vec<String>,
}

/// The same in two languages.
#[derive(Debug, Deserialize)]
struct Bilingual {
    fr: String,
    en: String,
}

impl Bilingual {
    fn in_language(&self, french: bool) -> &str {
        if french { &self.fr } else { &self.en }
    }

    fn message(&self, code: String, french: bool) -> Message {
        Message::new(code, self.in_language(french))
            .with("fr", self.fr.clone())
            .with("en", self.en.clone())
    }
}

/// Everything in the index; nothing when the program was built without data.
fn demos() -> Result<Vec<Demo>, Failure> {
    let Some(index) = Files::get("index.json") else {
        return Ok(Vec::new());
    };
    serde_json::from_slice(&index.data)
        .map_err(|error| Failure::internal(format!("the index of the demos is damaged: {error}")))
}

/// Whether the reader prefers French.
fn prefers_french(headers: &HeaderMap) -> bool {
    preferred(None, headers) == Some("fr")
}

/// Data that comes with the program.
#[utoipa::path(get, path = "/api/v1/demos", tag = "datasets",
    responses((status = 200, description = "All of it", body = Items<DemoView>)))]
pub async fn list_demos(_caller: Caller, headers: HeaderMap) -> ApiResult<Json<Items<DemoView>>> {
    let french = prefers_french(&headers);
    let items = demos()?.into_iter().map(|demo| DemoView {
        title: demo
            .title
            .message(format!("demo.{}.title", demo.name), french),
        description: demo
            .description
            .message(format!("demo.{}.description", demo.name), french),
        name: demo.name,
        rows: demo.rows,
        columns: demo.columns,
        target: demo.target,
        task: demo.task,
        exclude_columns: demo.exclude_columns,
        licence: demo.licence,
        source: demo.source,
    });
    Ok(Json(Items {
        items: items.collect(),
    }))
}

/// Makes a dataset of the caller's own from data that comes with the program.
#[utoipa::path(post, path = "/api/v1/demos/{name}", tag = "datasets",
    params(("name" = String, Path, description = "The demo")),
    responses((status = 201, description = "The dataset", body = DatasetView)))]
pub async fn create_demo(
    State(gateway): State<Gateway>,
    caller: Caller,
    promise: Promise,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let demo = demos()?.into_iter().find(|demo| demo.name == name);
    let demo = demo.ok_or_else(|| Failure::not_found("demo", &name))?;
    let file = Files::get(&demo.file)
        .ok_or_else(|| Failure::internal(format!("the demo file {} is missing", demo.file)))?;
    let french = prefers_french(&headers);
    let words = Words {
        file_name: demo.file,
        name: Some(demo.title.in_language(french).to_owned()),
        description: Some(demo.description.in_language(french).to_owned()),
        course: None,
    };
    let (id, is_there) = promised(&gateway, &promise).await?;
    if is_there {
        return answer(&gateway, id, FIRST).await;
    }
    let mut pieces = Once(Some(Bytes::from(file.data.into_owned())));
    let bounds = Bounds {
        bytes: u64::MAX,
        exact: false,
        idle: gateway.config.upload_idle,
    };
    let stored = store(&gateway, artifact_key(id), &mut pieces, bounds).await?;
    create(&gateway, &caller, id, words, stored).await?;
    answer(&gateway, id, FIRST).await
}

struct Once(Option<Bytes>);

impl Pieces for Once {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        Ok(self.0.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use axum::http::header;

    #[test]
    fn every_demo_has_its_file() {
        for demo in demos().unwrap() {
            assert!(Files::get(&demo.file).is_some(), "{}", demo.file);
            assert!(
                !demo.title.fr.is_empty() && !demo.title.en.is_empty(),
                "{}",
                demo.name
            );
        }
    }

    #[test]
    fn the_reader_s_language_is_the_first_that_we_know() {
        let french = |wanted: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(wanted));
            prefers_french(&headers)
        };
        assert!(french("fr-FR,fr;q=0.9,en;q=0.8"));
        assert!(french("ar,fr;q=0.5"));
        assert!(!french("en-GB,fr"));
        assert!(!french("*"));
    }
}
