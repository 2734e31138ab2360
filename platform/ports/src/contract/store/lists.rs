//! What is promised of lists: whose things they hold, and pages that lose nothing.

use super::samples::{all_of_it, dataset, deployment, fresh_name, model, pipeline, profile_job};
use super::{Desk, Store};
use crate::store::{NewPipeline, Page, PageOf, PipelineFilter, Scope, Write};
use domain::dataset::Dataset;
use domain::deployment::Deployment;
use domain::job::JobKind;
use domain::model::Model;
use domain::pipeline::{Pipeline, PipelineState};
use domain::{CourseId, DatasetId, PipelineId, UserId};
use std::fmt::{Debug, Display};
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    pages_hold_every_row_once(store).await;
    pipelines_are_filtered(store).await;
}

/// Checks that pages of every size, put together, give `expected`.
async fn pages<T, I: Debug + PartialEq>(
    expected: &[I],
    id: impl Fn(&T) -> I,
    list: impl AsyncFn(Page) -> crate::Result<PageOf<T>>,
) {
    for limit in [1, 2, 3, 6, 7, 100] {
        let (mut seen, mut page) = (Vec::new(), Page::first(limit));
        loop {
            let read = list(page.clone()).await.unwrap();
            assert!(
                read.items.len() <= limit as usize,
                "a page holds at most {limit}"
            );
            seen.extend(read.items.iter().map(&id));
            let Some(next) = read.next else { break };
            assert!(!read.items.is_empty(), "a page before another is not empty");
            page = Page {
                limit,
                before: Some(next),
            };
        }
        assert_eq!(seen, expected, "in pages of {limit}");
    }
}

/// Pages hold every row of an owner once, newest first, and the last one says so.
pub async fn pages_hold_every_row_once(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (mut datasets, mut pipelines) = (Vec::new(), Vec::new());
    let (mut models, mut deployments) = (Vec::new(), Vec::new());
    for number in 0..6 {
        let (set, profile) = desk.new_dataset().await;
        let run = desk.insert_on(set.id).await;
        let trained = model(desk.owner, run, number);
        let deployed = deployment(desk.owner, run, &fresh_name());
        let writes = vec![
            Write::Model(Box::new(trained.clone())),
            Write::Deploy(deployed.clone()),
        ];
        desk.finish(&profile, writes).await;
        datasets.insert(0, set.id);
        pipelines.insert(0, run);
        models.insert(0, trained.id);
        deployments.insert(0, deployed.id);
    }
    let mine = &Scope::Owner(desk.owner);
    pages(
        &datasets,
        |row: &Dataset| row.id,
        async |page| store.datasets(mine, &page).await,
    )
    .await;
    pages(
        &models,
        |row: &Model| row.id,
        async |page| store.models(mine, &page).await,
    )
    .await;
    pages(
        &deployments,
        |row: &Deployment| row.id,
        async |page| store.deployments(mine, &page).await,
    )
    .await;
    let filter = &PipelineFilter::all(mine.clone());
    pages(
        &pipelines,
        |row: &Pipeline| row.id,
        async |page| store.pipelines(filter, &page).await,
    )
    .await;
    let nobody = &Scope::Owner(UserId::new());
    assert_eq!(
        store.datasets(nobody, &all_of_it()).await.unwrap().items,
        []
    );
    assert_eq!(store.models(nobody, &all_of_it()).await.unwrap().items, []);
    assert_eq!(
        store.deployments(nobody, &all_of_it()).await.unwrap().items,
        []
    );
    // Ids sort by age, so the newest of all are those that were just stored.
    let newest = &Page::first(6);
    let all = store.datasets(&Scope::All, newest).await.unwrap().items;
    assert_eq!(text(all.iter().map(|row| row.id)), text(datasets.iter()));
    let all = store.models(&Scope::All, newest).await.unwrap().items;
    assert_eq!(text(all.iter().map(|row| row.id)), text(models.iter()));
    let all = store.deployments(&Scope::All, newest).await.unwrap().items;
    assert_eq!(text(all.iter().map(|row| row.id)), text(deployments.iter()));
    for id in pipelines {
        desk.cancel(id).await;
    }
}

fn text(ids: impl Iterator<Item = impl Display>) -> Vec<String> {
    ids.map(|id| id.to_string()).collect()
}

/// Filters of pipelines are all true at once; a scope is never widened by the owner asked for.
pub async fn pipelines_are_filtered(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let course = CourseId::new();
    let mut made: Vec<(PipelineId, UserId, DatasetId)> = Vec::new();
    for owner in [desk.owner, desk.other] {
        let set = dataset(owner);
        let profile = profile_job(owner, set.id, 1);
        store.insert_dataset(&set, &profile).await.unwrap();
        for in_course in [false, true] {
            let mut new = pipeline(owner, set.id);
            new.spec.course_id = in_course.then_some(course);
            let advance = desk.advance(new.id);
            made.push((new.id, owner, set.id));
            let new = NewPipeline {
                pipeline: new,
                advance,
            };
            store.insert_pipeline(&new).await.unwrap();
        }
    }
    desk.cancel(made[0].0).await;
    let listed = async |filter: &PipelineFilter| {
        let page = store.pipelines(filter, &all_of_it()).await.unwrap();
        let mut ids: Vec<PipelineId> = page.items.iter().map(|row| row.id).collect();
        for row in &page.items {
            assert_eq!(row.stages.len(), 6, "a list tells all stages");
        }
        ids.reverse();
        ids
    };
    let mine = PipelineFilter::all(Scope::Owner(desk.owner));
    assert_eq!(listed(&mine).await, [made[0].0, made[1].0]);
    let of_course = PipelineFilter {
        course: Some(course),
        ..PipelineFilter::all(Scope::All)
    };
    assert_eq!(listed(&of_course).await, [made[1].0, made[3].0]);
    let on_dataset = PipelineFilter {
        dataset: Some(made[2].2),
        ..of_course.clone()
    };
    assert_eq!(listed(&on_dataset).await, [made[3].0]);
    let cancelled = PipelineFilter {
        state: Some(PipelineState::Cancelled),
        ..mine.clone()
    };
    assert_eq!(listed(&cancelled).await, [made[0].0]);
    let asked = PipelineFilter {
        owner: Some(desk.other),
        ..PipelineFilter::all(Scope::All)
    };
    assert_eq!(listed(&asked).await, [made[2].0, made[3].0]);
    let wider = PipelineFilter {
        owner: Some(desk.other),
        ..mine.clone()
    };
    assert_eq!(listed(&wider).await, [], "others' things stay out of sight");
    for (id, ..) in made {
        desk.cancel(id).await;
    }
    for kind in [JobKind::Profile, JobKind::Advance] {
        while let Some(claim) = desk.claim(kind).await {
            desk.finish(&claim.job, Vec::new()).await;
        }
    }
}
