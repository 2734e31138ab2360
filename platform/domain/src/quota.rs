//! How much somebody, or a course, may use.

use crate::{Failure, FailureKind, PipelineId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What may be used; nothing where there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quota {
    /// Seconds that workers may work within [`WINDOW_HOURS`], all of them together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_seconds: Option<u64>,
    /// Bytes of datasets and models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_bytes: Option<u64>,
    /// Pipelines that have not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipelines: Option<u32>,
    /// Requests for predictions in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predictions: Option<u32>,
}

/// The hours over which work counts.
pub const WINDOW_HOURS: i64 = 24;

/// What is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Seconds that workers have worked within [`WINDOW_HOURS`].
    pub work_seconds: u64,
    /// Bytes of datasets and models.
    pub storage_bytes: u64,
    /// Pipelines that have not ended.
    pub pipelines: u64,
}

/// Whose quota it is, for the refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The caller's own.
    Own,
    /// That of the course.
    Course,
}

impl Quota {
    /// This quota, with what it leaves open as `usual` has it.
    #[must_use]
    pub fn or(self, usual: Self) -> Self {
        Self {
            work_seconds: self.work_seconds.or(usual.work_seconds),
            storage_bytes: self.storage_bytes.or(usual.storage_bytes),
            pipelines: self.pipelines.or(usual.pipelines),
            predictions: self.predictions.or(usual.predictions),
        }
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses one more pipeline where that would be too much.
    pub fn one_more_pipeline(&self, used: &Usage, whose: Whose) -> Result<(), Failure> {
        if let Some(most) = self.pipelines
            && used.pipelines >= u64::from(most)
        {
            let text = match whose {
                Whose::Own => format!(
                    "You have {} pipelines that have not ended; your quota is {most}. Wait for one \
                     of them, or cancel one.",
                    used.pipelines
                ),
                Whose::Course => format!(
                    "The course has {} pipelines that have not ended; its quota is {most}. Wait for \
                     one of them.",
                    used.pipelines
                ),
            };
            let code = whose.code("quota.pipelines", "quota.course_pipelines");
            return Err(refusal(code, text, used.pipelines, u64::from(most)));
        }
        if let Some(most) = self.work_seconds
            && used.work_seconds >= most
        {
            let whose_is = whose.code("Your", "The course's");
            let text = format!(
                "{whose_is} quota of {most} seconds of work in {WINDOW_HOURS} hours is used up. Try \
                 again later, or ask an administrator for more."
            );
            let code = whose.code("quota.work", "quota.course_work");
            return Err(refusal(code, text, used.work_seconds, most));
        }
        Ok(())
    }

    /// Refuses so many more bytes where that would be too much.
    pub fn more_bytes(&self, used: &Usage, bytes: u64, whose: Whose) -> Result<(), Failure> {
        let Some(most) = self.storage_bytes else {
            return Ok(());
        };
        if used.storage_bytes.saturating_add(bytes) <= most {
            return Ok(());
        }
        let whose_is = whose.code("Your", "The course's");
        let text = format!(
            "{whose_is} quota of {most} bytes leaves no room for this file: {} are used. Delete \
             datasets or pipelines, or ask an administrator for more.",
            used.storage_bytes
        );
        let code = whose.code("quota.storage", "quota.course_storage");
        Err(refusal(code, text, used.storage_bytes, most))
    }
}

impl Whose {
    fn code(self, own: &'static str, course: &'static str) -> &'static str {
        match self {
            Self::Own => own,
            Self::Course => course,
        }
    }
}

fn refusal(code: &str, text: String, used: u64, most: u64) -> Failure {
    Failure::new(FailureKind::RateLimited, code, text)
        .with("used", used)
        .with("quota", most)
}

/// A pipeline that no worker has begun with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub pipeline: PipelineId,
    /// Whose it is.
    pub owner: UserId,
}

/// Who waits, and who is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// The pipelines that wait, oldest first.
    pub waiting: Vec<Waiting>,
    /// How many jobs of each owner run.
    pub running: Vec<(UserId, u64)>,
}

impl Queue {
    /// The place of each pipeline that waits, from 1: workers take from whoever has fewest jobs
    /// running, then the oldest. An estimate: it takes what waits now for all there will be.
    /// O(n²) for n pipelines that wait.
    #[must_use]
    pub fn places(&self) -> HashMap<PipelineId, u64> {
        let mut busy: HashMap<UserId, u64> = self.running.iter().copied().collect();
        let mut left = self.waiting.clone();
        let mut places = HashMap::with_capacity(left.len());
        let jobs = |busy: &HashMap<UserId, u64>, owner| busy.get(&owner).copied().unwrap_or(0);
        for place in 1.. {
            let next = (0..left.len()).min_by_key(|at| (jobs(&busy, left[*at].owner), *at));
            let Some(next) = next.map(|at| left.remove(at)) else {
                break;
            };
            *busy.entry(next.owner).or_default() += 1;
            places.insert(next.pipeline, place);
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual() {
        let usual = Quota {
            pipelines: Some(3),
            storage_bytes: Some(100),
            ..Quota::default()
        };
        let own = Quota {
            pipelines: Some(9),
            ..Quota::default()
        };
        let both = own.or(usual);
        assert_eq!((both.pipelines, both.storage_bytes), (Some(9), Some(100)));
        assert_eq!(both.work_seconds, None);
        assert!(Quota::default().is_open() && !own.is_open());
    }

    #[test]
    fn a_quota_refuses_what_is_beyond_it_and_says_whose_it_is() {
        let quota = Quota {
            work_seconds: Some(60),
            storage_bytes: Some(1_000),
            pipelines: Some(2),
            predictions: None,
        };
        let used = |pipelines, work_seconds| Usage {
            work_seconds,
            storage_bytes: 900,
            pipelines,
        };
        let code = |done: Result<(), Failure>| done.err().map(|failure| failure.message.code);
        assert_eq!(
            code(quota.one_more_pipeline(&used(1, 59), Whose::Own)),
            None
        );
        let many = code(quota.one_more_pipeline(&used(2, 0), Whose::Own));
        assert_eq!(many.as_deref(), Some("quota.pipelines"));
        let work = code(quota.one_more_pipeline(&used(0, 60), Whose::Course));
        assert_eq!(work.as_deref(), Some("quota.course_work"));
        assert_eq!(code(quota.more_bytes(&used(0, 0), 100, Whose::Own)), None);
        let bytes = code(quota.more_bytes(&used(0, 0), 101, Whose::Own));
        assert_eq!(bytes.as_deref(), Some("quota.storage"));
        let open = Quota::default();
        assert_eq!(
            code(open.one_more_pipeline(&used(9, 9_999), Whose::Own)),
            None
        );
        assert_eq!(
            code(open.more_bytes(&used(0, 0), u64::MAX, Whose::Own)),
            None
        );
    }

    #[test]
    fn whoever_has_nothing_running_comes_before_those_who_have() {
        let (ann, bob) = (UserId::new(), UserId::new());
        let of = |owner| Waiting {
            pipeline: PipelineId::new(),
            owner,
        };
        let waiting = [of(ann), of(ann), of(ann), of(bob)];
        let queue = Queue {
            waiting: waiting.to_vec(),
            running: vec![(ann, 1)],
        };
        let places = queue.places();
        let order = waiting.map(|one| places[&one.pipeline]);
        assert_eq!(order, [2, 3, 4, 1]);
        let fair = Queue {
            running: Vec::new(),
            ..queue
        };
        let places = fair.places();
        assert_eq!(waiting.map(|one| places[&one.pipeline]), [1, 3, 4, 2]);
    }
}
