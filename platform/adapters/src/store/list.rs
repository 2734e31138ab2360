//! Lists: conditions only where something was asked for, so that an index can serve them, and
//! keyset pages.

use domain::access::Noun;
use domain::{CourseId, Timestamp};
use ports::store::{Page, PageOf, Scope, Sight};
use sqlx::any::AnyRow;
use sqlx::{AnyPool, AssertSqlSafe};

/// What the rows of a list must fulfil. Values are bound; columns are the program's own words.
#[derive(Debug, Default)]
pub(super) struct List {
    conditions: String,
    values: Vec<Value>,
}

/// What is bound to a statement.
#[derive(Debug)]
enum Value {
    Text(String),
    Int(i64),
}

/// A table of things that belong to people: its name, the name of its rows in a list, what they
/// are, and the statement that finds those which are shared, up to whom with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Things {
    table: &'static str,
    row: &'static str,
    noun: Noun,
    shared: &'static str,
}

pub(super) const DATASETS: Things = Things {
    table: "datasets",
    row: "d",
    noun: Noun::Dataset,
    shared: "SELECT thing_id FROM shares WHERE noun = 'dataset' AND grantee",
};

pub(super) const PIPELINES: Things = Things {
    table: "pipelines",
    row: "p",
    noun: Noun::Pipeline,
    shared: "SELECT thing_id FROM shares WHERE noun = 'pipeline' AND grantee",
};

/// Models are shared with their pipeline.
pub(super) const MODELS: Things = Things {
    table: "models",
    row: "m",
    noun: Noun::Model,
    shared: "SELECT o.id FROM shares s JOIN models o ON o.pipeline_id = s.thing_id \
             WHERE s.noun = 'pipeline' AND s.grantee",
};

pub(super) const DEPLOYMENTS: Things = Things {
    table: "deployments",
    row: "p",
    noun: Noun::Deployment,
    shared: "SELECT thing_id FROM shares WHERE noun = 'deployment' AND grantee",
};

/// The courses whose things of this kind somebody sees.
pub(super) fn courses(noun: Noun, sight: &Sight) -> Vec<CourseId> {
    match noun {
        Noun::Deployment => sight.courses.iter().map(|course| course.course).collect(),
        _ => sight.taught().collect(),
    }
}

impl List {
    /// The list of what `scope` may see of `things`.
    pub(super) fn of(things: Things, scope: &Scope) -> Self {
        let owner = format!("{}.owner_id", things.row);
        match scope {
            Scope::All => Self::default(),
            Scope::Owner(id) => Self::default().with(&owner, Some(id)),
            Scope::Sight(sight) => Self::default().seen(things, sight),
        }
    }

    /// Keeps what somebody sees. Each of the ways to see something has an index of its own.
    fn seen(mut self, things: Things, sight: &Sight) -> Self {
        let Things {
            table, row, shared, ..
        } = things;
        let owner = self.places([sight.user]);
        let courses = self.places(courses(things.noun, sight));
        let grantees = self.places(sight.grantees());
        let of_courses = match courses.is_empty() {
            true => String::new(),
            false => format!("SELECT id FROM {table} WHERE course_id IN ({courses}) UNION "),
        };
        self.conditions += &format!(
            " AND {row}.id IN (SELECT id FROM {table} WHERE owner_id = {owner} UNION \
             {of_courses}{shared} IN ({grantees}))"
        );
        self
    }

    /// Binds values; their places.
    fn places(&mut self, values: impl IntoIterator<Item = impl ToString>) -> String {
        let mut places = Vec::new();
        for value in values {
            self.values.push(Value::Text(value.to_string()));
            places.push(format!("${}", self.values.len()));
        }
        places.join(", ")
    }

    /// Keeps the rows where `column` is `value`, if there is one.
    pub(super) fn with(self, column: &str, value: Option<impl ToString>) -> Self {
        self.that(column, "=", value)
    }

    /// Keeps the rows where `column`, which is in small letters, holds `part`, if there is one.
    pub(super) fn like(self, column: &str, part: Option<&str>) -> Self {
        let part = part.map(|part| {
            let part = part.to_lowercase();
            let escaped = part.replace('\\', "\\\\");
            let escaped = escaped.replace('%', "\\%").replace('_', "\\_");
            format!("%{escaped}%")
        });
        match part {
            Some(part) => {
                let mut list = self;
                let place = list.places([part]);
                list.conditions += &format!(" AND {column} LIKE {place} ESCAPE '\\'");
                list
            }
            None => self,
        }
    }

    fn that(mut self, column: &str, is: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            let place = self.places([value]);
            self.conditions += &format!(" AND {column} {is} {place}");
        }
        self
    }

    /// Keeps the rows whose time in `column` is so to `time`, if there is one.
    pub(super) fn at(mut self, column: &str, is: &str, time: Option<Timestamp>) -> Self {
        if let Some(time) = time {
            self.values.push(Value::Int(time.0));
            let place = self.values.len();
            self.conditions += &format!(" AND {column} {is} ${place}");
        }
        self
    }

    /// Keeps the rows where `column` is one of `values`.
    pub(super) fn among(mut self, column: &str, values: &[String]) -> Self {
        let places = self.places(values);
        self.conditions += &format!(" AND {column} IN ({places})");
        self
    }

    /// Reads all rows. `select` ends in a condition, `after` follows the conditions.
    pub(super) async fn fetch_all(
        self,
        readers: &AnyPool,
        select: &str,
        after: &str,
    ) -> sqlx::Result<Vec<AnyRow>> {
        let sql = format!("{select}{}{after}", self.conditions);
        self.ask(readers, sql).await
    }

    async fn ask(self, readers: &AnyPool, sql: String) -> sqlx::Result<Vec<AnyRow>> {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in self.values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Int(int) => query.bind(int),
            };
        }
        query.fetch_all(readers).await
    }

    /// Reads the page's rows and one more. `select` ends in a condition, `after` follows the page.
    pub(super) async fn fetch(
        self,
        readers: &AnyPool,
        page: &Page,
        id: &str,
        select: &str,
        after: &str,
    ) -> sqlx::Result<Vec<AnyRow>> {
        let mut list = self.that(id, "<", page.before.as_ref());
        list.values.push(Value::Int(i64::from(page.limit) + 1));
        let (conditions, limit) = (&list.conditions, list.values.len());
        let sql = format!("{select}{conditions} ORDER BY {id} DESC LIMIT ${limit}{after}");
        list.ask(readers, sql).await
    }
}

/// Cuts the row that was read beyond the limit to learn whether there is more.
pub(super) fn page_of<T>(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> String) -> PageOf<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = if more { items.last().map(id) } else { None };
    PageOf { items, next }
}
