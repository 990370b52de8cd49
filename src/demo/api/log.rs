//! `pods/log`: what a container printed, whole or as it comes.
//!
//! Which lines there are `logs` says; here they are asked for as the query says and written out. The words of refusals are those of
//! pkg/registry/core/pod/strategy.go and of the validation of PodLogOptions.

use super::query::cause;
use super::{Answer, Request, Response, Step, write};
use crate::demo::logs::{self, Ask, Line};
use crate::demo::object::{self, Object, items, text};
use crate::demo::refusal::Refusal;
use crate::demo::world::World;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// A log that is followed. Plain data, asked again as time goes by.
#[derive(Debug)]
pub struct Follow {
    namespace: String,
    pod: String,
    uid: String,
    ask: Ask,
    /// Bytes that may still be sent.
    left: Option<usize>,
    /// Lines up to here were told.
    last: Option<Timestamp>,
}

/// GET of a log.
pub fn log(world: &World, request: &Request<'_>) -> Result<Answer, Refusal> {
    let pod = write::there(world, request)?;
    let mut ask = ask(world, request)?;
    ask.container = container(&pod, request.query.get("container").unwrap_or_default())?;
    let limit = ask.limit.take();
    let nothing = text(&pod, "spec/nodeName").is_empty();
    if !nothing {
        // What is wrong is said before anything is sent.
        let lines = logs::lines(world, &pod, &ask)?;
        if !request.query.flag("follow") {
            let mut left = limit;
            return Ok(Answer::Whole(Response::new(200, "text/plain", written(&lines, &ask, &mut left))));
        }
    }
    if nothing && !request.query.flag("follow") {
        return Ok(Answer::Whole(Response::new(200, "text/plain", "")));
    }
    Ok(Answer::Log(Box::new(Follow {
        namespace: object::namespace(&pod).to_owned(),
        pod: object::name(&pod).to_owned(),
        uid: object::uid(&pod).to_owned(),
        ask,
        left: limit,
        last: None,
    })))
}

fn ask(world: &World, request: &Request<'_>) -> Result<Ask, Refusal> {
    let query = &request.query;
    let (tail, limit) = (query.number("tailLines")?, query.number("limitBytes")?);
    let (seconds, time) = (query.number("sinceSeconds")?, query.get("sinceTime"));
    let invalid = |field: &str, value: i64, why: &str| {
        cause("FieldValueInvalid", field, format!("Invalid value: {value}: {why}"))
    };
    let mut causes = Vec::new();
    if let Some(value) = tail.filter(|value| *value < 0) {
        causes.push(invalid("tailLines", value, "must be greater than or equal to 0"));
    }
    if let Some(value) = limit.filter(|value| *value < 1) {
        causes.push(invalid("limitBytes", value, "must be greater than 0"));
    }
    if seconds.is_some() && time.is_some() {
        let why = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified";
        causes.push(cause("FieldValueForbidden", "", why));
    } else if let Some(value) = seconds.filter(|value| *value < 1) {
        causes.push(invalid("sinceSeconds", value, "must be greater than 0"));
    }
    if !causes.is_empty() {
        return Err(Refusal::invalid(("", "PodLogOptions"), request.target.name(), causes));
    }
    let ago = seconds.and_then(|seconds| world.now.checked_sub(SignedDuration::from_secs(seconds)).ok());
    let since = match time {
        Some(text) => Some(text.parse().map_err(|_| {
            Refusal::bad_request(format!(
                "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\""
            ))
        })?),
        None => ago,
    };
    Ok(Ask {
        container: String::new(),
        previous: query.flag("previous"),
        since,
        tail: tail.and_then(|tail| usize::try_from(tail).ok()),
        timestamps: query.flag("timestamps"),
        limit: limit.and_then(|limit| usize::try_from(limit).ok()),
    })
}

/// The container that is meant.
fn container(pod: &Object, asked: &str) -> Result<String, Refusal> {
    let names = |path: &str| -> Vec<&str> { items(pod, path).iter().map(|own| text(own, "name")).collect() };
    let (own, init, debug) =
        (names("spec/containers"), names("spec/initContainers"), names("spec/ephemeralContainers"));
    let pod = object::name(pod);
    if !asked.is_empty() {
        let known = own.iter().chain(&init).chain(&debug).any(|name| *name == asked);
        let why = format!("container {asked} is not valid for pod {pod}");
        return if known { Ok(asked.to_owned()) } else { Err(Refusal::bad_request(why)) };
    }
    match own.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(Refusal::bad_request(format!("a container name must be specified for pod {pod}"))),
        many => {
            let mut why =
                format!("a container name must be specified for pod {pod}, choose one of: [{}]", many.join(" "));
            if !init.is_empty() {
                why.push_str(&format!(" or one of the init containers: [{}]", init.join(" ")));
            }
            Err(Refusal::bad_request(why))
        }
    }
}

/// Lines as they are sent, up to a number of bytes.
fn written(lines: &[Line], ask: &Ask, left: &mut Option<usize>) -> Bytes {
    let mut out = String::new();
    for line in lines {
        if ask.timestamps {
            out.push_str(&format!("{:.9} ", line.at));
        }
        out.push_str(&line.text);
        out.push('\n');
    }
    let mut out = Bytes::from(out);
    if let Some(left) = left {
        out.truncate(*left);
        *left -= out.len();
    }
    out
}

impl Follow {
    /// Tells what was printed since.
    pub fn advance(&mut self, world: &World) -> Step {
        let over = || Step { is_over: true, ..Step::default() };
        let found = world.get("pods", &self.namespace, &self.pod).filter(|pod| object::uid(pod) == self.uid);
        let Some(pod) = found else { return over() };
        if text(&pod, "spec/nodeName").is_empty() {
            return Step::default();
        }
        let ask = match self.last {
            None => self.ask.clone(),
            Some(last) => Ask { since: Some(last), tail: None, ..self.ask.clone() },
        };
        let Ok(mut lines) = logs::lines(world, &pod, &ask) else { return over() };
        lines.retain(|line| self.last.is_none_or(|last| line.at > last));
        self.last = lines.last().map(|line| line.at).or(self.last).or(Some(world.now));
        let piece = written(&lines, &self.ask, &mut self.left);
        let is_over = self.left == Some(0) || self.ask.previous || has_ended(&pod, &self.ask.container);
        let again = logs::next(world, &pod, &self.ask.container, self.last.unwrap_or(world.now));
        Step { pieces: if piece.is_empty() { Vec::new() } else { vec![piece] }, again, is_over }
    }
}

/// Whether a container runs no more.
fn has_ended(pod: &Object, container: &str) -> bool {
    let lists = ["status/containerStatuses", "status/initContainerStatuses", "status/ephemeralContainerStatuses"];
    let mut all = lists.iter().flat_map(|path| items(pod, path));
    let own = all.find(|own| text(own, "name") == container);
    own.is_some_and(|own| own.pointer("/state/running").is_none_or(Value::is_null))
}
