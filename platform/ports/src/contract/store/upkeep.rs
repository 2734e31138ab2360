//! What is promised of the care for the whole.

use super::{CROWD, Desk, Store, together};
use crate::store::{Leases, Site, Write};
use domain::SiteId;
use domain::job::JobKind;
use domain::pipeline::{PipelineState, StageName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    time_does_not_go_back(store).await;
    mending_again_changes_nothing(store).await;
    artifacts_have_owners(store).await;
    what_is_tried_again_keeps_its_artifacts(store).await;
    pipelines_are_counted_by_state(store).await;
    a_store_belongs_to_one_site_for_ever(store).await;
}

/// The store answers, and its time goes forward.
pub async fn time_does_not_go_back(store: &Arc<dyn Store>) {
    store.ping().await.expect("a store that works answers");
    let mut last = store.now().await.unwrap();
    for _ in 0..20 {
        let now = store.now().await.unwrap();
        assert!(now >= last, "{now:?} after {last:?}");
        last = now;
    }
}

/// Whatever state work is in, a reconciler that finds nothing to mend changes nothing.
pub async fn mending_again_changes_nothing(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (running, job) = desk.running(StageName::Prepare).await;
    let (queued, advance) = desk.new_pipeline().await;
    store.reconcile(Leases::Expire).await.unwrap();
    let look = async || {
        let pipelines = [desk.look(running).await, desk.look(queued).await];
        let jobs = [desk.job(job.id).await, desk.job(advance.id).await];
        let told = [running, queued].map(|id| store.events(id, 0, 1_000));
        let told = futures_util::future::try_join_all(told).await.unwrap();
        (
            pipelines.map(|pipeline| (pipeline.state, pipeline.stages)),
            jobs,
            told,
        )
    };
    let before = look().await;
    store.reconcile(Leases::Expire).await.unwrap();
    store.reconcile(Leases::Expire).await.unwrap();
    assert_eq!(look().await, before);
    assert!(
        desk.claim(JobKind::Advance).await.is_none(),
        "nobody needs waking"
    );
    for id in [running, queued] {
        desk.cancel(id).await;
    }
}

/// Everything that is stored owns its artifacts; what was deleted owns none.
pub async fn artifacts_have_owners(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let id = desk.pipeline().await;
    let set = desk.look(id).await.spec.dataset_id;
    let owns = async || {
        let owners = store.owners_of_artifacts().await.unwrap();
        [format!("datasets/{set}"), format!("pipelines/{id}")]
            .map(|owner| owners.iter().filter(|known| **known == owner).count())
    };
    assert_eq!(owns().await, [1, 1]);
    desk.cancel(id).await;
    assert_eq!(owns().await, [1, 1], "what is over is still there");
    store.delete_dataset(set).await.unwrap();
    assert_eq!(owns().await, [0, 1]);
    store.delete_pipeline(id).await.unwrap();
    assert_eq!(owns().await, [0, 0]);
}

/// A failed pipeline that is tried again needs its dataset's artifacts, also when the dataset was
/// deleted meanwhile.
pub async fn what_is_tried_again_keeps_its_artifacts(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let set = desk.dataset().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let id = desk.insert_on(set).await;
        let advance = desk.must_claim(JobKind::Advance).await.job;
        let failed = Write::Pipeline(id, PipelineState::Failed, None);
        desk.finish(&advance, vec![failed]).await;
        ids.push(id);
    }
    let owns = async || {
        let owners = store.owners_of_artifacts().await.unwrap();
        let name = format!("datasets/{set}");
        owners.iter().filter(|known| **known == name).count()
    };
    store.delete_dataset(set).await.unwrap();
    assert_eq!(owns().await, 0, "nobody needs them");
    for id in &ids {
        let advance = desk.advance(*id);
        assert!(store.retry_pipeline(*id, &advance).await.unwrap());
        assert_eq!(owns().await, 1, "they are needed again");
    }
    for id in ids {
        desk.cancel(id).await;
    }
    assert_eq!(owns().await, 0, "it is over");
}

/// The count of every state is told at most once, and moves with the pipelines.
pub async fn pipelines_are_counted_by_state(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let counts = async || {
        let counts = store.pipeline_counts().await.unwrap();
        let states = counts.len();
        let counts: BTreeMap<PipelineState, u64> = counts.into_iter().collect();
        assert_eq!(counts.len(), states, "each state at most once");
        move |state| counts.get(&state).copied().unwrap_or(0)
    };
    let before = counts().await;
    let id = desk.pipeline().await;
    let during = counts().await;
    desk.cancel(id).await;
    let after = counts().await;
    let (queued, cancelled) = (PipelineState::Queued, PipelineState::Cancelled);
    assert_eq!(during(queued), before(queued) + 1);
    assert_eq!(after(queued), before(queued));
    assert_eq!(after(cancelled), before(cancelled) + 1);
}

/// Of many who say which site it is, one is heard, and for ever; that its artifacts were marked is
/// heard from who knows the site, and never forgotten.
pub async fn a_store_belongs_to_one_site_for_ever(store: &Arc<dyn Store>) {
    let before = store.site().await.unwrap();
    let names: Vec<_> = (0..CROWD).map(|_| SiteId::new()).collect();
    let of = |id, marked| Site { id, marked };
    let kept = together(CROWD, |number| {
        let (store, site) = (Arc::clone(store), of(names[number], false));
        async move { store.keep_site(&site).await }
    });
    for kept in kept.await {
        kept.unwrap();
    }
    let site = store.site().await.unwrap().unwrap();
    match before {
        Some(before) => assert_eq!(site, before),
        None => assert!(names.contains(&site.id) && !site.marked, "{site:?}"),
    }
    store.keep_site(&of(SiteId::new(), true)).await.unwrap();
    assert_eq!(store.site().await.unwrap(), Some(site), "another's mark");
    for marked in [true, false] {
        store.keep_site(&of(site.id, marked)).await.unwrap();
        assert_eq!(store.site().await.unwrap(), Some(of(site.id, true)));
    }
}
