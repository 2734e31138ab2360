//! What becomes of the stages of a pipeline that fails. Every store does as this says.

use crate::pipeline::{StageName, StageState};

/// The stages that end with the pipeline, each with the state in which it ends: the first shows why
/// when no stage has failed yet, and the others are not asked for any more. An open stage of a
/// pipeline that has ended would wait for ever, also after a retry.
#[must_use]
pub fn stages(stages: &[(StageName, StageState)]) -> Vec<(StageName, StageState)> {
    let has_failed = stages.iter().any(|(_, state)| *state == StageState::Failed);
    let mut open: Vec<_> = stages
        .iter()
        .filter(|(_, state)| !state.is_final())
        .map(|(name, _)| (*name, StageState::Skipped))
        .collect();
    open.sort();
    if let Some((_, first)) = open.first_mut().filter(|_| !has_failed) {
        *first = StageState::Failed;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_open_stage_says_why_unless_another_one_does() {
        use StageName::{Deploy, Prepare, Select};
        use StageState::{Failed, Pending, Running, Skipped, Succeeded};
        let begun = [(Select, Running), (Prepare, Succeeded), (Deploy, Pending)];
        assert_eq!(stages(&begun), [(Select, Failed), (Deploy, Skipped)]);
        let failed = [(Prepare, Failed), (Select, Pending)];
        assert_eq!(stages(&failed), [(Select, Skipped)]);
    }
}
