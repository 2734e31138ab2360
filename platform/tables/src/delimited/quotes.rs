//! Finds quotes that are closed amid a value, which the `csv` crate accepts without a word.
//!
//! `"x` in one row and `"z` in a later one make one long value of the rows between them: a table
//! with rows missing, unless somebody looks at what follows the closing quote.

use domain::dataset::FormatOptions;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Before the first byte of a value.
    Start,
    /// In a value that is not quoted: quotes are letters there.
    Plain,
    Quoted,
    /// After a quote in a quoted value: it closes, or the next one doubles it.
    Closing,
    /// After a closing quote and a space.
    Closed,
}

/// Passes a text on and remembers where the first such quote stands.
pub(super) struct Checked<R> {
    inner: R,
    quote: Option<u8>,
    delimiter: u8,
    state: State,
    read: u64,
    broken: Rc<Cell<Option<u64>>>,
}

impl<R> Checked<R> {
    pub(super) fn new(inner: R, options: &FormatOptions) -> Self {
        let byte = |c: Option<char>| c.and_then(|c| u8::try_from(c).ok());
        Self {
            inner,
            quote: byte(options.quote),
            delimiter: byte(options.delimiter).unwrap_or(b','),
            state: State::Start,
            read: 0,
            broken: Rc::default(),
        }
    }

    /// Where in the text, once it was read that far, the first such quote stands.
    pub(super) fn broken(&self) -> Rc<Cell<Option<u64>>> {
        Rc::clone(&self.broken)
    }

    fn look(&mut self, chunk: &[u8], quote: u8) {
        let ends = |byte: u8| byte == self.delimiter || byte == b'\n' || byte == b'\r';
        let is_open = matches!(self.state, State::Quoted | State::Closing | State::Closed);
        if !is_open && !chunk.contains(&quote) {
            // Most files have no quotes at all.
            if let Some(last) = chunk.last() {
                self.state = if ends(*last) {
                    State::Start
                } else {
                    State::Plain
                };
            }
            return;
        }
        let mut state = self.state;
        for (at, &byte) in (self.read..).zip(chunk) {
            state = match state {
                State::Start if byte == quote => State::Quoted,
                State::Start | State::Plain if ends(byte) => State::Start,
                State::Start | State::Plain => State::Plain,
                State::Quoted if byte == quote => State::Closing,
                State::Quoted => State::Quoted,
                State::Closing if byte == quote => State::Quoted,
                State::Closing | State::Closed if ends(byte) => State::Start,
                State::Closing | State::Closed if byte == b' ' || byte == b'\t' => State::Closed,
                State::Closing | State::Closed => {
                    if self.broken.get().is_none() {
                        self.broken.set(Some(at));
                    }
                    State::Plain
                }
            };
        }
        self.state = state;
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(quote) = self.quote {
            self.look(&buffer[..count], quote);
        }
        self.read += count as u64;
        Ok(count)
    }
}
