//! What containers write: a pure function of pod, container, run and time; nothing is stored.
//!
//! Time is cut into slots, each of which has a line or not, so any stretch can be told without what was before it. As on a real node, what is
//! long ago has been rotated away.

mod templates;

use super::kubelet::behaviour::Behaviour;
use super::kubelet::container::dice;
use super::kubelet::container_spec;
use super::nodes;
use super::object::{self, Object, at, items, number, text};
use super::refusal::Refusal;
use super::world::World;
use jiff::{SignedDuration, Timestamp};
use templates::Template;

/// What is asked of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The only one, if it is empty.
    pub container: String,
    /// The run before this one.
    pub previous: bool,
    /// Lines after this.
    pub since: Option<Timestamp>,
    /// At most so many, the last ones.
    pub tail: Option<usize>,
    /// The caller writes each line's time before it.
    pub timestamps: bool,
    /// At most so many bytes, the first ones.
    pub limit: Option<usize>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Timestamp,
    pub text: String,
}

/// Slots that are kept: what is older was rotated away.
const KEPT: i64 = 5_000;

/// A run of a container: from when to when, and which.
struct Run<'a> {
    pod: &'a Object,
    container: &'a str,
    template: &'static Template,
    number: i64,
    start: Timestamp,
    end: Option<Timestamp>,
}

/// The lines that are asked for.
pub fn lines(world: &World, pod: &Object, ask: &Ask) -> Result<Vec<Line>, Refusal> {
    let container = chosen(pod, &ask.container)?;
    if text(pod, "spec/nodeName").is_empty() {
        return Ok(Vec::new());
    }
    reachable(world, pod, container)?;
    let run = run(pod, container, ask.previous)?;
    let mut lines = run.lines(world.now, ask.since);
    let surplus = ask.tail.map_or(0, |tail| lines.len().saturating_sub(tail));
    lines.drain(..surplus);
    if let Some(limit) = ask.limit {
        cut(&mut lines, limit);
    }
    Ok(lines)
}

/// When the next line after `after` comes, if the container goes on.
pub fn next(world: &World, pod: &Object, container: &str, after: Timestamp) -> Option<Timestamp> {
    let container = chosen(pod, container).ok()?;
    reachable(world, pod, container).ok()?;
    let run = run(pod, container, false).ok()?;
    if run.end.is_some() {
        return None;
    }
    let (first, slot) = (run.lines(after, None), run.slot(after));
    let begun = run.first(0).filter(|line| line.at > after).map(|line| line.at);
    if first.is_empty() && begun.is_some() {
        return begun;
    }
    (slot..slot + 100).filter_map(|slot| run.at(slot)).find(|at| *at > after)
}

/// The container that is meant (`validateContainer` in registry/core/pod/strategy.go).
fn chosen<'a>(pod: &'a Object, asked: &str) -> Result<&'a str, Refusal> {
    let name = object::name(pod);
    if !asked.is_empty() {
        let found = container_spec(pod, asked).map(|own| text(own, "name"));
        return found.ok_or_else(|| Refusal::bad_request(format!("container {asked} is not valid for pod {name}")));
    }
    let names = |path: &str| items(pod, path).iter().map(|own| text(own, "name")).collect::<Vec<_>>();
    if let [only] = names("spec/containers").as_slice() {
        return Ok(only);
    }
    let all = [names("spec/initContainers"), names("spec/containers")].concat().join(" ");
    let message = format!("a container name must be specified for pod {name}, choose one of: [{all}]");
    Err(Refusal::bad_request(message))
}

/// Logs come from the node, and a silent one does not answer.
fn reachable(world: &World, pod: &Object, container: &str) -> Result<(), Refusal> {
    let Some(node) = world.get("nodes", "", text(pod, "spec/nodeName")).filter(nodes::is_dead) else { return Ok(()) };
    let address = nodes::address(&node);
    let path = format!("{}/{}/{container}", object::namespace(pod), object::name(pod));
    let message = format!(
        "Get \"https://{address}:10250/containerLogs/{path}\": dial tcp {address}:10250: connect: no route to host"
    );
    Err(Refusal::new(500, "InternalError", message))
}

/// The run that is meant, or why there is none (kubelet's `validateContainerLogStatus`).
fn run<'a>(pod: &'a Object, container: &'a str, previous: bool) -> Result<Run<'a>, Refusal> {
    let name = object::name(pod);
    let all = items(pod, "status/containerStatuses").iter().chain(items(pod, "status/initContainerStatuses"));
    let status = all.into_iter().find(|own| text(own, "name") == container).unwrap_or(&serde_json::Value::Null);
    let restarts = number(status, "restartCount");
    let spec = container_spec(pod, container).unwrap_or(&serde_json::Value::Null);
    let template = templates::find(Behaviour::of(pod, spec).log.as_deref().unwrap_or(container));
    let made = |state: &Object, number: i64| {
        let start = object::moment(state, "startedAt")?;
        Some(Run { pod, container, template, number, start, end: object::moment(state, "finishedAt") })
    };
    let last = at(status, "lastState/terminated");
    let waits = !at(status, "state/waiting").is_null();
    if previous {
        let message = format!("previous terminated container {container:?} in pod {name:?} not found");
        return made(last, restarts - i64::from(!waits)).ok_or_else(|| Refusal::bad_request(message));
    }
    let now = made(at(status, "state/running"), restarts).or_else(|| made(at(status, "state/terminated"), restarts));
    // Between two runs the last one's is shown.
    now.or_else(|| made(last, restarts)).ok_or_else(|| {
        let why = match text(status, "state/waiting/reason") {
            "ErrImagePull" => "image can't be pulled",
            "ImagePullBackOff" => "trying and failing to pull image",
            "" => "ContainerCreating",
            reason => reason,
        };
        Refusal::bad_request(format!("container {container:?} in pod {name:?} is waiting to start: {why}"))
    })
}

impl Run<'_> {
    fn lines(&self, now: Timestamp, since: Option<Timestamp>) -> Vec<Line> {
        let until = self.end.unwrap_or(now).min(now);
        let kept = self.slot(until) - KEPT;
        let from = since.map_or(kept, |since| self.slot(since)).max(kept);
        let mut lines = Vec::new();
        if kept < 0 {
            lines.extend((0..self.template.first.len()).filter_map(|n| self.first(n)));
        }
        lines.extend((from.max(0)..=self.slot(until)).filter_map(|slot| self.line(slot)));
        if let Some(end) = self.end {
            let last = self.template.last.iter().zip(0..);
            lines.extend(last.map(|(text, n)| Line { at: end, text: self.filled(text, end, -100 - n) }));
        }
        lines.retain(|line| line.at <= until && since.is_none_or(|since| line.at > since));
        lines
    }

    /// One of the lines it begins with.
    fn first(&self, n: usize) -> Option<Line> {
        let slot = i64::try_from(n).ok()?;
        let at = self.start.saturating_add(SignedDuration::from_millis(20 + slot * 310)).ok()?;
        Some(Line { at, text: self.filled(self.template.first.get(n)?, at, -1 - slot) })
    }

    fn slot(&self, at: Timestamp) -> i64 {
        let since = at.duration_since(self.start).as_millis();
        i64::try_from(since).unwrap_or(0) / self.template.period.max(1)
    }

    /// When the line of a slot is written, if it has one.
    fn at(&self, slot: i64) -> Option<Timestamp> {
        let thrown = self.dice("at", slot);
        // The first slot belongs to the lines it begins with.
        if slot == 0 || thrown.is_multiple_of(4) || self.template.lines.is_empty() {
            return None;
        }
        let period = self.template.period;
        let within = i64::try_from(thrown >> 8).unwrap_or_default() % period.max(1);
        self.start.saturating_add(SignedDuration::from_millis(slot * period + within)).ok()
    }

    fn line(&self, slot: i64) -> Option<Line> {
        let at = self.at(slot)?;
        // The first of a template's lines are the most frequent.
        let count = self.template.lines.len();
        let pick = |salt: &str| usize::try_from(self.dice(salt, slot)).unwrap_or_default() % count;
        let text = self.template.lines.get(pick("one").min(pick("two")))?;
        Some(Line { at, text: self.filled(text, at, slot) })
    }

    fn dice(&self, what: &str, slot: i64) -> u64 {
        dice(&(object::uid(self.pod), self.container, self.number, what, slot))
    }

    fn filled(&self, text: &str, at: Timestamp, slot: i64) -> String {
        const PATHS: [&str; 6] = ["/", "/winter", "/articles/4711", "/api/cart", "/api/orders", "/search?q=boots"];
        const STATUS: [&str; 8] = ["200", "200", "200", "200", "304", "200", "404", "502"];
        let mut filled = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let thrown = self.dice(rest, slot);
            let one_of =
                |all: &[&'static str]| all.get(usize::try_from(thrown).unwrap_or_default() % all.len()).copied();
            let word = after.split_once('}').map(|(word, _)| word).unwrap_or_default();
            let value = match word {
                "ts" => at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
                "id" => format!("{:012x}", thrown >> 16),
                "ms" => (1 + thrown % 240).to_string(),
                "n" => (10 + thrown % 4_000).to_string(),
                "path" => one_of(&PATHS).unwrap_or_default().to_owned(),
                "status" => one_of(&STATUS).unwrap_or_default().to_owned(),
                "sku" => format!("SKU-{:05}", thrown % 48_211),
                "order" => format!("O-{:07}", 1_000_000 + thrown % 900_000),
                "ip" => format!("198.51.100.{}", 1 + thrown % 254),
                _ => {
                    filled.push('{');
                    rest = after;
                    continue;
                }
            };
            filled.push_str(&value);
            rest = after.get(word.len() + 1..).unwrap_or_default();
        }
        filled.push_str(rest);
        filled
    }
}

fn cut(lines: &mut Vec<Line>, limit: usize) {
    let mut left = limit;
    for n in 0..lines.len() {
        let Some(line) = lines.get_mut(n) else { break };
        if line.text.len() + 1 > left {
            let end = line.text.floor_char_boundary(left.min(line.text.len()));
            line.text.truncate(end);
            lines.truncate(if end == 0 { n } else { n + 1 });
            return;
        }
        left -= line.text.len() + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn world() -> World {
        World::new(1, "2026-01-01T01:00:00Z".parse().unwrap())
    }

    fn pod(log: &str, state: Object, last: Object) -> Object {
        json!({
            "metadata": {"name": "web", "namespace": "shop", "uid": "u1", "annotations": {"demo.rk9s.dev/behaviour": format!("log={log}")}},
            "spec": {"nodeName": "a", "containers": [{"name": "api", "image": "web:1"}]},
            "status": {"containerStatuses": [{"name": "api", "restartCount": 3, "state": state, "lastState": last}]},
        })
    }

    fn running(log: &str) -> Object {
        pod(log, json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}}), json!({}))
    }

    #[test]
    fn any_stretch_of_a_log_is_the_same_log() {
        let (mut world, pod) = (world(), running("gateway"));
        let all = lines(&world, &pod, &Ask::default()).unwrap();
        assert!(all.len() > 2000 && all.is_sorted_by_key(|line| line.at), "{}", all.len());
        assert!(all[0].text.contains("listens"), "{:?}", all[0]);
        assert!(all.iter().all(|line| serde_json::from_str::<Object>(&line.text).is_ok()));
        let since = Some("2026-01-01T00:59:00Z".parse().unwrap());
        let some = lines(&world, &pod, &Ask { since, ..Ask::default() }).unwrap();
        assert!(!some.is_empty() && all.ends_with(&some));
        let tail = lines(&world, &pod, &Ask { tail: Some(7), ..Ask::default() }).unwrap();
        assert_eq!(tail, all[all.len() - 7..]);
        // Following: the next line is where it was said to be.
        let due = next(&world, &pod, "", world.now).unwrap();
        world.now = due;
        let later = lines(&world, &pod, &Ask { since: all.last().map(|line| line.at), ..Ask::default() }).unwrap();
        assert_eq!((later.len(), later[0].at), (1, due));
        let limited = lines(&world, &pod, &Ask { limit: Some(100), ..Ask::default() }).unwrap();
        assert!(limited.iter().map(|line| line.text.len() + 1).sum::<usize>() <= 101);
    }

    #[test]
    fn a_noisy_one_writes_dozens_of_lines_a_second_and_old_ones_are_gone() {
        let (world, pod) = (world(), running("search-debug"));
        let since = Some("2026-01-01T00:59:50Z".parse().unwrap());
        let some = lines(&world, &pod, &Ask { since, ..Ask::default() }).unwrap();
        assert!(some.len() > 250, "{}", some.len());
        assert!(lines(&world, &pod, &Ask::default()).unwrap().len() <= 5_000);
    }

    #[test]
    fn a_crash_has_its_last_words_before_and_after_the_restart() {
        let world = world();
        let crashed =
            json!({"terminated": {"startedAt": "2026-01-01T00:59:00Z", "finishedAt": "2026-01-01T00:59:03Z"}});
        let waiting = pod("orders-broken", json!({"waiting": {"reason": "CrashLoopBackOff"}}), crashed.clone());
        let told = lines(&world, &waiting, &Ask::default()).unwrap();
        assert!(told.iter().any(|line| line.text.contains("cannot read /etc/app/db.yaml: no such file or directory")));
        let previous = Ask { previous: true, ..Ask::default() };
        assert_eq!(lines(&world, &waiting, &previous).unwrap(), told);
        assert_eq!(next(&world, &waiting, "", world.now), None);
        let again = pod("orders-broken", json!({"running": {"startedAt": "2026-01-01T00:59:59Z"}}), crashed);
        assert_eq!(lines(&world, &again, &Ask::default()).unwrap().len(), 2);
        assert_eq!(lines(&world, &again, &previous).unwrap().len(), 4);
    }

    #[test]
    fn refusals_are_in_the_real_words() {
        let world = world();
        let said = |pod: &Object, ask: &Ask| lines(&world, pod, ask).unwrap_err().message;
        let fails = pod("x", json!({"waiting": {"reason": "ImagePullBackOff"}}), json!({}));
        let message = "container \"api\" in pod \"web\" is waiting to start: trying and failing to pull image";
        assert_eq!(said(&fails, &Ask::default()), message);
        let other = Ask { container: "other".to_owned(), ..Ask::default() };
        assert_eq!(said(&fails, &other), "container other is not valid for pod web");
        let previous = Ask { previous: true, ..Ask::default() };
        assert_eq!(said(&running("x"), &previous), "previous terminated container \"api\" in pod \"web\" not found");
    }
}
