//! How a database's errors are told: whether it is away, or answers and refuses.

use ports::PortError;
use sqlx::migrate::MigrateError;

/// How a database's error is told.
pub(super) fn failed(doing: &str) -> impl FnOnce(sqlx::Error) -> PortError {
    let doing = doing.to_owned();
    move |source| told(doing, source)
}

/// The same while it is opened: a server that is still being set up refuses names and passwords
/// that it will know in a moment.
pub(super) fn unopened(doing: &str) -> impl FnOnce(sqlx::Error) -> PortError {
    let doing = doing.to_owned();
    move |source| unavailable(doing, source)
}

/// How the failure of a migration is told.
pub(super) fn unmigrated(doing: String, error: MigrateError) -> PortError {
    match error {
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            told(doing, source)
        }
        other => refused(doing, other),
    }
}

fn told(doing: String, source: sqlx::Error) -> PortError {
    match &source {
        sqlx::Error::Database(error) if error.is_unique_violation() => PortError::Conflict {
            doing,
            what: "it exists already".to_owned(),
        },
        sqlx::Error::Database(error) if error.is_foreign_key_violation() => PortError::Conflict {
            doing,
            what: "it refers to something missing".to_owned(),
        },
        sqlx::Error::RowNotFound => PortError::NotFound {
            doing,
            what: "such row".to_owned(),
        },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => PortError::Corrupt {
            doing,
            source: Box::new(source),
        },
        sqlx::Error::Database(error) if !is_away(error.code().as_deref()) => refused(doing, source),
        sqlx::Error::Database(_)
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => unavailable(doing, source),
        _ => refused(doing, source),
    }
}

/// Whether a database's error code says that it cannot answer now, so that the same may work later.
/// Everything else is a matter of the statement or of what it was given: it must not make a whole
/// site believe that its store is away.
fn is_away(code: Option<&str>) -> bool {
    let Some(code) = code else { return true };
    // PostgreSQL has five letters, of which two are the class (its manual, appendix A); SQLite has
    // numbers, whose last byte is the primary result code (sqlite.org/rescode.html).
    match (code.len(), code.parse::<u32>().map(|code| code & 0xff)) {
        (5, _) => {
            // 25006: a server that is a copy and may not write becomes one that may, or goes.
            matches!(&code[..2], "08" | "40" | "53" | "57" | "58") || code == "25006"
        }
        // Busy, locked, I/O error, full, cannot open, locking protocol.
        (_, Ok(5 | 6 | 10 | 13 | 14 | 15)) => true,
        _ => false,
    }
}

fn unavailable(doing: String, source: sqlx::Error) -> PortError {
    PortError::Unavailable {
        port: "store",
        doing,
        source: Box::new(source),
    }
}

fn refused(doing: String, source: impl Into<ports::error::Cause>) -> PortError {
    PortError::Refused {
        port: "store",
        doing,
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_that_cannot_answer_is_away() {
        for away in [
            "08006", "40001", "40P01", "53300", "57P03", "58030", "25006",
        ] {
            assert!(is_away(Some(away)), "{away}");
        }
        // 5 busy, 262 locked by a shared cache, 522 short read, 13 full, 14 cannot open.
        for away in ["5", "262", "522", "13", "14"] {
            assert!(is_away(Some(away)), "{away}");
        }
        for answers in ["22021", "42P01", "23514", "25P02", "1", "19", "1299", "20"] {
            assert!(!is_away(Some(answers)), "{answers}");
        }
        assert!(is_away(None), "nobody knows");
    }

    #[test]
    fn what_the_program_does_wrong_is_not_an_absence() {
        let missing = sqlx::Error::ColumnNotFound("x".to_owned());
        assert!(matches!(failed("read")(missing), PortError::Refused { .. }));
        let timed_out = failed("read")(sqlx::Error::PoolTimedOut);
        assert!(matches!(timed_out, PortError::Unavailable { .. }));
    }
}
