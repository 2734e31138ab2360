//! The plain convention: records in, predictions out.

use super::share::ROWS;
use super::table::{Slot, loading};
use crate::auth::Caller;
use crate::config::Part;
use crate::dto::names;
use crate::dto::prediction::PredictionAnswer;
use crate::layers::course_predictions;
use crate::state::Gateway;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::{Action, Noun, Resource};
use domain::{Failure, FailureKind};
use serde_json::{Map, Value};
use service_kit::http::{ApiError, ApiResult, Path};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A body up to this size is read on the spot: handing it to another thread takes longer. So is
/// the answer made there, when there are few records and the model is known to be quick.
const SMALL: usize = 16 << 10;
/// How long a request waits for a model that is being loaded for the first time.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it waits where a gateway may ask another process.
const PATIENCE_OF_A_REPLICA: Duration = Duration::from_millis(500);

/// Asks a deployment for predictions.
///
/// The body is one record `{column: value}` or a list of them. `null` means that the value is
/// missing, and so does an absent column, unless the schema says that it is required. Objects in a
/// record are columns `a.b`, as in a file. Unknown columns are ignored; they and absent ones are
/// counted in `notes`.
#[utoipa::path(post, path = "/predictions/{name}", tag = "predictions",
    params(("name" = String, Path, description = "The deployment")),
    request_body(content = names::Records, description = "One record or a list of records",
        content_type = "application/json"),
    responses(
        (status = 200, description = "One prediction a record, in order", body = PredictionAnswer),
        (status = 413, description = "`prediction.too_many`: more records than `details.max_rows`; or too many bytes"),
        (status = 422, description = "A value cannot be used, or a column is missing; `details` name row and column"),
        (status = 503, description = "`deployment.loading`: try again in a moment"),
    ))]
pub async fn predict(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Response> {
    let begun = Instant::now();
    let slot = ready(&gateway, &name).await?;
    let deployment = slot.holding.thing(Noun::Deployment, &name, &caller.who());
    caller.may(Action::Call, &Resource::Thing(deployment))?;
    if let Some(course) = slot.holding.course {
        course_predictions(&gateway, course).await?;
    }
    let stats = gateway.serving.stats(&name, gateway.now());
    let answered = answer(&gateway, &slot, body).await;
    let took = begun.elapsed();
    let rows = answered.as_ref().ok().map(|(rows, _)| *rows);
    gateway.metrics.predicted(&name, rows, took);
    stats.note(gateway.now(), rows, took);
    let (rows, json) = answered?;
    let mut response = ([(header::CONTENT_TYPE, "application/json")], json).into_response();
    if gateway.config.part == Part::Serving {
        response.headers_mut().insert(ROWS, HeaderValue::from(rows));
    }
    Ok(response)
}

/// The slot of a deployment that can answer, or why it cannot. A name that this process does not
/// know yet is looked for in the store, and loaded.
pub(crate) async fn ready(gateway: &Gateway, name: &str) -> ApiResult<Arc<Slot>> {
    if let Some(slot) = gateway.serving.slot(name)
        && slot.loaded.is_some()
    {
        return Ok(slot);
    }
    if gateway.serving.slot(name).is_none() {
        if gateway.ports.store.deployment(name).await?.is_none() {
            return Err(Failure::not_found("deployment", name).into());
        }
        gateway.serving.look();
    }
    let patience = match gateway.config.part {
        Part::Serving => PATIENCE_OF_A_REPLICA,
        Part::Alone | Part::Gateway => PATIENCE,
    };
    gateway.serving.answerable(name, patience).await;
    let slot = gateway.serving.slot(name).ok_or_else(loading)?;
    slot.loaded()?;
    Ok(slot)
}

async fn answer(
    gateway: &Gateway,
    slot: &Slot,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<(usize, Vec<u8>)> {
    let limits = gateway.config.limits;
    let body = body.map_err(|rejection| unreadable(&rejection, limits.prediction_bytes))?;
    let loaded = Arc::clone(slot.loaded()?);
    let most = limits.prediction_rows.min(loaded.most_records());
    let places = &gateway.serving.places;
    if body.len() > SMALL {
        let work = move || {
            let records = records(&body, most)?;
            Ok((records.len(), loaded.answer(&records)?))
        };
        return Ok(places.run(work).await?);
    }
    let records = records(&body, most)?;
    let rows = records.len();
    if loaded.pace.is_quick_for(rows) {
        return Ok((rows, loaded.answer(&records)?));
    }
    let json = places.run(move || loaded.answer(&records)).await?;
    Ok((rows, json))
}

fn unreadable(rejection: &BytesRejection, limit: usize) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(limit),
        _ => cut_short(),
    }
}

pub(super) fn too_large(limit: usize) -> ApiError {
    let text = format!("The body is larger than {limit} bytes. Send fewer records at once.");
    let failure = Failure::new(FailureKind::TooLarge, "prediction.too_large", text);
    failure.with("max_bytes", limit).into()
}

pub(super) fn cut_short() -> ApiError {
    Failure::invalid("http.body", "The body did not arrive whole. Send it again.").into()
}

/// The records of a body: one object, or a list of objects.
pub(super) fn records(body: &[u8], most: usize) -> Result<Vec<Map<String, Value>>, Failure> {
    let value = serde_json::from_slice(body).map_err(|error| {
        let text = format!("The body is not JSON: {error}.");
        Failure::invalid("prediction.not_json", text)
            .with("line", error.line())
            .with("column", error.column())
    })?;
    let list = match value {
        Value::Object(record) => return Ok(vec![record]),
        Value::Array(list) => list,
        _ => {
            let text = "Send one record {\"column\": value} or a list of records.";
            return Err(Failure::invalid("prediction.not_a_record", text));
        }
    };
    if list.len() > most {
        let text = format!(
            "{} records are more than the {most} that this model takes at once. Send them in parts.",
            list.len()
        );
        return Err(
            Failure::new(FailureKind::TooLarge, "prediction.too_many", text)
                .with("rows", list.len())
                .with("max_rows", most),
        );
    }
    let record = |(index, value)| match value {
        Value::Object(record) => Ok(record),
        _ => {
            let row = index + 1;
            let text = format!("Row {row} is no record {{\"column\": value}}.");
            Err(Failure::invalid("prediction.not_a_record", text).with("row", row))
        }
    };
    list.into_iter().enumerate().map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_record_or_a_list_of_them() {
        assert_eq!(records(br#"{"a":1}"#, 2).unwrap().len(), 1);
        assert_eq!(records(br#"[{"a":1},{}]"#, 2).unwrap().len(), 2);
        assert!(records(b"[]", 2).unwrap().is_empty());
    }

    #[test]
    fn everything_else_is_refused_with_its_place() {
        let code = |body: &str| records(body.as_bytes(), 2).unwrap_err();
        assert_eq!(code("{").message.code, "prediction.not_json");
        assert_eq!(code("3").message.code, "prediction.not_a_record");
        let row = code(r#"[{"a":1},7]"#);
        assert_eq!(row.message.params["row"], 2);
        let many = code("[{},{},{}]");
        assert_eq!(many.kind, FailureKind::TooLarge);
    }
}
