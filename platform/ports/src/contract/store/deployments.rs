//! What is promised of the names under which models answer.

use super::samples::{deployment, fresh_name};
use super::{CROWD, Desk, Store, refused, together};
use crate::bus::Notice;
use crate::store::Write;
use domain::deployment::{Deployment, DeploymentVersion};
use domain::{CourseId, FailureKind, PipelineId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    a_name_is_taken_and_extended(store).await;
    many_deploys_make_as_many_versions(store).await;
    a_name_belongs_to_one_owner(store).await;
    any_version_can_answer(store).await;
    a_removed_name_is_free(store).await;
    a_pipeline_that_is_gone_is_not_deployed(store).await;
    every_change_is_announced(store).await;
}

/// A pipeline whose models can be deployed.
async fn finished(desk: &Desk) -> PipelineId {
    let id = desk.pipeline().await;
    desk.cancel(id).await;
    id
}

/// The first deployment makes the name, the next adds a version that answers; both are told in
/// full, also when a job deploys.
pub async fn a_name_is_taken_and_extended(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, name) = (finished(&desk).await, fresh_name());
    assert_eq!(store.deployment(&name).await.unwrap(), None);
    let mut first = deployment(desk.owner, id, &name);
    first.course = Some(CourseId::new());
    let made = store.deploy(&first).await.unwrap();
    let version = |number, write: &crate::store::DeploymentWrite, at| DeploymentVersion {
        created_at: at,
        ..write.version(number, at)
    };
    let expected = Deployment {
        id: first.id,
        name: name.clone(),
        owner: desk.owner,
        course: first.course,
        version: 1,
        versions: vec![version(1, &first, made.created_at)],
        created_at: made.created_at,
        updated_at: made.created_at,
    };
    assert_eq!(made, expected);
    assert_eq!(store.deployment(&name).await.unwrap(), Some(made));
    let second = deployment(desk.owner, id, &name);
    let (_, profile) = desk.new_dataset().await;
    desk.finish(&profile, vec![Write::Deploy(second.clone())])
        .await;
    let extended = store.deployment(&name).await.unwrap().unwrap();
    assert_eq!((extended.id, extended.version), (first.id, 2));
    assert_eq!(extended.created_at, expected.created_at);
    assert!(extended.updated_at >= expected.updated_at);
    let versions = [
        expected.versions[0].clone(),
        version(2, &second, extended.versions[1].created_at),
    ];
    assert_eq!(extended.versions, versions);
    store.undeploy(&name).await.unwrap();
}

/// Many who deploy under one name at once get versions 1, 2, 3, … each of its own.
pub async fn many_deploys_make_as_many_versions(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, name) = (finished(&desk).await, fresh_name());
    let same = deployment(desk.owner, id, &name);
    let versions = together(CROWD, |n| {
        // A repeated request may even bring the same id.
        let write = if n % 2 == 0 {
            same.clone()
        } else {
            deployment(desk.owner, id, &name)
        };
        let store = Arc::clone(store);
        async move {
            let made = store.deploy(&write).await.unwrap();
            let mine = made.active().expect("the version that answers is listed");
            assert_eq!(mine.model, write.model, "each is told of its own");
            made.version
        }
    });
    let versions: BTreeSet<u32> = versions.await.into_iter().collect();
    let crowd = u32::try_from(CROWD).unwrap();
    assert_eq!(versions, (1..=crowd).collect());
    let all = store.deployment(&name).await.unwrap().unwrap();
    let listed: Vec<u32> = all.versions.iter().map(|version| version.version).collect();
    assert_eq!(listed, (1..=crowd).collect::<Vec<_>>(), "oldest first");
    store.undeploy(&name).await.unwrap();
}

/// Of several owners who want a name one gets it; the others are refused and change nothing.
pub async fn a_name_belongs_to_one_owner(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, name) = (finished(&desk).await, fresh_name());
    let owners = [desk.owner, desk.other];
    let tries = together(2, |n| {
        let (store, write) = (Arc::clone(store), deployment(owners[n], id, &name));
        async move { store.deploy(&write).await }
    });
    let (won, lost): (Vec<_>, Vec<_>) = tries.await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1, "one owner wins");
    for refusal in lost {
        refused(refusal, FailureKind::Conflict, "a name of somebody else");
    }
    let stored = store.deployment(&name).await.unwrap().unwrap();
    assert_eq!(&stored, won[0].as_ref().unwrap());
    store.undeploy(&name).await.unwrap();
}

/// Any version can be made to answer, none that is not there; the next deploy goes on counting.
pub async fn any_version_can_answer(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, name) = (finished(&desk).await, fresh_name());
    for _ in 0..3 {
        store
            .deploy(&deployment(desk.owner, id, &name))
            .await
            .unwrap();
    }
    let back = store.activate(&name, 1).await.unwrap();
    assert_eq!((back.version, back.versions.len()), (1, 3));
    assert_eq!(store.deployment(&name).await.unwrap(), Some(back.clone()));
    for (name, version) in [(&name, 0), (&name, 4), (&fresh_name(), 1)] {
        let none = store.activate(name, version).await;
        refused(none, FailureKind::NotFound, "a version that is not there");
    }
    assert_eq!(store.deployment(&name).await.unwrap(), Some(back));
    let next = store
        .deploy(&deployment(desk.owner, id, &name))
        .await
        .unwrap();
    assert_eq!((next.version, next.versions.len()), (4, 4));
    store.undeploy(&name).await.unwrap();
}

/// A removed name is gone with its versions, once, and anybody may take it.
pub async fn a_removed_name_is_free(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, name) = (finished(&desk).await, fresh_name());
    store
        .deploy(&deployment(desk.owner, id, &name))
        .await
        .unwrap();
    let removals = together(CROWD, |_| {
        let (store, name) = (Arc::clone(store), name.clone());
        async move { store.undeploy(&name).await.unwrap() }
    });
    assert_eq!(removals.await.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(store.deployment(&name).await.unwrap(), None);
    let anew = store
        .deploy(&deployment(desk.other, id, &name))
        .await
        .unwrap();
    assert_eq!((anew.owner, anew.version), (desk.other, 1));
    assert!(store.undeploy(&name).await.unwrap());
    assert!(
        store.delete_pipeline(id).await.unwrap(),
        "nothing uses it any more"
    );
}

/// A model whose pipeline was deleted, and its files with it, is not deployed.
pub async fn a_pipeline_that_is_gone_is_not_deployed(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, name) = (finished(&desk).await, fresh_name());
    store.delete_pipeline(id).await.unwrap();
    let refusal = store.deploy(&deployment(desk.owner, id, &name)).await;
    refused(refusal, FailureKind::Conflict, "deploying what was deleted");
    assert_eq!(store.deployment(&name).await.unwrap(), None);
}

/// Serving processes are told of every change, and of nothing that was refused.
pub async fn every_change_is_announced(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, name) = (finished(&desk).await, fresh_name());
    let subject = Notice::Deployments.subject();
    let told = async || {
        let unsent = store.unsent(1_000_000).await.unwrap();
        unsent.iter().filter(|row| row.subject == subject).count()
    };
    let before = told().await;
    store
        .deploy(&deployment(desk.owner, id, &name))
        .await
        .unwrap();
    assert_eq!(told().await, before + 1, "deployed");
    store.activate(&name, 1).await.unwrap();
    assert_eq!(told().await, before + 2, "activated");
    store.undeploy(&name).await.unwrap();
    assert_eq!(told().await, before + 3, "removed");
    assert!(store.activate(&name, 1).await.is_err());
    assert!(!store.undeploy(&name).await.unwrap());
    assert_eq!(told().await, before + 3, "nothing changed");
}
