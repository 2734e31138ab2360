//! Accounts and memberships from a table, as schools keep them.

use super::keeper::{self, New};
use super::line;
use super::users::{LONGEST, name_taken};
use crate::auth::caller::Caller;
use crate::auth::no_store;
use crate::dto::access::{ImportQuery, ImportReport, ImportRow, RowOutcome};
use crate::dto::failure::ApiFailure;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::StringRejection;
use axum::response::{IntoResponse, Response};
use domain::Failure;
use domain::course::{Course, CourseRole};
use domain::user::{Role, User, UserChange};
use serde::Deserialize;
use serde_json::json;
use service_kit::http::{ApiResult, Query};
use std::collections::{BTreeSet, HashMap};

/// More rows than this are another file: each new account costs the hashing of a password.
const MOST: usize = 500;

/// A row of the table, as it is written.
#[derive(Debug, Deserialize)]
struct Written {
    username: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    courses: String,
}

/// A row that makes sense.
struct Wanted {
    username: String,
    display_name: Option<String>,
    role: Option<Role>,
    courses: Vec<Course>,
    /// The account that is there already.
    known: Option<User>,
}

/// Makes accounts from a table, and lets people belong to courses.
///
/// The table is CSV in UTF-8 with `,` or `;` and the columns `username`, `display_name`, `role`
/// (`student` or `teacher`) and `courses` (codes, with spaces between); only the first is needed.
/// Somebody with an account keeps it and belongs to more courses. If one row cannot be used,
/// nothing is done and the report says why. The passwords of new accounts stand in the answer,
/// and nowhere else.
#[utoipa::path(post, path = "/api/v1/users/import", tag = "people", params(ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "The table"),
    responses(
        (status = 200, description = "What was done, or would be, row by row", body = ImportReport),
        (status = 422, description = "`import.table`: it is no such table"),
    ))]
pub async fn import_users(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(query): Query<ImportQuery>,
    body: Result<String, StringRejection>,
) -> ApiResult<Response> {
    let text = body.map_err(|rejection| unreadable(&rejection.body_text()))?;
    let mut rows = Vec::new();
    let mut wanted = Vec::new();
    let mut courses = HashMap::new();
    let mut seen = BTreeSet::new();
    for (place, written) in read(&text)?.into_iter().enumerate() {
        // The first row below the header is the second line for whoever looks into the file.
        let row = place as u64 + 2;
        let username = written.username.trim().to_owned();
        match understand(&gateway, written, &mut courses, &mut seen).await? {
            Ok(one) => {
                rows.push(ImportRow::new(row, username, outcome(&one)));
                wanted.push((place, one));
            }
            Err(failure) => {
                let mut failed = ImportRow::new(row, username, RowOutcome::Failed);
                failed.error = Some(ApiFailure::from(&failure));
                rows.push(failed);
            }
        }
    }
    let sound = rows.iter().all(|row| row.outcome != RowOutcome::Failed);
    let applied = sound && !query.dry_run;
    if applied {
        for (place, one) in wanted {
            rows[place].password = apply(&gateway, &caller, one).await?;
        }
        let resource = "users".to_owned();
        let after = json!({"rows": rows.len()});
        let before = serde_json::Value::Null;
        caller
            .changed(&gateway, "import", resource, before, after)
            .await;
    }
    let report = ImportReport { applied, rows };
    Ok(([no_store()], Json(report)).into_response())
}

fn unreadable(why: &str) -> Failure {
    let text = format!(
        "Send a CSV table in UTF-8 whose first line names the columns: username, and perhaps \
         display_name, role, courses. What was sent is none: {why}."
    );
    Failure::invalid("import.table", text).with("reason", why)
}

fn read(text: &str) -> Result<Vec<Written>, Failure> {
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.deserialize() {
        rows.push(row.map_err(|error| unreadable(&error.to_string()))?);
        if rows.len() > MOST {
            let text = format!("A table may have {MOST} rows. Send it in parts.");
            return Err(Failure::invalid("import.too_many", text).with("most", MOST));
        }
    }
    if rows.is_empty() {
        return Err(unreadable("it has no rows"));
    }
    Ok(rows)
}

/// The row with what it names, or why it cannot be used.
async fn understand(
    gateway: &Gateway,
    written: Written,
    courses: &mut HashMap<String, Option<Course>>,
    seen: &mut BTreeSet<String>,
) -> ApiResult<Result<Wanted, Failure>> {
    let store = &gateway.ports.store;
    let username = match line("username", &written.username, LONGEST) {
        Ok(username) => username.to_owned(),
        Err(failure) => return Ok(Err(failure)),
    };
    if !seen.insert(username.clone()) {
        return Ok(Err(name_taken(&username)));
    }
    let display_name = match written.display_name.trim() {
        "" => None,
        name => match line("display_name", name, LONGEST) {
            Ok(name) => Some(name.to_owned()),
            Err(failure) => return Ok(Err(failure)),
        },
    };
    let role = match role(&written.role) {
        Ok(role) => role,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut named = Vec::new();
    for code in written.courses.split_whitespace() {
        if !courses.contains_key(code) {
            let found = store.course_by_code(code).await?;
            courses.insert(code.to_owned(), found);
        }
        match courses.get(code).cloned().flatten() {
            Some(course) => named.push(course),
            None => return Ok(Err(Failure::not_found("course", code).field("courses"))),
        }
    }
    let known = store.user_by_name(&username).await?;
    Ok(Ok(Wanted {
        username,
        display_name,
        role,
        courses: named,
        known,
    }))
}

/// The role in the words of the API or of a school. Nobody becomes an administrator by a table.
fn role(text: &str) -> Result<Option<Role>, Failure> {
    match text.trim().to_lowercase().as_str() {
        "" => Ok(None),
        "student" | "etudiant" | "étudiant" => Ok(Some(Role::Student)),
        "teacher" | "enseignant" => Ok(Some(Role::Teacher)),
        other => {
            let text = format!("A role is student or teacher, and not {other}.");
            Err(Failure::invalid("import.role", text)
                .field("role")
                .with("role", other))
        }
    }
}

fn outcome(wanted: &Wanted) -> RowOutcome {
    match &wanted.known {
        None => RowOutcome::Created,
        Some(_) => RowOutcome::Kept,
    }
}

/// Does what a row wants; the password, if it made an account.
async fn apply(gateway: &Gateway, caller: &Caller, wanted: Wanted) -> ApiResult<Option<String>> {
    let store = &gateway.ports.store;
    let (user, password) = match wanted.known {
        Some(known) => {
            let change = UserChange {
                display_name: wanted.display_name,
                ..UserChange::default()
            };
            if change != UserChange::default() && known.subject.is_none() {
                store.change_user(known.id, &change).await?;
            }
            (known.id, None)
        }
        None => {
            let new = New {
                display_name: wanted.display_name.unwrap_or(wanted.username.clone()),
                username: wanted.username,
                roles: vec![wanted.role.unwrap_or(Role::Student)],
            };
            let (user, password) = keeper::make(gateway, caller, new).await?;
            (user.id, Some(password))
        }
    };
    for course in wanted.courses {
        let role = match wanted.role {
            Some(Role::Teacher) => CourseRole::Teacher,
            _ => CourseRole::Student,
        };
        store.enrol(course.id, user, role).await?;
    }
    gateway.known.forget_user(user);
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_schools_are_read() {
        let rows = read("\u{feff}username;role;courses\n ann ; Enseignant ;A B\nbob;;\n").unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((&*rows[0].username, &*rows[0].courses), ("ann", "A B"));
        assert_eq!(role(&rows[0].role).unwrap(), Some(Role::Teacher));
        assert_eq!(role(&rows[1].role).unwrap(), None);
        assert!(role("admin").is_err(), "not by a table");
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_reason() {
        for bad in [
            "",
            "username\n",
            "name,role\nx,y\n",
            "username,role\na,b,c\n",
        ] {
            assert_eq!(
                read(bad).unwrap_err().message.code,
                "import.table",
                "{bad:?}"
            );
        }
        let many = format!("username\n{}", "x\n".repeat(MOST + 1));
        assert_eq!(read(&many).unwrap_err().message.code, "import.too_many");
    }
}
