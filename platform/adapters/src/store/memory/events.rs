//! Events, spans and trials: what is told about a pipeline.

use super::kept::Kept;
use super::refusal::{Outcome, Refusal};
use super::rows::{EventRow, SpanRow, TrialRow};
use super::state::{State, of};
use domain::event::{Event, NewEvent};
use domain::pipeline::Span;
use domain::study::{Trial, TrialState};
use domain::{Message, PipelineId, SpanId, Timestamp};

impl State {
    /// Appends an event. Events go with their pipeline alone, so the last one tells the number.
    pub(super) fn append(
        &mut self,
        pipeline: PipelineId,
        what: NewEvent,
        at: Timestamp,
    ) -> Outcome<()> {
        if !self.pipelines.has(&pipeline) {
            return Err(Refusal::NoRow);
        }
        let last = self.events.range(of::<_, u64>(pipeline)).next_back();
        let seq = last.map_or(1, |((_, seq), _)| seq + 1);
        self.events.insert((pipeline, seq), EventRow { at, what })
    }

    /// What refers to a pipeline needs it.
    pub(super) fn must_have(&self, pipeline: PipelineId) -> Outcome<()> {
        if self.pipelines.has(&pipeline) {
            Ok(())
        } else {
            Err(Refusal::Dangling)
        }
    }

    /// Draws or ends a bar.
    pub(super) fn put_span(&mut self, pipeline: PipelineId, span: &Span) -> Outcome<()> {
        self.must_have(pipeline)?;
        let key = (pipeline, span.id);
        let drawn = self.spans.get(&key).map(|row| row.start);
        let row = SpanRow {
            start: drawn.unwrap_or(span.start),
            span: span.clone(),
        };
        self.spans.put(key, row);
        Ok(())
    }

    /// Stores or replaces a trial.
    pub(super) fn put_trial(&mut self, pipeline: PipelineId, trial: &Trial) -> Outcome<()> {
        self.must_have(pipeline)?;
        let row = TrialRow {
            state: trial.state,
            trial: Kept::new(trial)?,
        };
        self.trials.put((pipeline, trial.number), row);
        Ok(())
    }

    /// Ends trials that nobody will compute any more: one, or all that are open.
    pub(super) fn end_trials(
        &mut self,
        pipeline: PipelineId,
        number: Option<u32>,
        state: TrialState,
        error: Option<&Message>,
        now: Timestamp,
    ) -> Outcome<()> {
        let open = |row: &TrialRow| matches!(row.state, TrialState::Queued | TrialState::Running);
        let mut ended = Vec::new();
        for (_, row) in self.trials.range(of::<_, u32>(pipeline)) {
            if !open(row) {
                continue;
            }
            let trial = row.trial.read()?;
            if number.is_none_or(|number| number == trial.number) {
                ended.push(Trial {
                    state,
                    error: error.cloned(),
                    finished_at: Some(now),
                    ..trial.clone()
                });
            }
        }
        ended
            .iter()
            .try_for_each(|trial| self.put_trial(pipeline, trial))
    }

    pub(super) fn events(&self, id: PipelineId, after: u64, limit: u32) -> Vec<Event> {
        let Some(next) = after.checked_add(1) else {
            return Vec::new();
        };
        let events = self.events.range((id, next)..=(id, u64::MAX));
        let event = |(key, row): (&(PipelineId, u64), &EventRow)| Event {
            seq: key.1,
            pipeline_id: id,
            at: row.at,
            what: row.what.clone(),
        };
        events.map(event).take(limit as usize).collect()
    }

    pub(super) fn timeline(&self, id: PipelineId) -> Vec<Span> {
        let mut rows: Vec<&SpanRow> = self
            .spans
            .range(of::<_, SpanId>(id))
            .map(|(_, row)| row)
            .collect();
        // Bars of one moment stay in the order of their ids.
        rows.sort_by_key(|row| row.start);
        rows.into_iter().map(|row| row.span.clone()).collect()
    }

    pub(super) fn trials(&self, id: PipelineId) -> Outcome<Vec<Trial>> {
        let rows = self.trials.range(of::<_, u32>(id));
        rows.map(|(_, row)| row.trial.read().cloned()).collect()
    }
}
