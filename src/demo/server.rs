//! The embedded cluster's server: connections, the clock, the life that goes on. Of Kubernetes it knows nothing but [`api::answer`].
//!
//! A [`Cluster`] is shared by its connections. Its time is a first moment and what tokio's clock has counted since, so that a test's paused time is
//! the cluster's. Somebody must await [`Cluster::run`], else nothing happens in it by itself. It is reached in memory by a
//! [`Connector`], or on loopback by what [`loopback`] opens.

mod answer;
mod connection;
mod connector;
mod faults;
pub mod loopback;

pub use connector::Connector;
pub use faults::{Credential, Faults, Reach};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::api::{self, Answer, Asked};
use super::life::Life;
use super::world::World;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// A cluster that is there, or is being made.
pub type Soon = Shared<BoxFuture<'static, Arc<Cluster>>>;

/// Makes a cluster beside what else goes on, and lets it live from then on.
pub fn soon(make: impl FnOnce() -> Arc<Cluster> + Send + 'static) -> Soon {
    let making = tokio::task::spawn_blocking(make);
    let cluster = async move {
        // It fails only when the program ends.
        let Ok(cluster) = making.await else { return std::future::pending().await };
        live(cluster.clone());
        cluster
    };
    let cluster = cluster.boxed().shared();
    // Shared futures are driven by who waits for them, and nobody may.
    drop(tokio::spawn(cluster.clone()));
    cluster
}

/// Lets a cluster live beside what else goes on in the runtime.
pub fn live(cluster: Arc<Cluster>) {
    drop(tokio::spawn(async move { cluster.run().await }));
}

impl Cluster {
    /// How it can be reached for some time; then it is open again.
    pub fn reach_for(self: &Arc<Self>, reach: Reach, time: Duration) {
        self.set_faults(|faults| faults.reach = reach);
        if reach == Reach::Cut {
            self.cut();
        }
        let cluster = self.clone();
        drop(tokio::spawn(async move {
            tokio::time::sleep(time).await;
            cluster.set_faults(|faults| faults.reach = Reach::Open);
        }));
    }
}

/// Where nothing is due, it is looked after so long.
const CALM: Duration = Duration::from_secs(60);

/// A cluster that is alive. See the module.
pub struct Cluster {
    alive: Mutex<Alive>,
    /// The world's revision, for those who wait for changes.
    revision: watch::Sender<u64>,
    faults: watch::Sender<Faults>,
    /// Counts the cuts: a connection ends when it changes.
    cuts: watch::Sender<u64>,
    base: (Timestamp, Instant),
}

struct Alive {
    world: World,
    life: Life,
}

impl Cluster {
    /// Takes a world at its own time, and lets that run from now on.
    pub fn new(world: World, life: Life) -> Arc<Self> {
        Self::since(Instant::now(), world, life)
    }

    /// Takes a world whose time it was at that instant: making it took a while, and its clock is to be the user's.
    pub fn since(then: Instant, world: World, life: Life) -> Arc<Self> {
        let base = (world.now, then);
        let revision = watch::Sender::new(world.store.revision());
        let alive = Mutex::new(Alive { world, life });
        Arc::new(Self { alive, revision, faults: watch::Sender::default(), cuts: watch::Sender::default(), base })
    }

    /// Lives: does what is due, when it is due and when something changed. It never ends.
    pub async fn run(&self) {
        let mut changes = self.revision.subscribe();
        loop {
            let (next, seen) = self.with(|alive| (alive.life.step(&mut alive.world), alive.world.store.revision()));
            // What it changed itself it has seen; what another did meanwhile, not.
            if *changes.borrow_and_update() != seen {
                continue;
            }
            let next = next.map_or_else(|| Instant::now() + CALM, |due| self.instant(due));
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                () = sleep_until(next) => {}
            }
        }
    }

    /// Does something to the world, at its present time; those who wait for changes are told of them.
    pub fn act<T>(&self, what: impl FnOnce(&mut World) -> T) -> T {
        self.with(|alive| what(&mut alive.world))
    }

    /// Answers a request.
    pub fn answer(&self, asked: &Asked) -> Answer {
        self.act(|world| api::answer(world, asked))
    }

    fn with<T>(&self, what: impl FnOnce(&mut Alive) -> T) -> T {
        let mut alive = self.lock();
        alive.world.now = self.now().max(alive.world.now);
        let done = what(&mut alive);
        let revision = alive.world.store.revision();
        drop(alive);
        self.revision.send_if_modified(|own| std::mem::replace(own, revision) != revision);
        done
    }

    fn lock(&self) -> MutexGuard<'_, Alive> {
        // A slip in one request must not end the cluster.
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cluster's time.
    pub fn now(&self) -> Timestamp {
        let (first, since) = self.base;
        let elapsed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::ZERO);
        first.saturating_add(elapsed).unwrap_or(first)
    }

    /// When it will be that time. The past is now.
    fn instant(&self, at: Timestamp) -> Instant {
        let (first, since) = self.base;
        let after = Duration::try_from(at.duration_since(first)).unwrap_or(Duration::ZERO);
        // A moment too early would find nothing due.
        since.checked_add(after + Duration::from_millis(1)).unwrap_or(since)
    }

    /// What is wrong at present.
    pub fn faults(&self) -> Faults {
        self.faults.borrow().clone()
    }

    /// Makes something go wrong, or well again.
    pub fn set_faults(&self, change: impl FnOnce(&mut Faults)) {
        self.faults.send_modify(change);
        if self.faults().reach == Reach::Cut {
            self.cut();
        }
    }

    /// Ends all connections that there are.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Forgets the history: watches must begin anew.
    pub fn compact(&self) {
        self.act(|world| world.store.compact());
    }
}
