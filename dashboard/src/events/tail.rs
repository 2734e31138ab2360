//! Reads each new event once, for all sockets of the process.

use super::hub::News;
use crate::dto::event::EventView;
use crate::find::levels;
use crate::state::Gateway;
use domain::access::{Holding, Noun};
use domain::event::{Event, EventKind};
use domain::pipeline::PipelineState;
use domain::{DatasetId, PipelineId, Timestamp};
use ports::bus::{Notice, Watched};
use ports::store::{Page, PipelineFilter, Scope};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// Rows that are read at once.
const BATCH: u32 = 500;
/// Pipelines of one state that are looked at without a notice.
const MOST_POLLED: u32 = 200;
/// How often pipelines that run are looked at without a notice.
const POLL: Duration = Duration::from_secs(2);
/// More pipelines than this are not kept in mind.
const MOST_KEPT: usize = 10_000;

/// Where the telling of one pipeline stands.
#[derive(Debug)]
struct Tail {
    /// Who may hear of it.
    holding: Arc<Holding>,
    seq: u64,
    over: bool,
}

/// What is told, and since when; empty while nobody listens.
#[derive(Debug, Default)]
struct Tails {
    since: Option<Timestamp>,
    pipelines: HashMap<PipelineId, Tail>,
}

/// Follows the pipelines of the site while anybody listens, until the shutdown.
pub async fn tail(gateway: Gateway) {
    let mut notices = gateway.hub.notices();
    let mut tails = Tails::default();
    let mut tick = tokio::time::interval(POLL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let heard = tokio::select! {
            () = gateway.shutdown.cancelled() => return,
            heard = notices.recv() => Some(heard),
            _ = tick.tick() => None,
        };
        if gateway.hub.news.receiver_count() == 0 {
            tails = Tails::default();
            continue;
        }
        let told = match heard {
            Some(Ok(Watched::Notice(Notice::Pipeline(id)))) => tails.follow(&gateway, id).await,
            Some(Ok(Watched::Notice(Notice::Dataset(id)))) => tell_dataset(&gateway, id).await,
            Some(Ok(Watched::Notice(_))) => Ok(()),
            Some(Ok(Watched::Lagged) | Err(RecvError::Lagged(_))) => {
                // Notices of datasets cannot be made up for: every page asks anew.
                drop(gateway.hub.news.send(News::Gap));
                tails.poll(&gateway).await
            }
            Some(Err(RecvError::Closed)) => return,
            None => tails.poll(&gateway).await,
        };
        if let Err(error) = told {
            tracing::debug!(error = error.chain(), "live events cannot be read");
        }
    }
}

impl Tails {
    /// Tells what is new about one pipeline.
    async fn follow(&mut self, gateway: &Gateway, id: PipelineId) -> ports::Result<()> {
        let store = &gateway.ports.store;
        let since = match self.since {
            Some(since) => since,
            // The first socket was opened at most one poll ago.
            None => Timestamp(store.now().await?.0 - micros(POLL)),
        };
        self.since = Some(since);
        if !self.pipelines.contains_key(&id) {
            let Some(pipeline) = store.pipeline(id).await? else {
                return Ok(());
            };
            if self.pipelines.len() >= MOST_KEPT {
                self.pipelines.retain(|_, tail| !tail.over);
            }
            let shares = store.shares(Noun::Pipeline, &[id.to_string()]).await?;
            let holding = Holding {
                owner: pipeline.owner,
                course: pipeline.spec.course_id,
                shares: levels(&shares),
            };
            let tail = Tail {
                holding: Arc::new(holding),
                seq: 0,
                over: false,
            };
            self.pipelines.insert(id, tail);
        }
        let Some(tail) = self.pipelines.get_mut(&id) else {
            return Ok(());
        };
        loop {
            let events = store.events(id, tail.seq, BATCH).await?;
            let whole = events.len() < BATCH as usize;
            for event in events {
                tail.seq = event.seq;
                if let Some(over) = ends(&event) {
                    tail.over = over;
                }
                if event.at >= since {
                    tell(gateway, &tail.holding, &json!(EventView::from(event)));
                }
            }
            if whole {
                return Ok(());
            }
        }
    }

    /// Pipelines are shared, and no longer shared, while they are told of.
    async fn look_who_may_hear(
        &mut self,
        gateway: &Gateway,
        wanted: &[PipelineId],
    ) -> ports::Result<()> {
        let known = wanted.iter().filter(|id| self.pipelines.contains_key(id));
        let ids: Vec<String> = known.map(PipelineId::to_string).collect();
        let shares = gateway.ports.store.shares(Noun::Pipeline, &ids).await?;
        for id in wanted {
            if let Some(tail) = self.pipelines.get_mut(id) {
                let id = id.to_string();
                let theirs = shares.iter().filter(|share| share.thing == id);
                let shares = theirs.map(|share| (share.with, share.level)).collect();
                if tail.holding.shares != shares {
                    let (owner, course) = (tail.holding.owner, tail.holding.course);
                    tail.holding = Arc::new(Holding {
                        owner,
                        course,
                        shares,
                    });
                }
            }
        }
        Ok(())
    }

    /// Looks at everything that has not ended, in case a notice was lost.
    async fn poll(&mut self, gateway: &Gateway) -> ports::Result<()> {
        let open = self.pipelines.iter().filter(|(_, tail)| !tail.over);
        let mut wanted: Vec<PipelineId> = open.map(|(id, _)| *id).collect();
        for state in [PipelineState::Running, PipelineState::Queued] {
            let filter = PipelineFilter {
                state: Some(state),
                ..PipelineFilter::all(Scope::All)
            };
            let page = gateway
                .ports
                .store
                .pipelines(&filter, &Page::first(MOST_POLLED))
                .await?;
            let new = page.items.iter().map(|pipeline| pipeline.id);
            wanted.extend(new.filter(|id| !self.pipelines.contains_key(id)));
        }
        self.look_who_may_hear(gateway, &wanted).await?;
        for id in wanted {
            self.follow(gateway, id).await?;
        }
        Ok(())
    }
}

/// Whether the event ends its pipeline, or begins it again after a retry.
fn ends(event: &Event) -> Option<bool> {
    if event.what.kind != EventKind::Pipeline {
        return None;
    }
    let state = event.what.data.get("state")?.as_str()?;
    state.parse().ok().map(PipelineState::is_final)
}

async fn tell_dataset(gateway: &Gateway, id: DatasetId) -> ports::Result<()> {
    if let Some(dataset) = gateway.ports.store.dataset(id).await? {
        let state = dataset.current.state;
        let news = json!({ "kind": "dataset", "dataset_id": id, "state": state });
        let asked = [id.to_string()];
        let shares = gateway.ports.store.shares(Noun::Dataset, &asked).await?;
        let holding = Holding {
            owner: dataset.owner,
            course: dataset.course,
            shares: levels(&shares),
        };
        tell(gateway, &Arc::new(holding), &news);
    }
    Ok(())
}

fn tell(gateway: &Gateway, holding: &Arc<Holding>, news: &serde_json::Value) {
    // Nobody listening any more is no error.
    drop(gateway.hub.news.send(News::Tell {
        holding: Arc::clone(holding),
        json: news.to_string().into(),
    }));
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::event::NewEvent;

    #[test]
    fn an_end_may_be_followed_by_a_new_beginning() {
        let event = |kind, state: &str| Event {
            seq: 1,
            pipeline_id: PipelineId::new(),
            at: Timestamp(0),
            what: NewEvent::new(kind, None, json!({ "state": state })),
        };
        assert_eq!(ends(&event(EventKind::Pipeline, "failed")), Some(true));
        assert_eq!(ends(&event(EventKind::Pipeline, "running")), Some(false));
        assert_eq!(ends(&event(EventKind::Stage, "failed")), None);
    }
}
