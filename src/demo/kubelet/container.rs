//! One container: pulled, started, ready, ended, started again; each step at its own time, said in events.
//!
//! It knows nothing of its pod but what it is told ([`Around`]), and steps through the past as through the present: what is due is done at the
//! time it was due, so a kubelet that looks late sees what one that looks often would have seen.

use super::behaviour::{Behaviour, How, Pull, Ready};
use crate::demo::events::Level;
use crate::demo::object::{self, Object, at, flag, number, text};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Which of a pod's containers it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Init,
    /// An init container that stays (`restartPolicy: Always`).
    Sidecar,
    Main,
}

/// Where it is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Waiting,
    Pulling,
    PullFailed,
    PullBackOff,
    Starting,
    Running,
    Ended,
    BackOff,
}

/// When a container may be started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    Always,
    OnFailure,
    Never,
}

impl Restart {
    /// Of a pod.
    pub fn of(pod: &Object) -> Self {
        match text(pod, "spec/restartPolicy") {
            "Never" => Self::Never,
            "OnFailure" => Self::OnFailure,
            _ => Self::Always,
        }
    }
}

/// How it ended once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub code: i64,
    pub started: Timestamp,
    pub finished: Timestamp,
    /// `Completed`, `Error`, `OOMKilled`.
    pub reason: &'static str,
    /// Which run it was, from zero.
    pub run: i64,
}

/// Something to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub at: Timestamp,
    pub level: Level,
    pub reason: &'static str,
    pub message: String,
    /// The container's place in the pod, `spec.containers{web}`.
    pub field: String,
    pub times: i64,
}

/// What a container is told of its pod and node.
#[derive(Debug)]
pub struct Around<'a> {
    /// `web-1_shop(uid)`.
    pub pod: &'a str,
    pub node: &'a str,
    /// Pod's address, for what its probes say.
    pub ip: &'a str,
    pub restart: Restart,
    /// By node: what was pulled already.
    pub images: &'a mut BTreeSet<(String, String)>,
    pub notes: &'a mut Vec<Note>,
    /// Nothing that nags is said before this.
    pub nag_from: Timestamp,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Container {
    pub name: String,
    pub image: String,
    pub role: Role,
    pub step: Step,
    /// When its next step is due.
    pub due: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub ready: bool,
    pub restarts: i64,
    pub end: Option<Ending>,
    pub last: Option<Ending>,
    pub backoff: i64,
    pub failed_pulls: i64,
    pub stopping: bool,
    pub behaviour: Behaviour,
    ready_at: Option<Timestamp>,
    end_at: Option<Timestamp>,
    nag_at: Option<Timestamp>,
    probe_delay: i64,
    probe: String,
    always_pulled: bool,
    seed: u64,
}

/// What a crash loop waits at most, and after how long a run it is forgiven (kubelet's `MaxContainerBackOff`).
const MAX_BACKOFF: i64 = 300;
const FORGIVEN: SignedDuration = SignedDuration::from_mins(10);
/// Unready containers are probed each ten seconds; it is said once a minute.
const NAG: SignedDuration = SignedDuration::from_mins(1);

impl Container {
    /// A container of a pod, not begun.
    pub fn new(pod: &Object, spec: &Object, role: Role) -> Self {
        let name = text(spec, "name").to_owned();
        let mut behaviour = Behaviour::of(pod, spec);
        if role == Role::Init && behaviour.end.is_none() {
            behaviour.end =
                Some(super::behaviour::End { after: SignedDuration::from_secs(2), how: How::Exit(0), times: 0 });
        }
        let image = text(spec, "image").to_owned();
        let policy = text(spec, "imagePullPolicy");
        let latest = image.ends_with(":latest") || !image.rsplit('/').next().unwrap_or_default().contains(':');
        Self {
            seed: dice(&(object::uid(pod), &name)),
            always_pulled: policy == "Always" || (policy.is_empty() && latest),
            probe_delay: number(spec, "readinessProbe/initialDelaySeconds")
                + number(spec, "startupProbe/initialDelaySeconds"),
            probe: probe(spec),
            name,
            image,
            role,
            behaviour,
            step: Step::Waiting,
            due: None,
            started: None,
            ready: false,
            restarts: 0,
            end: None,
            last: None,
            backoff: 0,
            failed_pulls: 0,
            stopping: false,
            ready_at: None,
            end_at: None,
            nag_at: None,
        }
    }

    /// Takes up what its status says that it has been through.
    pub fn adopt(&mut self, status: &Object, restart: Restart, now: Timestamp) {
        self.restarts = number(status, "restartCount");
        self.backoff = match self.restarts {
            0 => 0,
            n => (10 << (n - 1).min(5)).min(MAX_BACKOFF),
        };
        let crashed = text(status, "state/waiting/reason") == "CrashLoopBackOff";
        self.last = ending(at(status, "lastState/terminated"), self.restarts - i64::from(!crashed));
        let state = at(status, "state");
        if let Some(started) = object::moment(state, "running/startedAt") {
            self.run(started);
            self.ready = flag(status, "ready");
            self.schedule();
        } else if let Some(end) = ending(at(state, "terminated"), self.restarts) {
            self.step = Step::Ended;
            self.due = self.restarts_after(&end, restart).then_some(now);
            self.end = Some(end);
        } else if crashed {
            self.step = Step::BackOff;
            let since = self.last.as_ref().map_or(now, |last| last.finished);
            self.due = Some(after(since, SignedDuration::from_secs(self.backoff)));
        }
    }

    /// It has done what an init container is for: it ended well, or, as a sidecar, it runs.
    pub fn lets_others_begin(&self) -> bool {
        match self.role {
            Role::Sidecar => self.step == Step::Running,
            _ => self.has_ended() && self.end.as_ref().is_some_and(|end| end.code == 0),
        }
    }

    /// Since when it is ready.
    pub fn ready_since(&self) -> Option<Timestamp> {
        self.ready_at.filter(|_| self.ready)
    }

    /// It ended and stays so.
    pub fn has_ended(&self) -> bool {
        self.step == Step::Ended && self.due.is_none()
    }

    /// Tells it to stop.
    pub fn stop(&mut self, now: Timestamp, grace: SignedDuration, around: &mut Around<'_>) {
        if self.stopping {
            return;
        }
        self.stopping = true;
        if self.step != Step::Running {
            self.due = None;
            return;
        }
        self.note(around, now, Level::Normal, "Killing", format!("Stopping container {}", self.name));
        let takes = if self.behaviour.ignores_term { grace } else { self.spread("stop", 800, 2000).min(grace) };
        self.due = Some(after(now, takes));
    }

    /// Does the step that is due.
    pub fn step(&mut self, now: Timestamp, around: &mut Around<'_>) {
        self.due = None;
        match self.step {
            Step::Waiting | Step::PullBackOff => self.pull(now, around),
            Step::Pulling => self.pulled(now, around),
            Step::PullFailed => self.back_off_pulling(now, around),
            Step::Starting => {
                self.note(around, now, Level::Normal, "Created", "Container created".to_owned());
                self.note(around, now, Level::Normal, "Started", "Container started".to_owned());
                self.run(now);
            }
            Step::Running => self.go_on(now, around),
            Step::Ended => self.start_again(now, around),
            Step::BackOff => {
                self.backoff = (self.backoff * 2).min(MAX_BACKOFF);
                self.again(now, around);
            }
        }
    }

    fn pull(&mut self, now: Timestamp, around: &mut Around<'_>) {
        let known = around.images.contains(&(around.node.to_owned(), self.image.clone()));
        if known && !self.always_pulled && self.behaviour.pull.is_none() {
            return self.start(now, around);
        }
        self.note(around, now, Level::Normal, "Pulling", format!("Pulling image {:?}", self.image));
        self.step = Step::Pulling;
        self.due = Some(after(now, self.pull_takes(known)));
    }

    fn pull_takes(&self, known: bool) -> SignedDuration {
        match self.behaviour.pull {
            Some(Pull::Takes(takes)) => takes,
            _ if known => self.spread("pull", 200, 700),
            _ => self.spread("pull", 1000, 4000),
        }
    }

    fn pulled(&mut self, now: Timestamp, around: &mut Around<'_>) {
        if self.behaviour.pull == Some(Pull::Fails) {
            self.failed_pulls += 1;
            let failed = format!("Failed to pull image {:?}: {}", self.image, self.pull_error());
            self.note(around, now, Level::Warning, "Failed", failed);
            self.note(around, now, Level::Warning, "Failed", "Error: ErrImagePull".to_owned());
            self.step = Step::PullFailed;
            self.due = Some(after(now, SignedDuration::from_secs(3)));
            return;
        }
        let known = !around.images.insert((around.node.to_owned(), self.image.clone()));
        let took = go_seconds(self.pull_takes(known));
        let size = 18_000_000 + dice(&self.image) % 160_000_000;
        let message = format!(
            "Successfully pulled image {:?} in {took} ({took} including waiting). Image size: {size} bytes.",
            self.image
        );
        self.note(around, now, Level::Normal, "Pulled", message);
        self.starting(now);
    }

    fn back_off_pulling(&mut self, now: Timestamp, around: &mut Around<'_>) {
        self.note(around, now, Level::Normal, "BackOff", format!("Back-off pulling image {:?}", self.image));
        self.note(around, now, Level::Warning, "Failed", "Error: ImagePullBackOff".to_owned());
        self.step = Step::PullBackOff;
        let wait = (10 << (self.failed_pulls - 1).clamp(0, 5)).min(MAX_BACKOFF);
        self.due = Some(after(now, SignedDuration::from_secs(wait)));
    }

    /// containerd's words for an image that is not there.
    pub fn pull_error(&self) -> String {
        let full = full_image(&self.image);
        format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": {full}: not found"
        )
    }

    /// Starts it from an image that is there.
    fn start(&mut self, now: Timestamp, around: &mut Around<'_>) {
        let message =
            format!("Container image {:?} already present on machine and can be accessed by the pod", self.image);
        self.note(around, now, Level::Normal, "Pulled", message);
        self.starting(now);
    }

    fn starting(&mut self, now: Timestamp) {
        self.step = Step::Starting;
        self.failed_pulls = 0;
        self.due = Some(after(now, self.behaviour.start.unwrap_or_else(|| self.spread("start", 100, 900))));
    }

    fn run(&mut self, now: Timestamp) {
        self.step = Step::Running;
        self.started = Some(now);
        self.end = None;
        self.ready = false;
        self.ready_at = match self.behaviour.ready {
            Some(Ready::Never) => None,
            Some(Ready::After(delay)) => Some(after(now, delay)),
            None => Some(after(now, SignedDuration::from_secs(self.probe_delay))),
        };
        self.nag_at = (self.behaviour.ready == Some(Ready::Never)).then(|| after(now, SignedDuration::from_secs(10)));
        let end = self.behaviour.end.filter(|end| end.times == 0 || self.restarts < end.times);
        self.end_at = end.map(|end| after(now, end.after));
        if self.ready_at == Some(now) {
            self.ready = true;
        }
        self.schedule();
    }

    fn schedule(&mut self) {
        let ready_at = self.ready_at.filter(|_| !self.ready);
        self.due = [ready_at, self.end_at, self.nag_at].into_iter().flatten().min();
    }

    fn go_on(&mut self, now: Timestamp, around: &mut Around<'_>) {
        if self.stopping {
            let ending = if self.behaviour.ignores_term { (137, "Error") } else { (0, "Completed") };
            return self.ended(now, ending, None);
        }
        if self.end_at.is_some_and(|end| end <= now) {
            let ending = match self.behaviour.end.map(|end| end.how) {
                Some(How::OutOfMemory) => (137, "OOMKilled"),
                Some(How::Exit(code)) if code != 0 => (code, "Error"),
                _ => (0, "Completed"),
            };
            return self.ended(now, ending, Some(around.restart));
        }
        if self.ready_at.is_some_and(|ready| ready <= now) {
            self.ready = true;
        }
        if self.nag_at.is_some_and(|nag| nag <= now) {
            self.nag(now, around);
        }
        self.schedule();
    }

    fn nag(&mut self, now: Timestamp, around: &mut Around<'_>) {
        let message = self.probe.replace("$IP", around.ip);
        self.note(around, now, Level::Warning, "Unhealthy", message);
        if let Some(note) = around.notes.last_mut() {
            note.times = 6;
        }
        self.nag_at = Some(after(now, NAG).max(around.nag_from));
    }

    fn ended(&mut self, now: Timestamp, (code, reason): (i64, &'static str), restart: Option<Restart>) {
        let started = self.started.unwrap_or(now);
        let end = Ending { code, started, finished: now, reason, run: self.restarts };
        if now.duration_since(started) >= FORGIVEN {
            self.backoff = 0;
        }
        self.step = Step::Ended;
        self.ready = false;
        let again = restart.is_some_and(|restart| self.restarts_after(&end, restart));
        self.due = again.then(|| after(now, SignedDuration::from_secs(1)));
        self.end = Some(end);
    }

    fn restarts_after(&self, end: &Ending, restart: Restart) -> bool {
        match (self.role, restart) {
            (Role::Sidecar, _) => true,
            (Role::Main, Restart::Always) => true,
            (_, Restart::Never) => false,
            (Role::Init, _) | (_, Restart::OnFailure) => end.code != 0,
        }
    }

    fn start_again(&mut self, now: Timestamp, around: &mut Around<'_>) {
        if self.backoff == 0 {
            self.backoff = 10;
            return self.again(now, around);
        }
        let message = format!("Back-off restarting failed container {} in pod {}", self.name, around.pod);
        self.note(around, now, Level::Warning, "BackOff", message);
        if let Some(note) = around.notes.last_mut() {
            note.times = (self.backoff / 12).max(1);
        }
        self.step = Step::BackOff;
        self.last = self.end.take();
        let since = self.last.as_ref().map_or(now, |last| last.finished);
        self.due = Some(after(since, SignedDuration::from_secs(self.backoff)));
    }

    fn again(&mut self, now: Timestamp, around: &mut Around<'_>) {
        self.last = self.end.take().or(self.last.take());
        self.restarts += 1;
        self.start(now, around);
    }

    fn note(&self, around: &mut Around<'_>, at: Timestamp, level: Level, reason: &'static str, message: String) {
        let place = if self.role == Role::Main { "containers" } else { "initContainers" };
        let field = format!("spec.{place}{{{}}}", self.name);
        around.notes.push(Note { at, level, reason, message, field, times: 1 });
    }

    /// Some time between, always the same for the same run of the same container.
    fn spread(&self, what: &str, from: i64, to: i64) -> SignedDuration {
        let thrown = dice(&(self.seed, self.restarts, what)) % u64::try_from(to - from).unwrap_or(1).max(1);
        SignedDuration::from_millis(from + i64::try_from(thrown).unwrap_or_default())
    }

    /// As a runtime names it.
    pub fn id(&self, run: i64) -> String {
        let parts: Vec<String> = (0..4).map(|n| format!("{:016x}", dice(&(self.seed, run, n)))).collect();
        format!("containerd://{}", parts.concat())
    }

    pub fn image_id(&self) -> String {
        let (repository, _) = split_tag(&self.image);
        let parts: Vec<String> = (0..4).map(|n| format!("{:016x}", dice(&(&self.image, n)))).collect();
        format!("{}@sha256:{}", full_repository(repository), parts.concat())
    }
}

fn after(at: Timestamp, takes: SignedDuration) -> Timestamp {
    at.saturating_add(takes).unwrap_or(at)
}

/// What a failing readiness probe says (`$IP` for the pod's address).
fn probe(spec: &Object) -> String {
    let (http, tcp) = (at(spec, "readinessProbe/httpGet"), at(spec, "readinessProbe/tcpSocket"));
    if !http.is_null() {
        return "Readiness probe failed: HTTP probe failed with statuscode: 503".to_owned();
    }
    if !tcp.is_null() {
        let port = number(tcp, "port");
        return format!("Readiness probe failed: dial tcp $IP:{port}: connect: connection refused");
    }
    "Readiness probe failed: ".to_owned()
}

fn ending(status: &Object, run: i64) -> Option<Ending> {
    let finished = object::moment(status, "finishedAt")?;
    let reason = match text(status, "reason") {
        "Completed" => "Completed",
        "OOMKilled" => "OOMKilled",
        _ => "Error",
    };
    let started = object::moment(status, "startedAt").unwrap_or(finished);
    Some(Ending { code: number(status, "exitCode"), started, finished, reason, run })
}

/// A number that is always the same for the same thing.
pub fn dice(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// As Go prints a duration in the kubelet's pull events: milliseconds below a second.
fn go_seconds(took: SignedDuration) -> String {
    let millis = took.as_millis();
    if millis < 1000 {
        return format!("{millis}ms");
    }
    let fraction = format!("{:03}", millis % 1000);
    match fraction.trim_end_matches('0') {
        "" => format!("{}s", millis / 1000),
        fraction => format!("{}.{fraction}s", millis / 1000),
    }
}

fn split_tag(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (image, "latest"),
    }
}

fn full_repository(repository: &str) -> String {
    match repository.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) => repository.to_owned(),
        Some(_) => format!("docker.io/{repository}"),
        None => format!("docker.io/library/{repository}"),
    }
}

/// An image with its registry and tag.
pub fn full_image(image: &str) -> String {
    let (repository, tag) = split_tag(image);
    format!("{}:{tag}", full_repository(repository))
}
