//! What is promised when a run is removed with everything that was told of it.

use super::samples::{all_of_it, deployment, fresh_name, model, span, trial};
use super::{Desk, Store, refused, together};
use crate::store::{Committed, End, PipelineFilter, Scope, Write};
use domain::FailureKind;
use domain::pipeline::StageName;
use domain::study::TrialState;
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    is_deleted_only_when_finished_and_unused(store).await;
    a_delete_and_a_deployment_never_both_win(store).await;
}

/// Only a finished pipeline without a deployment is deleted, with everything that was told of it.
pub async fn is_deleted_only_when_finished_and_unused(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let trained = model(desk.owner, id, 0);
    let told = vec![
        Write::Model(Box::new(trained.clone())),
        Write::Trial(id, trial(0, TrialState::Succeeded)),
        Write::Span(id, span(1)),
    ];
    let wait = End::Waiting {
        children: vec![],
        wake_at: 0,
        memo: serde_json::json!({}),
    };
    assert_eq!(desk.commit(&job, wait, told).await, Committed::Yes);
    let conflict = FailureKind::Conflict;
    refused(
        store.delete_pipeline(id).await,
        conflict,
        "deleting what runs",
    );
    desk.cancel(id).await;
    let name = fresh_name();
    store
        .deploy(&deployment(desk.owner, id, &name))
        .await
        .unwrap();
    refused(
        store.delete_pipeline(id).await,
        conflict,
        "deleting what is deployed",
    );
    let board = store.leaderboard(id).await.unwrap();
    assert_eq!(board.len(), 1, "all is there");
    assert!(store.undeploy(&name).await.unwrap());
    assert!(store.delete_pipeline(id).await.unwrap());
    assert!(
        !store.delete_pipeline(id).await.unwrap(),
        "there is none any more"
    );
    assert_eq!(store.pipeline(id).await.unwrap(), None);
    assert_eq!(store.events(id, 0, 100).await.unwrap(), []);
    assert_eq!(store.timeline(id).await.unwrap(), []);
    assert_eq!(store.trials(id).await.unwrap(), []);
    assert_eq!(store.model(trained.id).await.unwrap(), None);
    assert_eq!(store.job(job.id).await.unwrap(), None);
    let mine = PipelineFilter::all(Scope::Owner(desk.owner));
    assert_eq!(
        store.pipelines(&mine, &all_of_it()).await.unwrap().items,
        []
    );
}

/// When a model is deployed while its pipeline is deleted, one of the two is refused.
pub async fn a_delete_and_a_deployment_never_both_win(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    for round in 0..8 {
        let (id, name) = (desk.pipeline().await, fresh_name());
        desk.cancel(id).await;
        let outcomes = together(2, |n| {
            let (desk, name) = (desk.clone(), name.clone());
            async move {
                if n == round % 2 {
                    return desk.store.delete_pipeline(id).await.is_ok();
                }
                desk.store
                    .deploy(&deployment(desk.owner, id, &name))
                    .await
                    .is_ok()
            }
        });
        let outcomes = outcomes.await;
        assert_ne!(
            outcomes[0], outcomes[1],
            "one of the two wins in round {round}"
        );
    }
}
