//! A pod on its node: which of its containers may begin, and when it is done or gone.

use super::container::{Around, Container, Restart, Role, Step, dice};
use crate::demo::object::{self, Object, at, items, number, text};
use jiff::{SignedDuration, Timestamp};

/// See the module.
#[derive(Clone, Debug)]
pub struct Body {
    pub uid: String,
    /// `web-1_shop(uid)`.
    pub named: String,
    pub node: String,
    pub ip: String,
    pub host_ip: String,
    pub restart: Restart,
    /// When the kubelet saw it first.
    pub start: Timestamp,
    /// When its sandbox is up: then containers begin.
    pub sandbox: Timestamp,
    /// Init containers first.
    pub containers: Vec<Container>,
    /// Up to which time it has lived.
    clock: Timestamp,
}

impl Body {
    /// A pod that was just bound to a node, or one that ran before the kubelet looked at it.
    pub fn new(pod: &Object, now: Timestamp) -> Self {
        let role = |spec: &Object| if text(spec, "restartPolicy") == "Always" { Role::Sidecar } else { Role::Init };
        let inits = items(pod, "spec/initContainers").iter().map(|spec| Container::new(pod, spec, role(spec)));
        let mains = items(pod, "spec/containers").iter().map(|spec| Container::new(pod, spec, Role::Main));
        let known = object::moment(pod, "status/startTime");
        let start = known.unwrap_or(now);
        let delay = 300 + i64::try_from(dice(&(object::uid(pod), "sandbox")) % 700).unwrap_or_default();
        let mut body = Self {
            uid: object::uid(pod).to_owned(),
            named: format!("{}_{}({})", object::name(pod), object::namespace(pod), object::uid(pod)),
            node: text(pod, "spec/nodeName").to_owned(),
            ip: text(pod, "status/podIP").to_owned(),
            host_ip: text(pod, "status/hostIP").to_owned(),
            restart: Restart::of(pod),
            start,
            sandbox: start.saturating_add(SignedDuration::from_millis(delay)).unwrap_or(start),
            containers: inits.chain(mains).collect(),
            clock: start,
        };
        if known.is_some() {
            body.adopt(pod, now);
        }
        body.let_begin(body.sandbox.max(body.clock));
        body
    }

    fn adopt(&mut self, pod: &Object, now: Timestamp) {
        let statuses =
            || items(pod, "status/initContainerStatuses").iter().chain(items(pod, "status/containerStatuses"));
        let restart = self.restart;
        for own in &mut self.containers {
            if let Some(status) = statuses().find(|status| text(status, "name") == own.name) {
                own.adopt(status, restart, now);
            }
        }
        self.clock = now;
    }

    /// When something happens in it next.
    pub fn due(&self) -> Option<Timestamp> {
        let sandbox = Some(self.sandbox).filter(|sandbox| *sandbox > self.clock);
        self.containers.iter().filter_map(|own| own.due).chain(sandbox).min()
    }

    /// Lives until `now`, each step at its own time.
    pub fn live(&mut self, now: Timestamp, around: &mut Around<'_>) {
        loop {
            let next = self.containers.iter_mut().filter(|own| own.due.is_some_and(|due| due <= now));
            let Some(own) = next.min_by_key(|own| own.due) else { break };
            let due = own.due.unwrap_or(now);
            own.step(due, around);
            self.clock = self.clock.max(due);
            self.let_begin(due);
            self.stop_sidecars(due, around);
        }
        self.clock = self.clock.max(now);
    }

    /// Tells all its containers to stop within its grace period.
    pub fn stop(&mut self, pod: &Object, now: Timestamp, around: &mut Around<'_>) {
        let grace = SignedDuration::from_secs(number(pod, "metadata/deletionGracePeriodSeconds").max(0));
        for own in &mut self.containers {
            own.stop(now, grace, around);
        }
    }

    /// Nothing of it runs any more.
    pub fn is_stopped(&self) -> bool {
        self.containers.iter().all(|own| own.step != Step::Running)
    }

    /// Init containers begin one after the other, the others together.
    fn let_begin(&mut self, now: Timestamp) {
        let stopping = self.containers.iter().any(|own| own.stopping);
        let waits = |own: &Container| own.step == Step::Waiting && own.due.is_none();
        if stopping {
            return;
        }
        for own in &mut self.containers {
            if own.role == Role::Main {
                break;
            }
            if waits(own) {
                own.due = Some(now);
            }
            if !own.lets_others_begin() {
                return;
            }
        }
        for own in self.containers.iter_mut().filter(|own| own.role == Role::Main && waits(own)) {
            own.due = Some(now);
        }
    }

    /// Sidecars end with the last of the others.
    fn stop_sidecars(&mut self, now: Timestamp, around: &mut Around<'_>) {
        let mut mains = self.containers.iter().filter(|own| own.role == Role::Main);
        if !mains.all(Container::has_ended) {
            return;
        }
        for own in self.containers.iter_mut().filter(|own| own.role == Role::Sidecar) {
            own.stop(now, SignedDuration::from_secs(30), around);
        }
    }

    /// Whether its sandbox is up.
    pub fn has_sandbox(&self) -> bool {
        self.sandbox <= self.clock && !(self.containers.iter().all(Container::has_ended))
    }

    /// Uses the address of its node.
    pub fn is_on_host(pod: &Object) -> bool {
        at(pod, "spec/hostNetwork").as_bool().unwrap_or_default()
    }
}
