//! What stands on the wire: the public forms of the nouns, with their schemas.
//!
//! A form is made `From` a noun and never read back. Where the noun's own serde form is already
//! the public one, it is sent as it is, and [`shapes`] describes it for OpenAPI.

pub mod access;
pub mod dataset;
pub mod deployment;
pub mod event;
pub mod failure;
pub mod model;
pub mod names;
pub mod pipeline;
pub mod prediction;
pub mod quota;
pub mod results;
pub mod shapes;
pub mod user;

use domain::Timestamp;
use ports::store::PageOf;
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// A moment, written in RFC 3339, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let moment = jiff::Timestamp::from_microsecond(self.0.0);
        let moment = moment.map_err(serde::ser::Error::custom)?;
        serializer.collect_str(&moment)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment in RFC 3339, UTC."))
            .into()
    }
}

impl ToSchema for Time {
    fn name() -> Cow<'static, str> {
        "Time".into()
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Where the next page begins, as `?cursor=`; null on the last one.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The page in its public form.
    pub fn of<N>(page: PageOf<N>, view: impl FnMut(N) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(view).collect(),
            next_cursor: page.next,
        }
    }
}

/// A list that is always told whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    /// All of it.
    pub items: Vec<T>,
}

/// Which page to answer.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Most rows to answer, 1 to 200; 50 when not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Paging {
    /// The page in the store's words. A limit beyond what is possible is cut, not refused; a
    /// cursor that we cannot have given is refused.
    pub fn page(&self) -> Result<ports::store::Page, domain::Failure> {
        let before = self.parse::<uuid::Uuid>()?;
        Ok(ports::store::Page {
            limit: self.rows(),
            before: before.map(|id| id.to_string()),
        })
    }

    /// Most rows to answer.
    pub fn rows(&self) -> u32 {
        self.limit.unwrap_or(50).clamp(1, 200)
    }

    /// The cursor of a list whose things are numbered.
    pub fn number<N: std::str::FromStr>(&self) -> Result<Option<N>, domain::Failure> {
        self.parse()
    }

    fn parse<T: std::str::FromStr>(&self) -> Result<Option<T>, domain::Failure> {
        let cursor = self.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let parsed = cursor.map(str::parse).transpose();
        parsed.map_err(|_| {
            let text = "The cursor is not one of ours. Send the next_cursor of the page before.";
            domain::Failure::invalid("http.cursor", text).field("cursor")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_in_utc() {
        let time = Time(Timestamp(1_700_000_000_123_456));
        assert_eq!(
            serde_json::to_string(&time).unwrap(),
            "\"2023-11-14T22:13:20.123456Z\""
        );
    }

    #[test]
    fn pages_are_bounded_and_cursors_are_ours() {
        let page = |limit, cursor: Option<&str>| {
            Paging {
                limit,
                cursor: cursor.map(str::to_owned),
            }
            .page()
        };
        assert_eq!(page(None, None).unwrap().limit, 50);
        assert_eq!(page(Some(0), None).unwrap().limit, 1);
        assert_eq!(page(Some(u32::MAX), Some("")).unwrap().limit, 200);
        assert!(page(None, Some("' OR 1=1")).is_err());
        let paging = |cursor: &str| Paging {
            limit: None,
            cursor: Some(cursor.to_owned()),
        };
        assert_eq!(paging("7").number::<u32>().unwrap(), Some(7));
        assert!(paging("-7").number::<u32>().is_err());
    }
}
