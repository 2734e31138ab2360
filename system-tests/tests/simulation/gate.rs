//! The gate before every call to a port: a call waits there until the scheduler lets it pass, loses
//! it on its way, or loses its answer.

use crate::lock;
use ports::store::Commit;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is made.
    Made,
    /// It never arrives.
    Lost,
    /// It is made, and its answer is lost.
    Unanswered,
}

/// A call that waits.
#[derive(Clone)]
pub struct Ticket {
    pub number: u64,
    pub process: usize,
    pub operation: &'static str,
    /// What it would commit: it may be on its way when its process dies.
    pub commit: Option<Commit>,
}

#[derive(Default)]
pub struct Gate(Mutex<Calls>);

#[derive(Default)]
struct Calls {
    is_open: bool,
    next: u64,
    waiting: BTreeMap<u64, (Ticket, Waker)>,
    decided: BTreeMap<u64, Verdict>,
}

impl Gate {
    /// Waits at the gate.
    pub fn pass(
        &self,
        process: usize,
        operation: &'static str,
        commit: Option<&Commit>,
    ) -> Pass<'_> {
        let ticket = Ticket {
            number: 0,
            process,
            operation,
            commit: commit.cloned(),
        };
        Pass {
            gate: self,
            ticket: Some(ticket),
            number: None,
        }
    }

    /// The calls of these processes that wait, oldest first.
    pub fn waiting(&self, is_meant: impl Fn(usize) -> bool) -> Vec<(u64, &'static str)> {
        let calls = lock(&self.0);
        let meant = calls
            .waiting
            .iter()
            .filter(|(_, (ticket, _))| is_meant(ticket.process));
        meant
            .map(|(number, (ticket, _))| (*number, ticket.operation))
            .collect()
    }

    /// What these processes would commit.
    pub fn commits_of(&self, process: usize) -> Vec<Commit> {
        let calls = lock(&self.0);
        let theirs = calls
            .waiting
            .values()
            .filter(|(ticket, _)| ticket.process == process);
        theirs
            .filter_map(|(ticket, _)| ticket.commit.clone())
            .collect()
    }

    /// Says what becomes of a call.
    pub fn decide(&self, number: u64, verdict: Verdict) {
        let mut calls = lock(&self.0);
        if let Some((_, waker)) = calls.waiting.remove(&number) {
            calls.decided.insert(number, verdict);
            drop(calls);
            waker.wake();
        }
    }

    /// From now on every call passes.
    pub fn open(&self) {
        lock(&self.0).is_open = true;
        for (number, _) in self.waiting(|_| true) {
            self.decide(number, Verdict::Made);
        }
    }
}

/// A call on its way through the gate.
pub struct Pass<'a> {
    gate: &'a Gate,
    ticket: Option<Ticket>,
    number: Option<u64>,
}

impl Future for Pass<'_> {
    type Output = Verdict;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Verdict> {
        let mut calls = lock(&self.gate.0);
        if let Some(mut ticket) = self.ticket.take() {
            if calls.is_open {
                return Poll::Ready(Verdict::Made);
            }
            calls.next += 1;
            ticket.number = calls.next;
            self.number = Some(ticket.number);
            calls
                .waiting
                .insert(ticket.number, (ticket, context.waker().clone()));
            return Poll::Pending;
        }
        let verdict = self.number.and_then(|number| calls.decided.remove(&number));
        match verdict {
            Some(verdict) => {
                self.number = None;
                Poll::Ready(verdict)
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let mut calls = lock(&self.gate.0);
            calls.waiting.remove(&number);
            calls.decided.remove(&number);
        }
    }
}
