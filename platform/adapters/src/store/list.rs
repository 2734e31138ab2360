//! Lists: conditions only where something was asked for, so that an index can serve them, and
//! keyset pages.

use ports::store::{Page, PageOf, Scope};
use sqlx::any::AnyRow;
use sqlx::{AnyPool, AssertSqlSafe};

/// What the rows of a list must fulfil. Values are bound; columns are the program's own words.
#[derive(Debug, Default)]
pub(super) struct List {
    conditions: String,
    values: Vec<String>,
}

impl List {
    /// The list of what `scope` may see.
    pub(super) fn of(owner: &str, scope: &Scope) -> Self {
        let owned_by = match scope {
            Scope::All => None,
            Scope::Owner(id) => Some(id),
        };
        Self::default().with(owner, owned_by)
    }

    /// Keeps the rows where `column` is `value`, if there is one.
    pub(super) fn with(self, column: &str, value: Option<impl ToString>) -> Self {
        self.that(column, "=", value)
    }

    fn that(mut self, column: &str, is: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.values.push(value.to_string());
            let place = self.values.len();
            self.conditions += &format!(" AND {column} {is} ${place}");
        }
        self
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
        let list = self.that(id, "<", page.before.as_ref());
        let (conditions, limit) = (&list.conditions, list.values.len() + 1);
        let sql = format!("{select}{conditions} ORDER BY {id} DESC LIMIT ${limit}{after}");
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in list.values {
            query = query.bind(value);
        }
        query
            .bind(i64::from(page.limit) + 1)
            .fetch_all(readers)
            .await
    }
}

/// Cuts the row that was read beyond the limit to learn whether there is more.
pub(super) fn page_of<T>(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> String) -> PageOf<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = if more { items.last().map(id) } else { None };
    PageOf { items, next }
}
