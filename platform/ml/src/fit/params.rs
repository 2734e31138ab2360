//! Reading an algorithm's parameters, with defaults and ranges.

use super::FitError;
use domain::study::Params;
use std::ops::RangeInclusive;

/// Reads parameters one by one; [`Reader::finish`] refuses those that nobody has read, so that a
/// misspelt name is an error and not a silent default.
pub(crate) struct Reader<'p> {
    algorithm: &'static str,
    params: &'p Params,
    known: Vec<&'static str>,
}

impl<'p> Reader<'p> {
    pub fn new(algorithm: &'static str, params: &'p Params) -> Self {
        Self {
            algorithm,
            params,
            known: Vec::new(),
        }
    }

    pub fn float(
        &mut self,
        name: &'static str,
        default: f64,
        range: RangeInclusive<f64>,
    ) -> Result<f64, FitError> {
        self.known.push(name);
        let Some(given) = self.params.0.get(name) else {
            return Ok(default);
        };
        let value = self.params.float(name);
        value.filter(|value| range.contains(value)).ok_or_else(|| {
            let (low, high) = (range.start(), range.end());
            self.wrong(name, format!("{given:?} is no number from {low} to {high}"))
        })
    }

    pub fn int(
        &mut self,
        name: &'static str,
        default: usize,
        range: RangeInclusive<usize>,
    ) -> Result<usize, FitError> {
        self.known.push(name);
        let Some(given) = self.params.0.get(name) else {
            return Ok(default);
        };
        let value = self.params.int(name).and_then(|v| usize::try_from(v).ok());
        value.filter(|value| range.contains(value)).ok_or_else(|| {
            let (low, high) = (range.start(), range.end());
            let reason = format!("{given:?} is no whole number from {low} to {high}");
            self.wrong(name, reason)
        })
    }

    pub fn choice(
        &mut self,
        name: &'static str,
        choices: &[&'static str],
    ) -> Result<&'static str, FitError> {
        self.known.push(name);
        let Some(given) = self.params.0.get(name) else {
            return Ok(choices[0]);
        };
        let text = self.params.text(name);
        let found = choices.iter().find(|choice| text == Some(**choice));
        found.copied().ok_or_else(|| {
            let choices = choices.join(", ");
            self.wrong(name, format!("{given:?} is none of {choices}"))
        })
    }

    pub fn finish(self) -> Result<(), FitError> {
        let unknown = |name: &&String| !self.known.contains(&name.as_str());
        match self.params.0.keys().find(unknown) {
            None => Ok(()),
            Some(name) => {
                let known = self.known.join(", ");
                Err(self.wrong(name, format!("there is none; known are {known}")))
            }
        }
    }

    fn wrong(&self, name: &str, reason: String) -> FitError {
        FitError::Params {
            algorithm: self.algorithm,
            name: name.to_owned(),
            reason,
        }
    }
}
