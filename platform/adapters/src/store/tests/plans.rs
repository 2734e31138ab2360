//! What is asked often is served by an index: of the statements that the store really sends, the
//! plan by which SQLite answers them.

use super::{SqlStore, desk, open};
use domain::CourseId;
use domain::access::Noun;
use domain::course::{CourseRole, Membership};
use domain::job::{JobKind, NewJob};
use domain::pipeline::StageName;
use ports::contract::store::Desk;
use ports::store::*;
use serde_json::json;
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Says that this process was made for one test.
const ALONE: &str = "MICROLEARN_TEST_ALONE";

/// Every statement that was sent in this process.
static SENT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Hears what sqlx tells of each statement; it is told by the thread that has the connection, so
/// the whole process is listened to.
struct Listener;

#[derive(Default)]
struct Statement {
    summary: String,
    whole: String,
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.whole),
            _ => {}
        }
    }
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl Subscriber for Listener {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        about.target() == "sqlx::query"
    }
    fn event(&self, event: &Event<'_>) {
        let mut told = Statement::default();
        event.record(&mut told);
        // One of a few words is its own summary.
        let sql = if told.whole.is_empty() {
            told.summary
        } else {
            told.whole
        };
        SENT.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(sql);
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What workers, relays, reconcilers and readers ask all the time.
async fn a_busy_moment(desk: &Desk, store: &SqlStore) {
    let (id, job) = desk.running(StageName::Train).await;
    let end = End::Waiting {
        children: vec![NewJob {
            parent: Some(job.id),
            ..desk.job_of(id, JobKind::Fold)
        }],
        wake_at: 0,
        memo: json!(null),
    };
    desk.commit(&job, end, vec![Write::Job(desk.advance(id))])
        .await;
    let fold = desk.filter(JobKind::Fold, false);
    assert!(store.has_work(&fold).await.unwrap());
    let claim = store.claim(&fold).await.unwrap().unwrap();
    let job = claim.job;
    store.renew(job.id, job.attempt, fold.lease).await.unwrap();
    let progress = Progress {
        job: job.id,
        attempt: job.attempt,
        pipeline: id,
        stage: Some((StageName::Train, 0.5, None)),
        trial: None,
        events: Vec::new(),
    };
    assert!(store.report(&progress).await.unwrap());
    store.children(job.parent.unwrap()).await.unwrap();
    desk.finish(&job, Vec::new()).await;
    store.next_due(JobKind::Fold).await.unwrap();
    store.reconcile(Leases::Expire).await.unwrap();
    let rows = store.unsent(100).await.unwrap();
    let ids: Vec<String> = rows.into_iter().map(|row| row.id).collect();
    store.sent(&ids).await.unwrap();
    store.events(id, 0, 100).await.unwrap();
    store.pipeline(id).await.unwrap();
    store.timeline(id).await.unwrap();
    store.trials(id).await.unwrap();
    store.leaderboard(id).await.unwrap();
    store.deployment("x").await.unwrap();
    store.token("x").await.unwrap();
    store.user_by_name("x").await.unwrap();
    store.user_by_subject("x").await.unwrap();
    store.memberships(desk.owner).await.unwrap();
    store
        .shares(Noun::Dataset, &["x".to_owned()])
        .await
        .unwrap();
    let of = |role| Membership {
        course: CourseId::new(),
        role,
    };
    let sight = Sight {
        user: desk.owner,
        courses: vec![of(CourseRole::Teacher), of(CourseRole::Student)],
    };
    let audit = [
        AuditFilter::default(),
        AuditFilter {
            actor_name: Some("x".to_owned()),
            ..AuditFilter::default()
        },
    ];
    for before in [None, Some("x".to_owned())] {
        let page = Page { limit: 9, before };
        store.users(None, &page).await.unwrap();
        store.courses(None, &page).await.unwrap();
        store.courses(Some(desk.owner), &page).await.unwrap();
        store.members(CourseId::new(), &page).await.unwrap();
        for filter in &audit {
            store.noted(filter, &page).await.unwrap();
        }
    }
    for scope in [Scope::All, Scope::Owner(desk.owner), Scope::Sight(sight)] {
        for before in [None, Some("x".to_owned())] {
            let page = Page { limit: 9, before };
            let filter = PipelineFilter::all(scope.clone());
            store.pipelines(&filter, &page).await.unwrap();
            store.datasets(&scope, &page).await.unwrap();
            store.models(&scope, &page).await.unwrap();
            store.deployments(&scope, &page).await.unwrap();
        }
    }
}

/// The steps of a statement's plan.
async fn plan(store: &SqlStore, sql: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let plan = sqlx::query(explain).fetch_all(store.db.readers()).await;
    let plan = plan.unwrap_or_else(|error| panic!("{sql}: {error}"));
    plan.iter().map(|row| row.get("detail")).collect()
}

/// The step that reads a whole table, or a whole index of it, if one does. One that reads an index
/// in its order and stops at a limit does not; nor does one over rows that another step has found.
fn scan<'p>(sql: &str, plan: &'p [String]) -> Option<&'p str> {
    let found_before = |name: &str| {
        let made = |step: &String| {
            let made = step
                .strip_prefix("MATERIALIZE ")
                .or(step.strip_prefix("CO-ROUTINE "));
            made == Some(name)
        };
        name.starts_with('(') || plan.iter().any(made)
    };
    let sorts = plan
        .iter()
        .any(|step| step.contains("USE TEMP B-TREE FOR ORDER BY"));
    let stops = sql.contains("LIMIT") && !sorts;
    let steps = plan.iter().map(String::as_str);
    let mut scans = steps.filter(|step| {
        let Some(rest) = step.strip_prefix("SCAN ") else {
            return false;
        };
        let name = rest.split(' ').next().unwrap_or_default();
        let in_order = step.contains("USING") || sql.contains("ORDER BY");
        name != "CONSTANT" && !found_before(name) && !(stops && in_order)
    });
    scans.next()
}

/// Whether this test has its process for itself. nextest gives one to each; `cargo test` does not, so
/// there the test asks for one.
fn is_alone() -> bool {
    if std::env::var_os("NEXTEST").is_some() || std::env::var_os(ALONE).is_some() {
        return true;
    }
    let done = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "store::tests::plans::no_hot_statement_scans_a_table_that_grows",
        ])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hot_statement_scans_a_table_that_grows() {
    if !is_alone() {
        return;
    }
    let (_folder, store) = open().await;
    let desk = desk(&store);
    tracing::subscriber::set_global_default(Listener).unwrap();
    a_busy_moment(&desk, &store).await;
    let sent = SENT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let words = ["SELECT", "UPDATE", "DELETE", "INSERT"];
    let is_plain = |sql: &&String| words.iter().any(|word| sql.starts_with(word));
    let sent: Vec<&String> = sent.iter().filter(is_plain).collect();
    assert!(sent.len() > 40, "only {} statements were heard", sent.len());
    for sql in sent {
        let plan = plan(&store, sql).await;
        assert_eq!(scan(sql, &plan), None, "{sql}: {plan:#?}");
    }
}

#[tokio::test]
async fn a_scan_is_seen_also_one_of_an_index() {
    let (_folder, store) = open().await;
    for sql in [
        "SELECT id FROM jobs WHERE attempt = 3",
        "SELECT state FROM jobs",
        "SELECT id FROM pipelines WHERE name = 'x'",
        "SELECT state, COUNT(*) FROM pipelines GROUP BY state",
        "SELECT id FROM jobs ORDER BY attempt LIMIT 3",
        "UPDATE jobs SET attempt = 1 WHERE worker = 'x'",
    ] {
        let plan = plan(&store, sql).await;
        assert!(scan(sql, &plan).is_some(), "{sql}: {plan:?}");
    }
}
