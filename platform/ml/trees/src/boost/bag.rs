//! Which rows a round's trees see.

use crate::dataset::Dataset;
use crate::params::BoostParams;
use crate::rng::{self, Stream};

pub(super) struct Bag {
    /// Rows of positive weight; `None` is all.
    base: Option<Vec<u32>>,
    rows: usize,
    fraction: f64,
    /// Rounds between draws; 0 never draws.
    every: usize,
    drawn: Option<(usize, Vec<u32>, Vec<u32>)>,
}

impl Bag {
    pub fn new(data: &Dataset, params: &BoostParams) -> Self {
        let base = data.weighted_rows();
        Self {
            rows: base.as_ref().map_or(data.rows(), Vec::len),
            base,
            fraction: params.bagging_fraction,
            every: if params.bags() {
                params.bagging_freq
            } else {
                0
            },
            drawn: None,
        }
    }

    pub fn is_random(&self) -> bool {
        self.every > 0
    }

    /// Prepares the rows of a round; the same rows for the rounds of one period.
    pub fn draw(&mut self, seed: u64, round: usize) {
        let Some(turn) = round.checked_div(self.every) else {
            return;
        };
        if self.drawn.as_ref().is_some_and(|drawn| drawn.0 == turn) {
            return;
        }
        let take = ((self.rows as f64 * self.fraction).round() as usize).max(1);
        let mut rng = rng::generator(seed, Stream::Bagging, turn as u64, 0);
        let places = rng::sample(&mut rng, self.rows, take);
        let mut chosen = places.iter().copied().peekable();
        let (mut inside, mut outside) = (Vec::with_capacity(take), Vec::new());
        for place in 0..self.rows as u32 {
            let row = self
                .base
                .as_ref()
                .map_or(place, |base| base[place as usize]);
            match chosen.next_if_eq(&place) {
                Some(_) => inside.push(row),
                None => outside.push(row),
            }
        }
        self.drawn = Some((turn, inside, outside));
    }

    /// Rows the trees learn from, ascending; `None` is all of the matrix.
    pub fn inside(&self) -> Option<&[u32]> {
        match &self.drawn {
            Some((_, inside, _)) => Some(inside),
            None => self.base.as_deref(),
        }
    }

    /// Rows left out by chance, whose scores must follow all the same.
    pub fn outside(&self) -> &[u32] {
        self.drawn.as_ref().map_or(&[], |drawn| &drawn.2)
    }
}
