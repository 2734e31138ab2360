//! What is promised of accounts that change, courses, what is shared, and the audit.

use super::desk::Desk;
use super::samples::{all_of_it, deployment, fresh_name, model, pipeline, token, user};
use super::{CROWD, Store, refused, together};
use crate::store::{AuditFilter, NewPipeline, Page, PipelineFilter, Scope, Sight, Write};
use domain::access::{Grantee, Level, Noun, Share};
use domain::audit::{AuditEntry, AuditOutcome};
use domain::course::{Course, CourseRole, Membership};
use domain::dataset::DatasetChange;
use domain::pipeline::StageName;
use domain::quota::{Quota, Usage};
use domain::user::{Role, RoleRequest, User, UserChange};
use domain::{CourseId, FailureKind, RoleRequestId, Timestamp, UserId};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    an_account_changes(store).await;
    users_are_found_by_parts_of_their_names(store).await;
    a_subject_is_one_account(store).await;
    a_token_that_is_not_used_ends(store).await;
    tokens_end_together(store).await;
    a_wish_for_roles_is_decided_once(store).await;
    a_code_is_given_once(store).await;
    people_belong_to_courses(store).await;
    shares_are_kept_and_forgotten(store).await;
    quotas_are_granted_and_use_is_added_up(store).await;
    whoever_waits_is_in_the_queue(store).await;
    whoever_may_see_finds_in_lists(store).await;
    the_audit_is_kept_and_searched(store).await;
}

/// A user who is stored.
async fn somebody(store: &Arc<dyn Store>) -> User {
    let new = user();
    store.insert_user(&new).await.unwrap();
    new
}

/// A course that is stored.
pub async fn course(store: &Arc<dyn Store>) -> Course {
    let course = Course {
        id: CourseId::new(),
        code: fresh_name(),
        title: "Réseaux 'n' \"co\" 100%".to_owned(),
        created_at: Timestamp(5),
    };
    store.insert_course(&course).await.unwrap();
    course
}

/// Only what is given changes; whoever is disabled loses every token.
pub async fn an_account_changes(store: &Arc<dyn Store>) {
    let ann = somebody(store).await;
    let ends = store.now().await.unwrap().after(Duration::from_secs(600));
    let held = token(ann.id, ends);
    store.insert_token(&held).await.unwrap();
    let change = UserChange {
        roles: Some(vec![Role::Admin]),
        ..UserChange::default()
    };
    let before = store.change_user(ann.id, &change).await.unwrap().unwrap();
    assert_eq!(before.roles, ann.roles, "as it was before");
    let changed = store.user(ann.id).await.unwrap().unwrap();
    assert_eq!(changed.roles, [Role::Admin]);
    assert_eq!(changed.display_name, ann.display_name);
    assert_eq!(changed.password_hash, ann.password_hash);
    assert!(store.token(&held.hash).await.unwrap().is_some());
    let change = UserChange {
        disabled: Some(true),
        display_name: Some("Ann".to_owned()),
        ..UserChange::default()
    };
    store.change_user(ann.id, &change).await.unwrap();
    assert!(store.token(&held.hash).await.unwrap().is_none());
    assert_eq!(store.tokens(ann.id).await.unwrap(), []);
    let change = UserChange {
        disabled: Some(false),
        ..UserChange::default()
    };
    store.change_user(ann.id, &change).await.unwrap();
    let back = store.user(ann.id).await.unwrap().unwrap();
    assert!(!back.disabled && back.display_name == "Ann" && back.roles == [Role::Admin]);
    assert!(
        store.token(&held.hash).await.unwrap().is_none(),
        "what has ended does not come back"
    );
    let nobody = store.change_user(UserId::new(), &change).await.unwrap();
    assert!(nobody.is_none());
}

/// Whatever the case; signs that mean something to databases mean themselves.
pub async fn users_are_found_by_parts_of_their_names(store: &Arc<dyn Store>) {
    let mark = fresh_name();
    let mut made = Vec::new();
    for name in ["Éloïse 50%_x", "ÉLOÏSE 50ax", "back\\slash"] {
        let mut new = user();
        new.username = format!("{mark}-{}", made.len());
        name.clone_into(&mut new.display_name);
        store.insert_user(&new).await.unwrap();
        made.insert(0, new.id);
    }
    let search = async |part: &str| {
        let found = store.users(Some(part), &all_of_it()).await.unwrap();
        let found = found.items.into_iter().map(|user| user.id);
        found.filter(|id| made.contains(id)).collect::<Vec<_>>()
    };
    assert_eq!(search(&mark.to_uppercase()).await, made, "newest first");
    assert_eq!(search("éloïse").await, made[1..]);
    assert_eq!(search("ïSE 50%_").await, made[2..]);
    assert_eq!(search("k\\S").await, made[..1]);
    assert_eq!(search("nobody at all is called so").await, []);
    let first = store.users(Some(&mark), &Page::first(2)).await.unwrap();
    let rest = Page {
        limit: 2,
        before: first.next.clone(),
    };
    let rest = store.users(Some(&mark), &rest).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len()), (2, 1));
    assert!(first.next.is_some() && rest.next.is_none());
    let change = UserChange {
        display_name: Some("Zineb".to_owned()),
        ..UserChange::default()
    };
    store.change_user(made[0], &change).await.unwrap();
    assert_eq!(search("zineb").await, made[..1], "under the new name");
}

/// Whoever comes from the provider has one account here, also when they come twice at one moment.
pub async fn a_subject_is_one_account(store: &Arc<dyn Store>) {
    let subject = fresh_name();
    let tries = together(CROWD, |_| {
        let (store, mut new) = (Arc::clone(store), user());
        new.subject = Some(subject.clone());
        async move { store.insert_user(&new).await }
    });
    let (won, lost): (Vec<_>, Vec<_>) = tries.await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for refusal in lost {
        refused(refusal, FailureKind::Conflict, "a subject that is taken");
    }
    let found = store.user_by_subject(&subject).await.unwrap().unwrap();
    assert_eq!(found.subject.as_deref(), Some(&*subject));
    assert!(store.user_by_subject("nobody").await.unwrap().is_none());
}

/// All of a token is kept; one that must be used ends when it is not.
pub async fn a_token_that_is_not_used_ends(store: &Arc<dyn Store>) {
    let ann = somebody(store).await;
    let now = store.now().await.unwrap();
    let ends = now.after(Duration::from_secs(600));
    for (idle, holds) in [(None, true), (Some(300), true), (Some(0), false)] {
        let mut used = token(ann.id, ends);
        used.used_at = now;
        used.idle = idle.map(Duration::from_secs);
        used.deployment = idle.map(|_| "marks".to_owned());
        store.insert_token(&used).await.unwrap();
        let found = store.token(&used.hash).await.unwrap();
        assert_eq!(found.map(|found| found.token), holds.then(|| used.clone()));
        assert_eq!(store.tokens(ann.id).await.unwrap().contains(&used), holds);
    }
}

/// All tokens of a user end but the one that is kept.
pub async fn tokens_end_together(store: &Arc<dyn Store>) {
    let (ann, bob) = (somebody(store).await, somebody(store).await);
    let ends = store.now().await.unwrap().after(Duration::from_secs(600));
    let held: Vec<_> = [ann.id, ann.id, ann.id, bob.id]
        .into_iter()
        .map(|user| token(user, ends))
        .collect();
    for held in &held {
        store.insert_token(held).await.unwrap();
    }
    assert_eq!(
        store.delete_tokens(ann.id, Some(held[1].id)).await.unwrap(),
        2
    );
    assert_eq!(store.tokens(ann.id).await.unwrap(), held[1..2]);
    assert_eq!(store.delete_tokens(ann.id, None).await.unwrap(), 1);
    assert_eq!(store.delete_tokens(ann.id, None).await.unwrap(), 0);
    assert_eq!(store.tokens(bob.id).await.unwrap(), held[3..]);
}

/// Of many who decide at once, one does; wishes are forgotten, and replaced by later ones.
pub async fn a_wish_for_roles_is_decided_once(store: &Arc<dyn Store>) {
    let (ann, bob) = (somebody(store).await, somebody(store).await);
    let now = store.now().await.unwrap();
    let wish = |user: UserId, ends| RoleRequest {
        id: RoleRequestId::new(),
        user,
        roles: vec![Role::Teacher, Role::Admin],
        asked_by: bob.id,
        created_at: now,
        expires_at: now.after(Duration::from_secs(ends)),
    };
    let of = async |user: UserId| {
        let all = store.role_requests().await.unwrap();
        let theirs = all.into_iter().filter(|request| request.user == user);
        theirs.collect::<Vec<_>>()
    };
    let (first, second) = (wish(ann.id, 600), wish(ann.id, 600));
    for wish in [&first, &second] {
        store.ask_for_roles(wish).await.unwrap();
    }
    let left = of(ann.id).await;
    assert_eq!(left, std::slice::from_ref(&second), "the later one counts");
    assert_eq!(store.take_role_request(first.id).await.unwrap(), None);
    let forgotten = wish(bob.id, 0);
    store.ask_for_roles(&forgotten).await.unwrap();
    assert_eq!(of(bob.id).await, []);
    assert_eq!(store.take_role_request(forgotten.id).await.unwrap(), None);
    let takes = together(CROWD, |_| {
        let (store, id) = (Arc::clone(store), second.id);
        async move { store.take_role_request(id).await.unwrap() }
    });
    let taken: Vec<_> = takes.await.into_iter().flatten().collect();
    assert_eq!(taken, [second]);
    let nobodys = store.ask_for_roles(&wish(UserId::new(), 600)).await;
    refused(nobodys, FailureKind::Conflict, "a wish for nobody");
}

/// Two courses never have one code, whether made or named so.
pub async fn a_code_is_given_once(store: &Arc<dyn Store>) {
    let (first, second) = (course(store).await, course(store).await);
    assert_eq!(store.course(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.course(CourseId::new()).await.unwrap(), None);
    let by_code = store.course_by_code(&second.code).await.unwrap();
    assert_eq!(by_code, Some(second.clone()));
    assert_eq!(store.course_by_code(&fresh_name()).await.unwrap(), None);
    let twice = Course {
        id: CourseId::new(),
        ..first.clone()
    };
    let kind = FailureKind::Conflict;
    refused(store.insert_course(&twice).await, kind, "a code again");
    let named = store.name_course(second.id, &first.code, "x").await;
    refused(named, kind, "a code of another course");
    assert!(store.name_course(first.id, &first.code, "x").await.unwrap());
    let renamed = store.course(first.id).await.unwrap().unwrap();
    assert_eq!((renamed.code, &*renamed.title), (first.code, "x"));
    let none = store.name_course(CourseId::new(), &fresh_name(), "x").await;
    assert!(!none.unwrap());
}

/// Who belongs to a course is told by the course, by the person and by their token.
pub async fn people_belong_to_courses(store: &Arc<dyn Store>) {
    let (ann, bob) = (somebody(store).await, somebody(store).await);
    let (first, second) = (course(store).await, course(store).await);
    let ends = store.now().await.unwrap().after(Duration::from_secs(600));
    let held = token(ann.id, ends);
    store.insert_token(&held).await.unwrap();
    let (learns, teaches) = (CourseRole::Student, CourseRole::Teacher);
    store.enrol(first.id, ann.id, learns).await.unwrap();
    store.enrol(first.id, bob.id, learns).await.unwrap();
    store.enrol(second.id, ann.id, learns).await.unwrap();
    store.enrol(first.id, ann.id, teaches).await.unwrap();
    let of = |course: &Course, role| Membership {
        course: course.id,
        role,
    };
    let both = [of(&first, teaches), of(&second, learns)];
    assert_eq!(store.memberships(ann.id).await.unwrap(), both);
    let signed_in = store.token(&held.hash).await.unwrap().unwrap();
    assert_eq!(signed_in.courses, both);
    let members = async |page: &Page| {
        let page = store.members(first.id, page).await.unwrap();
        let items = page.items.into_iter();
        let ids: Vec<_> = items.map(|(user, role)| (user.id, role)).collect();
        (ids, page.next)
    };
    let (all, next) = members(&all_of_it()).await;
    assert_eq!(
        (all, next),
        (vec![(bob.id, learns), (ann.id, teaches)], None)
    );
    let (some, next) = members(&Page::first(1)).await;
    assert_eq!(some, [(bob.id, learns)]);
    let rest = Page {
        limit: 1,
        before: next,
    };
    assert_eq!(members(&rest).await, (vec![(ann.id, teaches)], None));
    let courses = async |of| store.courses(of, &all_of_it()).await.unwrap().items;
    assert_eq!(courses(Some(ann.id)).await, [second.clone(), first.clone()]);
    assert_eq!(courses(Some(UserId::new())).await, []);
    let newest: Vec<_> = courses(None).await.into_iter().take(2).collect();
    assert_eq!(newest, [second.clone(), first.clone()]);
    assert!(store.unenrol(first.id, ann.id).await.unwrap());
    assert!(!store.unenrol(first.id, ann.id).await.unwrap());
    assert_eq!(store.memberships(ann.id).await.unwrap(), both[1..]);
    for (course, user) in [(first.id, UserId::new()), (CourseId::new(), ann.id)] {
        let enrolled = store.enrol(course, user, learns).await;
        refused(enrolled, FailureKind::Conflict, "one who is not there");
    }
}

fn share(noun: Noun, thing: &str, with: Grantee, level: Level) -> Share {
    Share {
        noun,
        thing: thing.to_owned(),
        with,
        level,
        by: UserId::new(),
        created_at: Timestamp(9),
    }
}

/// A quota is as it was granted last; what is used is bytes, pipelines that have not ended and the
/// time of jobs that have.
pub async fn quotas_are_granted_and_use_is_added_up(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let of = Grantee::User(desk.owner);
    assert_eq!(store.quota(of).await.unwrap(), None);
    let mut quota = Quota {
        pipelines: Some(3),
        ..Quota::default()
    };
    for work_seconds in [None, Some(60)] {
        quota.work_seconds = work_seconds;
        store.set_quota(of, &quota).await.unwrap();
        assert_eq!(store.quota(of).await.unwrap(), Some(quota));
    }
    let other = Grantee::Course(CourseId::new());
    store.set_quota(other, &quota).await.unwrap();
    store.set_quota(of, &Quota::default()).await.unwrap();
    assert_eq!(store.quota(of).await.unwrap(), None, "as usual again");
    assert_eq!(store.quota(other).await.unwrap(), Some(quota));

    let used = async |of| store.usage(of).await.unwrap();
    assert_eq!(used(of).await, Usage::default());
    let (id, job) = desk.running(StageName::Train).await;
    let files = used(of).await;
    assert_eq!(files.pipelines, 1);
    assert!(files.storage_bytes > 0, "of the dataset");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let trained = Write::Model(Box::new(model(desk.owner, id, 0)));
    desk.finish(&job, vec![trained]).await;
    let done = used(of).await;
    assert_eq!(
        done.storage_bytes,
        files.storage_bytes + 1_000,
        "of the model"
    );
    assert!(done.work_seconds >= 1, "{done:?}");
    assert_eq!(used(other).await, Usage::default());
    desk.cancel(id).await;
    assert_eq!(used(of).await.pipelines, 0);
    assert_eq!(used(of).await.work_seconds, done.work_seconds);
}

/// Who waits stands in the queue, oldest first, and nobody else does.
pub async fn whoever_waits_is_in_the_queue(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let waiting = async || {
        let queue = store.queue().await.unwrap();
        let own = queue
            .waiting
            .into_iter()
            .filter(|one| one.owner == desk.owner);
        own.map(|one| one.pipeline).collect::<Vec<_>>()
    };
    let first = desk.pipeline().await;
    let second = desk.pipeline().await;
    assert_eq!(waiting().await, [first, second]);
    desk.cancel(first).await;
    assert_eq!(waiting().await, [second]);
    desk.cancel(second).await;
}

/// A thing is shared with each at most once, and with nobody when it is gone.
pub async fn shares_are_kept_and_forgotten(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (set, _) = desk.new_dataset().await;
    let id = set.id.to_string();
    let [ann, bob] = [UserId::new(), UserId::new()].map(Grantee::User);
    let course = Grantee::Course(CourseId::new());
    let mut shares = [course, ann, bob].map(|with| share(Noun::Dataset, &id, with, Level::See));
    for share in &shares {
        store.share(share).await.unwrap();
    }
    let asked = [id.clone(), fresh_name()];
    let of = async |noun| store.shares(noun, &asked).await.unwrap();
    assert_eq!(of(Noun::Dataset).await, shares, "by grantee");
    assert_eq!(of(Noun::Pipeline).await, [], "of another noun");
    assert_eq!(store.shares(Noun::Dataset, &[]).await.unwrap(), []);
    shares[1].level = Level::Change;
    store.share(&shares[1]).await.unwrap();
    assert_eq!(of(Noun::Dataset).await, shares);
    assert!(store.unshare(Noun::Dataset, &id, bob).await.unwrap());
    assert!(!store.unshare(Noun::Dataset, &id, bob).await.unwrap());
    assert_eq!(of(Noun::Dataset).await, shares[..2]);
    store.delete_dataset(set.id).await.unwrap();
    assert_eq!(of(Noun::Dataset).await, []);
}

/// Lists hold what is one's own, what is shared with one or with a course of one's own, what belongs
/// to a course that one teaches, and deployments of every course of one's own.
pub async fn whoever_may_see_finds_in_lists(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let course = course(store).await.id;
    let (set, profile) = desk.new_dataset().await;
    let set = set.id;
    let change = DatasetChange {
        course: Some(Some(course)),
        ..DatasetChange::default()
    };
    store.describe_dataset(set, &change).await.unwrap();
    let mut new = pipeline(desk.owner, set);
    new.spec.course_id = Some(course);
    let run = new.id;
    let advance = desk.advance(run);
    let new = NewPipeline {
        pipeline: new,
        advance,
    };
    store.insert_pipeline(&new).await.unwrap();
    let (mut trained, mut write) = (
        model(desk.owner, run, 1),
        deployment(desk.owner, run, &fresh_name()),
    );
    (trained.course, write.course) = (Some(course), Some(course));
    let (trained_id, deployed) = (trained.id, write.id);
    let name = write.name.clone();
    let writes = vec![Write::Model(Box::new(trained)), Write::Deploy(write)];
    desk.finish(&profile, writes).await;
    // How many datasets, pipelines, models and deployments are listed.
    let listed = async |user, courses: &[Membership]| {
        let sight = Sight {
            user,
            courses: courses.to_vec(),
        };
        let (scope, page) = (Scope::Sight(sight), all_of_it());
        let pipelines = PipelineFilter::all(scope.clone());
        let pipelines = store.pipelines(&pipelines, &page).await.unwrap().items;
        let models = store.models(&scope, &page).await.unwrap().items;
        let deployments = store.deployments(&scope, &page).await.unwrap().items;
        assert!(pipelines.iter().all(|pipeline| pipeline.id == run));
        assert!(models.iter().all(|model| model.id == trained_id));
        assert!(deployments.iter().all(|found| found.id == deployed));
        let datasets = store.datasets(&scope, &page).await.unwrap().items;
        [
            datasets.len(),
            pipelines.len(),
            models.len(),
            deployments.len(),
        ]
    };
    let of = |role| [Membership { course, role }];
    let elsewhere = Membership {
        course: CourseId::new(),
        role: CourseRole::Teacher,
    };
    let ann = UserId::new();
    assert_eq!(listed(desk.owner, &[]).await, [1, 1, 1, 1], "the owner");
    assert_eq!(listed(ann, &[]).await, [0; 4], "a stranger");
    assert_eq!(listed(ann, &[elsewhere]).await, [0; 4], "another's teacher");
    assert_eq!(listed(ann, &of(CourseRole::Teacher)).await, [1; 4]);
    assert_eq!(listed(ann, &of(CourseRole::Student)).await, [0, 0, 0, 1]);
    let with = Grantee::User(ann);
    let shared = share(Noun::Dataset, &set.to_string(), with, Level::See);
    store.share(&shared).await.unwrap();
    assert_eq!(listed(ann, &[]).await, [1, 0, 0, 0]);
    let with_course = Grantee::Course(course);
    let shared = share(Noun::Pipeline, &run.to_string(), with_course, Level::See);
    store.share(&shared).await.unwrap();
    assert_eq!(listed(ann, &of(CourseRole::Student)).await, [1; 4]);
    assert_eq!(listed(ann, &of(CourseRole::Teacher)).await, [1; 4], "once");
    let shared = share(Noun::Deployment, &deployed.to_string(), with, Level::Change);
    store.share(&shared).await.unwrap();
    assert_eq!(listed(ann, &[]).await, [1, 0, 0, 1]);
    assert!(store.undeploy(&name).await.unwrap());
    let left = store
        .shares(Noun::Deployment, &[deployed.to_string()])
        .await;
    assert_eq!(left.unwrap(), [], "what is gone is shared no longer");
    assert!(desk.cancel(run).await);
    assert!(store.delete_pipeline(run).await.unwrap());
    let left = store.shares(Noun::Pipeline, &[run.to_string()]).await;
    assert_eq!(left.unwrap(), []);
}

/// Entries come back whole and newest first, by any of their parts.
pub async fn the_audit_is_kept_and_searched(store: &Arc<dyn Store>) {
    let (ann, mark) = (UserId::new(), fresh_name());
    let entry = |actor, action: &str, outcome, details| AuditEntry {
        actor,
        actor_name: actor.map(|_| "Zoë".to_owned()),
        action: action.to_owned(),
        resource: format!("dataset/{mark}"),
        outcome,
        address: actor.map(|_| "192.0.2.1".to_owned()),
        details,
    };
    let entries = [
        entry(None, "sign_in", AuditOutcome::Refused, None),
        entry(Some(ann), "create", AuditOutcome::Done, None),
        entry(
            Some(ann),
            "change",
            AuditOutcome::Done,
            Some(json!({"before": {"name": "é'\u{0}"}, "after": 1.5})),
        ),
    ];
    let before = store.now().await.unwrap();
    for entry in &entries {
        store.note(entry).await.unwrap();
    }
    let of_it = AuditFilter {
        resource: Some(format!("dataset/{mark}")),
        ..AuditFilter::default()
    };
    let noted = async |filter: &AuditFilter| {
        let page = store.noted(filter, &all_of_it()).await.unwrap();
        let items = page.items.into_iter();
        items
            .map(|noted| (noted.at, noted.entry))
            .collect::<Vec<_>>()
    };
    let all = noted(&of_it).await;
    let told: Vec<_> = all.iter().rev().map(|(_, entry)| entry.clone()).collect();
    assert_eq!(told, entries);
    assert!(all.iter().all(|(at, _)| *at >= before));
    let some = async |filter: AuditFilter| {
        let filter = AuditFilter {
            resource: of_it.resource.clone(),
            ..filter
        };
        noted(&filter).await.len()
    };
    let none = AuditFilter::default;
    let actor_name = Some("Zoë".to_owned());
    assert_eq!(
        some(AuditFilter {
            actor_name,
            ..none()
        })
        .await,
        2
    );
    let action = Some("create".to_owned());
    assert_eq!(some(AuditFilter { action, ..none() }).await, 1);
    let outcome = Some(AuditOutcome::Refused);
    assert_eq!(some(AuditFilter { outcome, ..none() }).await, 1);
    let (since, until) = (Some(before), Some(before));
    assert_eq!(some(AuditFilter { since, ..none() }).await, 3);
    assert_eq!(some(AuditFilter { until, ..none() }).await, 0);
    let first = store.noted(&of_it, &Page::first(2)).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let rest = Page {
        limit: 2,
        before: first.next,
    };
    let rest = store.noted(&of_it, &rest).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert_eq!(rest.items[0].entry, entries[0]);
}
