//! What is promised of trained models.

use super::samples::model;
use super::{Desk, Store};
use crate::store::{End, Write};
use domain::ModelId;
use domain::model::Model;
use domain::pipeline::StageName;
use serde_json::json;
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    a_model_is_stored_and_replaced(store).await;
    a_second_training_replaces_the_first(store).await;
}

/// Stores models in a step of their own.
async fn put(desk: &Desk, stage: StageName, job: &mut domain::job::Job, models: &[&Model]) {
    let writes = models
        .iter()
        .map(|model| Write::Model(Box::new((*model).clone())))
        .collect();
    let wait = End::Waiting {
        children: vec![],
        wake_at: 0,
        memo: json!(1),
    };
    desk.commit(job, wait, writes).await;
    *job = desk.must_claim(stage.into()).await.job;
}

/// A model is read back as it was written, to the last bit; writing it again replaces it. The
/// leaderboard is in the order of ranks once there are any, else of numbers.
pub async fn a_model_is_stored_and_replaced(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, mut job) = desk.running(StageName::Evaluate).await;
    let (first, second) = (model(desk.owner, id, 0), model(desk.owner, id, 1));
    put(&desk, StageName::Evaluate, &mut job, &[&second, &first]).await;
    assert_eq!(store.model(first.id).await.unwrap(), Some(first.clone()));
    let board = store.leaderboard(id).await.unwrap();
    assert_eq!(board, [first.clone(), second.clone()], "by number");
    let ranked = |model: Model, rank| Model {
        rank: Some(rank),
        chosen: rank == 1,
        test_score: Some(1.0 / 3.0),
        test_ci: Some((0.1, 1e-300)),
        ..model
    };
    let (first, second) = (ranked(first, 2), ranked(second, 1));
    put(&desk, StageName::Evaluate, &mut job, &[&first, &second]).await;
    let board = store.leaderboard(id).await.unwrap();
    assert_eq!(board, [second, first], "by rank");
    assert_eq!(store.model(ModelId::new()).await.unwrap(), None);
    desk.cancel(id).await;
}

/// When a pipeline is retried and trains again, its new models take the numbers of the old ones.
pub async fn a_second_training_replaces_the_first(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, mut job) = desk.running(StageName::Train).await;
    let (old, kept) = (model(desk.owner, id, 0), model(desk.owner, id, 1));
    put(&desk, StageName::Train, &mut job, &[&old, &kept]).await;
    let new = model(desk.owner, id, 0);
    put(&desk, StageName::Train, &mut job, &[&new]).await;
    assert_eq!(store.leaderboard(id).await.unwrap(), [new, kept]);
    assert_eq!(store.model(old.id).await.unwrap(), None);
    desk.cancel(id).await;
}
