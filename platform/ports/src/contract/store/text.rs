//! What is promised of text.

use super::samples::{audit_entry, fresh_name, token, user};
use super::{Desk, Store, refused};
use crate::store::{Page, PipelineFilter, Scope};
use domain::access::Noun;
use domain::dataset::DatasetChange;
use domain::{CourseId, FailureKind, UserId};
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    text_with_nul_is_refused_wherever_it_is_given(store).await;
    any_other_text_is_kept(store).await;
}

/// People can send any character. The one that PostgreSQL cannot keep is refused by every adapter,
/// as what was sent and not as a store that is away.
pub async fn text_with_nul_is_refused_wherever_it_is_given(store: &Arc<dyn Store>) {
    const NUL: &str = "a\0b";
    let invalid = FailureKind::InvalidInput;
    let desk = Desk::new(store);
    let owner = user();
    store.insert_user(&owner).await.unwrap();
    let mut named = user();
    named.username = NUL.to_owned();
    refused(store.insert_user(&named).await, invalid, "a user");
    refused(store.user_by_name(NUL).await, invalid, "a user's name");
    let ends = store.now().await.unwrap();
    let mut named = token(owner.id, ends);
    named.name = NUL.to_owned();
    refused(store.insert_token(&named).await, invalid, "a token");
    for (key, print) in [(NUL, "x"), ("x", NUL)] {
        let asked = store.remember(owner.id, key, print, None).await;
        refused(asked, invalid, "a key");
    }
    let (set, _) = desk.new_dataset().await;
    for (name, description) in [(Some(NUL), None), (None, Some(NUL))] {
        let change = DatasetChange {
            name: name.map(str::to_owned),
            description: description.map(str::to_owned),
            course: None,
        };
        let changed = store.describe_dataset(set.id, &change).await;
        refused(changed, invalid, "a dataset");
    }
    refused(store.deployment(NUL).await, invalid, "a deployment's name");
    refused(store.activate(NUL, 1).await, invalid, "a deployment's name");
    refused(store.undeploy(NUL).await, invalid, "a deployment's name");
    let nobody = Scope::Owner(UserId::new());
    let page = Page {
        limit: 1,
        before: Some(NUL.to_owned()),
    };
    refused(store.datasets(&nobody, &page).await, invalid, "a page");
    refused(store.models(&nobody, &page).await, invalid, "a page");
    refused(store.deployments(&nobody, &page).await, invalid, "a page");
    let all = PipelineFilter::all(nobody);
    refused(store.pipelines(&all, &page).await, invalid, "a page");
    let noted = store.note(&audit_entry(NUL)).await;
    refused(noted, invalid, "an action");
    refused(
        store.users(Some(NUL), &Page::first(1)).await,
        invalid,
        "a search",
    );
    refused(store.user_by_subject(NUL).await, invalid, "a subject");
    let things = [NUL.to_owned()];
    refused(
        store.shares(Noun::Dataset, &things).await,
        invalid,
        "a thing",
    );
    let id = CourseId::new();
    for (code, title) in [(NUL, "x"), ("x", NUL)] {
        refused(
            store.name_course(id, code, title).await,
            invalid,
            "a course",
        );
    }
}

/// Every other character comes back as it was.
pub async fn any_other_text_is_kept(store: &Arc<dyn Store>) {
    let mut odd = user();
    odd.username = format!("{}\u{1}\u{7f}\u{200d}\u{10ffff}'\"\\%_é", fresh_name());
    store.insert_user(&odd).await.unwrap();
    let found = store.user_by_name(&odd.username).await.unwrap();
    assert_eq!(found.map(|user| user.username), Some(odd.username));
}
