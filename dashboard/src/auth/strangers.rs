//! Refusals of callers who are not known, for the audit: whoever knocks without end must not fill it.

use domain::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many are noted in a minute by each process; the next that is noted says how many were not.
const MOST: u32 = 60;
const MINUTE: Duration = Duration::from_secs(60);

/// How many were noted in this minute.
#[derive(Debug, Default)]
pub struct Strangers(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    begun: Timestamp,
    noted: u32,
    left_out: u64,
}

impl Strangers {
    /// Whether a refusal now is to be noted; then how many before it were not.
    pub fn note(&self, now: Timestamp) -> Option<u64> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(minute.begun) >= MINUTE {
            minute.begun = now;
            minute.noted = 0;
        }
        if minute.noted >= MOST {
            minute.left_out += 1;
            return None;
        }
        minute.noted += 1;
        Some(std::mem::take(&mut minute.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_room_for_some_and_the_rest_are_counted() {
        let strangers = Strangers::default();
        let now = Timestamp(1_700_000_000_000_000);
        let noted = (0..100).filter_map(|_| strangers.note(now)).count();
        assert_eq!(noted, 60);
        let later = now.after(MINUTE);
        assert_eq!(strangers.note(later), Some(40));
        assert_eq!(strangers.note(later), Some(0));
    }
}
