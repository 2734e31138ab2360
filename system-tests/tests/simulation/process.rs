//! One process: its turns, each a future that is polled when its time comes.

use crate::hub::Hub;
use crate::stages::services;
use domain::job::JobKind;
use service_kit::{Settings, Turns};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// How long a lease holds.
pub const LEASE: Duration = Duration::from_secs(15);

/// Whether a task was woken since it was last polled.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    woken: Arc<Woken>,
}

pub struct Process {
    number: usize,
    generation: u32,
    /// What it handles.
    pub kinds: Vec<JobKind>,
    pub turns: Turns,
    tasks: Vec<Task>,
    /// It stands still: the machine sleeps, or swaps.
    pub is_frozen: bool,
}

impl Process {
    pub fn new(hub: &Arc<Hub>, number: usize, kinds: Vec<JobKind>) -> Self {
        Self {
            turns: turns(hub, number, 0, &kinds),
            number,
            generation: 0,
            kinds,
            tasks: Vec::new(),
            is_frozen: false,
        }
    }

    /// How the names of all its instances begin.
    pub fn prefix(&self) -> String {
        format!("p{}/", self.number)
    }

    /// It dies, and another one is started in its place.
    pub fn die(&mut self, hub: &Arc<Hub>) {
        self.tasks.clear();
        self.generation += 1;
        self.is_frozen = false;
        self.turns = turns(hub, self.number, self.generation, &self.kinds);
    }

    pub fn busy(&self) -> usize {
        self.tasks.len()
    }

    /// Begins a turn.
    pub fn begin(&mut self, turn: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(Task {
            future: Box::pin(turn),
            woken: Arc::new(Woken(AtomicBool::new(true))),
        });
    }

    /// Polls what was woken, in the order in which it was begun; whether anything was.
    pub fn run(&mut self) -> bool {
        let mut ran = false;
        let mut place = 0;
        while let Some(task) = self.tasks.get_mut(place) {
            if !task.woken.0.swap(false, Ordering::Relaxed) {
                place += 1;
                continue;
            }
            ran = true;
            let waker = Waker::from(Arc::clone(&task.woken));
            match task.future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(()) => drop(self.tasks.remove(place)),
                Poll::Pending => place += 1,
            }
        }
        ran
    }
}

fn turns(hub: &Arc<Hub>, number: usize, generation: u32, kinds: &[JobKind]) -> Turns {
    let settings = Settings {
        lease: LEASE,
        timer: hub.timer.clone(),
        ..Settings::new(format!("p{number}/{generation}"), 2)
    };
    let services = services(hub, number, kinds);
    Turns::new(hub.ports(number), hub.clock.clone(), services, settings)
}
