//! One history: a world of a few processes, the harm that is done to it, and the peace after it.

use crate::gate::Verdict;
use crate::hub::Hub;
use crate::mutants::Mutant;
use crate::people::People;
use crate::process::{LEASE, Process};
use crate::watch::KINDS;
use crate::{laws, lock, now};
use domain::job::JobKind;
use ports::bus::Notice;
use ports::store::{ClaimFilter, Commit, Jobs, Outbox, Upkeep};
use std::sync::Arc;
use std::time::Duration;
use system_tests::Chance;

/// Rounds of peace after which nothing can be left to do.
const ROUNDS: usize = 2_000;
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
/// Turns that a process has at once.
const AT_ONCE: usize = 6;
/// Turns of one kind in one round of peace.
const MOST_AT_ONCE: usize = 64;

/// What came of a history in which every law held.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub claims: u64,
    pub commits: u64,
    pub fenced: u64,
    pub deaths: u64,
    pub faults: u64,
}

impl Told {
    pub fn add(&mut self, other: &Self) {
        self.claims += other.claims;
        self.commits += other.commits;
        self.fenced += other.fenced;
        self.deaths += other.deaths;
        self.faults += other.faults;
    }
}

/// How much harm is done, in thousandths of the occasions.
struct Weather {
    lost: usize,
    unanswered: usize,
    deaths: usize,
    jumps: usize,
    set_back: usize,
    freezes: usize,
    people: usize,
}

impl Weather {
    fn draw(chance: &mut Chance) -> Self {
        // A calm world gets further, a stormy one knows more misfortune.
        let force = chance.below(4);
        let mut up_to = |most: usize| chance.below(most * force + 1);
        Self {
            lost: up_to(30),
            unanswered: up_to(30),
            deaths: up_to(4),
            jumps: up_to(6),
            set_back: up_to(3),
            freezes: up_to(16),
            people: 5 + up_to(10),
        }
    }
}

pub struct World {
    hub: Arc<Hub>,
    chance: Chance,
    weather: Weather,
    processes: Vec<Process>,
    people: People,
    /// Commits whose sender died while they were on their way.
    on_their_way: Vec<Commit>,
    time_went_back: bool,
    told: Told,
    /// Says what happens.
    is_loud: bool,
}

/// Plays the history of this seed; the law that was broken, if one was.
pub fn play(seed: u64, mutant: Option<Mutant>, is_loud: bool) -> Result<Told, String> {
    let mut world = World::new(seed, mutant, is_loud);
    let steps = 100 + world.chance.below(1_400);
    for step in 0..steps {
        world.turn();
        if step % 8 == 0 {
            world.look();
        }
        world.lawful()?;
    }
    world.peace()?;
    world.lawful()?;
    laws::check(&world.hub, &world.people, world.time_went_back)?;
    let watch = lock(&world.hub.watch);
    Ok(Told {
        claims: watch.claims,
        commits: watch.commits,
        fenced: watch.fenced,
        ..world.told
    })
}

impl World {
    fn new(seed: u64, mutant: Option<Mutant>, is_loud: bool) -> Self {
        let hub = Hub::new(seed, mutant);
        let mut chance = Chance::new(seed);
        let weather = Weather::draw(&mut chance);
        let people = People::new(&mut chance, &hub);
        // Two processes decide, and every kind has one to three that do it.
        let count = 2 + chance.below(4);
        let mut kinds = vec![Vec::new(); count];
        for kind in KINDS {
            let least = if kind == JobKind::Advance { 2 } else { 1 };
            let replicas = least.max(1 + chance.below(count.min(3)));
            let first = chance.below(count);
            (first..first + replicas).for_each(|place| kinds[place % count].push(kind));
        }
        let processes = kinds.into_iter().enumerate();
        Self {
            processes: processes
                .map(|(n, kinds)| Process::new(&hub, n, kinds))
                .collect(),
            hub,
            chance,
            weather,
            people,
            on_their_way: Vec::new(),
            time_went_back: false,
            told: Told::default(),
            is_loud,
        }
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.is_loud {
            println!("{}", what());
        }
    }

    fn lawful(&self) -> Result<(), String> {
        lock(&self.hub.watch).broken.clone().map_or(Ok(()), Err)
    }

    fn look(&self) {
        let jobs = self.hub.store.all_jobs();
        lock(&self.hub.watch).look(&jobs);
    }

    /// One thing happens.
    fn turn(&mut self) {
        let weather = &self.weather;
        let (die, jump, back) = (weather.deaths, weather.jumps, weather.set_back);
        let (freeze, people) = (weather.freezes, weather.people);
        if self.chance.in_thousand(die) {
            let process = self.chance.below(self.processes.len());
            self.kill(process);
        } else if self.chance.in_thousand(jump) {
            let by = self.chance.millis(5_000, 30_000);
            self.pass(by);
        } else if self.chance.in_thousand(back) {
            self.set_back();
        } else if self.chance.in_thousand(freeze) {
            let process = self.chance.below(self.processes.len());
            self.processes[process].is_frozen ^= true;
            self.say(|| format!("{process} frozen: {}", self.processes[process].is_frozen));
        } else if self.chance.in_thousand(people) {
            self.people.act(&mut self.chance, &self.hub);
        } else {
            match self.chance.below(100) {
                0..58 => self.serve(),
                58..78 => self.begin(),
                78..86 => self.deliver(),
                86..98 => {
                    let by = self.chance.millis(1, 400);
                    self.pass(by);
                }
                _ => self.arrive(),
            }
        }
        self.run();
    }

    /// A call at the gate is decided.
    fn serve(&mut self) {
        let frozen: Vec<bool> = self.processes.iter().map(|p| p.is_frozen).collect();
        let waiting = self.hub.gate.waiting(|process| !frozen[process]);
        let Some((ticket, operation)) = self.chance.one_of(&waiting).copied() else {
            return self.begin();
        };
        let verdict = if self.chance.in_thousand(self.weather.lost) {
            Verdict::Lost
        } else if self.chance.in_thousand(self.weather.unanswered) {
            Verdict::Unanswered
        } else {
            Verdict::Made
        };
        self.told.faults += u64::from(verdict != Verdict::Made);
        self.say(|| format!("{operation} {ticket}: {verdict:?}"));
        self.hub.gate.decide(ticket, verdict);
    }

    /// A process begins a turn of one of its loops.
    fn begin(&mut self) {
        let process = self.chance.below(self.processes.len());
        let what = self.chance.below(20);
        let Some(kind) = self.chance.one_of(&self.processes[process].kinds).copied() else {
            return;
        };
        let Self { processes, .. } = self;
        let process = &mut processes[process];
        if process.is_frozen || process.busy() >= AT_ONCE {
            return;
        }
        let turns = process.turns.clone();
        match what {
            0 => process.begin(async move { turns.suspects().await }),
            1 => process.begin(async move { drop(turns.reconcile().await) }),
            2 => process.begin(async move { drop(turns.sweep().await) }),
            3..7 => process.begin(async move { drop(turns.relay().await) }),
            _ => process.begin(async move { _ = turns.work(kind).await }),
        }
    }

    /// A message reaches somebody, or nobody, or reaches him twice. Any may come first.
    fn deliver(&mut self) {
        let mail = &self.hub.mail;
        let waiting = lock(mail).len();
        if waiting == 0 {
            return self.begin();
        }
        let place = self.chance.below(waiting);
        let fate = self.chance.below(10);
        let notice = if fate == 0 {
            lock(mail)[place].clone()
        } else {
            lock(mail).swap_remove(place)
        };
        if fate == 1 {
            return;
        }
        match notice {
            Notice::Work(kind) => {
                let able = |process: &&mut Process| {
                    let has_place = !process.is_frozen && process.busy() < AT_ONCE;
                    has_place && process.kinds.contains(&kind)
                };
                let mut able: Vec<_> = self.processes.iter_mut().filter(able).collect();
                if !able.is_empty() {
                    let process = self.chance.below(able.len());
                    let turns = able[process].turns.clone();
                    able[process].begin(async move { _ = turns.work(kind).await });
                }
            }
            Notice::Pipeline(id) => self.processes.iter().for_each(|p| p.turns.told(id)),
            _ => {}
        }
    }

    /// Time passes.
    fn pass(&mut self, by: Duration) {
        self.say(|| format!("{by:?} pass"));
        self.hub.clock.advance(by);
        self.hub.timer.advance(by);
    }

    /// The store's clock is put right.
    fn set_back(&mut self) {
        let by = self.chance.millis(1, 2_000);
        self.say(|| format!("the store's clock goes back by {by:?}"));
        self.hub.stores.set_back(by);
        self.time_went_back = true;
    }

    /// A commit arrives whose sender is dead.
    fn arrive(&mut self) {
        if let Some(commit) = self.on_their_way.pop() {
            self.say(|| format!("the commit of {} arrives late", commit.job));
            // Nobody is there to hear the answer.
            drop(now(self.hub.commit(&commit)));
        }
    }

    /// A process dies, and is started again. Its calls may still be on their way.
    fn kill(&mut self, process: usize) {
        self.say(|| format!("{process} dies"));
        self.told.deaths += 1;
        let commits = self.hub.gate.commits_of(process);
        if self.chance.below(2) == 0 {
            self.on_their_way.extend(commits);
        }
        self.processes[process].die(&self.hub);
        // Where the folder is locked, the next instance frees the leases of the former one.
        if self.chance.below(3) == 0 {
            let prefix = self.processes[process].prefix();
            now(self.hub.store.free_leases(&prefix)).unwrap();
        }
    }

    /// Runs every process that can go on, and ends those that a job has killed.
    fn run(&mut self) {
        loop {
            let mut ran = false;
            for process in &mut self.processes {
                ran |= !process.is_frozen && process.run();
            }
            let killed = std::mem::take(&mut *lock(&self.hub.killed));
            for process in &killed {
                self.kill(*process);
            }
            if !ran && killed.is_empty() {
                return;
            }
        }
    }

    /// No more harm is done: everybody works until nothing is left to do.
    fn peace(&mut self) -> Result<(), String> {
        self.say(|| "peace".to_owned());
        while !self.on_their_way.is_empty() {
            self.arrive();
        }
        while self.people.wishes > 0 {
            self.people.ask(&mut self.chance, &self.hub);
        }
        self.processes
            .iter_mut()
            .for_each(|process| process.is_frozen = false);
        self.hub.gate.open();
        self.run();
        for _ in 0..ROUNDS {
            let before = self.commits();
            self.round();
            self.look();
            self.lawful()?;
            if self.is_over() {
                // What has no owner is left alone for a day after it was made, and ids are made by
                // the machine's clock, which is ahead of this world's.
                self.pass(10 * YEAR);
                self.sweep();
                return Ok(());
            }
            // Where nothing is done, something waits for a lease to end.
            let idle = self.commits() == before;
            let by = if idle {
                LEASE
            } else {
                Duration::from_millis(500)
            };
            self.pass(by);
            self.run();
        }
        Ok(())
    }

    fn commits(&self) -> u64 {
        lock(&self.hub.watch).commits
    }

    fn is_over(&self) -> bool {
        let open = self
            .hub
            .store
            .all_jobs()
            .iter()
            .any(|job| job.state.is_open());
        let counts = now(self.hub.store.pipeline_counts()).unwrap();
        let runs = counts
            .iter()
            .any(|(state, count)| !state.is_final() && *count > 0);
        let unsent = !now(self.hub.store.unsent(1)).unwrap().is_empty();
        !open && !runs && !unsent && self.processes.iter().all(|process| process.busy() == 0)
    }

    /// Every loop of every process has a turn; work is done as long as there is any.
    fn round(&mut self) {
        for place in 0..self.processes.len() {
            for kind in self.processes[place].kinds.clone() {
                // A parent that is woken for nothing would go on for ever.
                let mut turns = 0;
                while turns < MOST_AT_ONCE && self.has_work(place, kind) {
                    turns += 1;
                    self.give(place, |turns| async move { _ = turns.work(kind).await });
                }
            }
            self.give(place, |turns| async move { turns.suspects().await });
            self.give(place, |turns| async move { drop(turns.reconcile().await) });
            self.give(place, |turns| async move { drop(turns.relay().await) });
            lock(&self.hub.mail).clear();
        }
    }

    fn has_work(&self, process: usize, kind: JobKind) -> bool {
        let filter = ClaimFilter {
            kind,
            worker: self.processes[process].prefix(),
            lease: LEASE,
            suspects: false,
        };
        // What was left from before may hold every place.
        let busy = self.processes[process].busy();
        busy < MOST_AT_ONCE && now(self.hub.store.has_work(&filter)).unwrap()
    }

    fn give<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        process: usize,
        turn: impl FnOnce(service_kit::Turns) -> F,
    ) {
        let process = &mut self.processes[process];
        let turns = process.turns.clone();
        process.begin(turn(turns));
        self.run();
    }

    fn sweep(&mut self) {
        self.give(0, |turns| async move { drop(turns.sweep().await) });
    }
}
