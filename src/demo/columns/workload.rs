//! Workloads and what scales and guards them (pkg/printers/internalversion).

use super::cell::{
    Column, age, between, cells, containers, counts, grown, labels, name, plain, says, selected, selector, since,
    tells, wide,
};
use crate::demo::object::{self, Object, at, items, moment, number, text};
use jiff::Timestamp;
use serde_json::Value;

pub const DEPLOYMENT: &[Column] = &[
    name(),
    says("Ready"),
    says("Up-to-date"),
    says("Available"),
    age(),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];
pub const REPLICASET: &[Column] = &[
    name(),
    counts("Desired"),
    counts("Current"),
    counts("Ready"),
    age(),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];
pub const STATEFULSET: &[Column] = &[name(), says("Ready"), age(), wide("Containers"), wide("Images")];
pub const DAEMONSET: &[Column] = &[
    name(),
    counts("Desired"),
    counts("Current"),
    counts("Ready"),
    counts("Up-to-date"),
    counts("Available"),
    says("Node Selector"),
    age(),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];
pub const JOB: &[Column] = &[
    name(),
    says("Status"),
    says("Completions"),
    says("Duration"),
    age(),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];
pub const CRONJOB: &[Column] = &[
    name(),
    says("Schedule"),
    says("Timezone"),
    tells("Suspend"),
    counts("Active"),
    says("Last Schedule"),
    age(),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];
pub const REVISION: &[Column] = &[name(), says("Controller"), says("Revision"), age()];
pub const BUDGET: &[Column] =
    &[name(), says("Min Available"), says("Max Unavailable"), counts("Allowed Disruptions"), age()];
pub const AUTOSCALER: &[Column] =
    &[name(), says("Reference"), says("Targets"), says("MinPods"), says("MaxPods"), says("Replicas"), age()];

const TEMPLATE: &str = "spec/template";

pub fn deployment(object: &Object, now: Timestamp) -> Vec<Value> {
    let (names, images) = containers(object, TEMPLATE);
    cells![
        object::name(object),
        ready(object),
        number(object, "status/updatedReplicas"),
        number(object, "status/availableReplicas"),
        grown(now, object),
        names,
        images,
        selector(at(object, "spec/selector")),
    ]
}

pub fn replicaset(object: &Object, now: Timestamp) -> Vec<Value> {
    let (names, images) = containers(object, TEMPLATE);
    cells![
        object::name(object),
        number(object, "spec/replicas"),
        number(object, "status/replicas"),
        number(object, "status/readyReplicas"),
        grown(now, object),
        names,
        images,
        selected(object, "spec/selector"),
    ]
}

pub fn statefulset(object: &Object, now: Timestamp) -> Vec<Value> {
    let (names, images) = containers(object, TEMPLATE);
    cells![object::name(object), ready(object), grown(now, object), names, images]
}

pub fn daemonset(object: &Object, now: Timestamp) -> Vec<Value> {
    let (names, images) = containers(object, TEMPLATE);
    cells![
        object::name(object),
        number(object, "status/desiredNumberScheduled"),
        number(object, "status/currentNumberScheduled"),
        number(object, "status/numberReady"),
        number(object, "status/updatedNumberScheduled"),
        number(object, "status/numberAvailable"),
        labels(at(object, "spec/template/spec/nodeSelector")),
        grown(now, object),
        names,
        images,
        selected(object, "spec/selector"),
    ]
}

pub fn job(object: &Object, now: Timestamp) -> Vec<Value> {
    let (names, images) = containers(object, TEMPLATE);
    cells![
        object::name(object),
        job_status(object),
        completions(object),
        job_duration(object, now),
        grown(now, object),
        names,
        images,
        selected(object, "spec/selector"),
    ]
}

fn completions(job: &Object) -> String {
    let done = number(job, "status/succeeded");
    match (at(job, "spec/completions").as_i64(), number(job, "spec/parallelism")) {
        (Some(wanted), _) => format!("{done}/{wanted}"),
        (None, at_once) if at_once > 1 => format!("{done}/1 of {at_once}"),
        (None, _) => format!("{done}/1"),
    }
}

fn job_duration(job: &Object, now: Timestamp) -> String {
    let started = moment(job, "status/startTime");
    started.map(|start| between(start, moment(job, "status/completionTime").unwrap_or(now))).unwrap_or_default()
}

fn job_status(job: &Object) -> &'static str {
    let is = |kind: &str| {
        let condition = items(job, "status/conditions").iter().find(|own| text(own, "type") == kind);
        condition.is_some_and(|own| text(own, "status") == "True")
    };
    let before = [("Complete", "Complete"), ("Failed", "Failed")];
    let after = ["Suspended", "FailureTarget", "SuccessCriteriaMet"];
    if let Some((_, said)) = before.iter().find(|(kind, _)| is(kind)) {
        return said;
    }
    if object::is_deleted(job) {
        return "Terminating";
    }
    after.into_iter().find(|kind| is(kind)).unwrap_or("Running")
}

pub fn cronjob(object: &Object, now: Timestamp) -> Vec<Value> {
    let (names, images) = containers(object, "spec/jobTemplate/spec/template");
    let last = match at(object, "status/lastScheduleTime") {
        Value::Null => "<none>".to_owned(),
        _ => since(now, object, "status/lastScheduleTime"),
    };
    let suspend = match at(object, "spec/suspend").as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    cells![
        object::name(object),
        text(object, "spec/schedule"),
        at(object, "spec/timeZone").as_str().unwrap_or("<none>"),
        suspend,
        items(object, "status/active").len(),
        last,
        grown(now, object),
        names,
        images,
        selected(object, "spec/jobTemplate/spec/selector"),
    ]
}

pub fn revision(object: &Object, now: Timestamp) -> Vec<Value> {
    let by = object::controller(object).map(|owner| {
        let kind = text(owner, "kind").to_lowercase();
        match text(owner, "apiVersion").rsplit_once('/') {
            Some((group, _)) => format!("{kind}.{group}/{}", text(owner, "name")),
            None => format!("{kind}/{}", text(owner, "name")),
        }
    });
    cells![
        object::name(object),
        by.unwrap_or_else(|| "<none>".to_owned()),
        number(object, "revision"),
        grown(now, object)
    ]
}

pub fn budget(object: &Object, now: Timestamp) -> Vec<Value> {
    cells![
        object::name(object),
        plain(at(object, "spec/minAvailable"), "N/A"),
        plain(at(object, "spec/maxUnavailable"), "N/A"),
        number(object, "status/disruptionsAllowed"),
        grown(now, object),
    ]
}

pub fn autoscaler(object: &Object, now: Timestamp) -> Vec<Value> {
    let of = "spec/scaleTargetRef";
    cells![
        object::name(object),
        format!("{}/{}", text(at(object, of), "kind"), text(at(object, of), "name")),
        targets(object),
        plain(at(object, "spec/minReplicas"), "<unset>"),
        number(object, "spec/maxReplicas"),
        number(object, "status/currentReplicas"),
        grown(now, object),
    ]
}

/// `cpu: 43%/80%, 12500m/30 (avg) + 1 more...` (`formatHPAMetrics`).
fn targets(object: &Object) -> String {
    const MOST: usize = 2;
    let specs = items(object, "spec/metrics");
    if specs.is_empty() {
        return "<none>".to_owned();
    }
    let now = items(object, "status/currentMetrics");
    let all = specs.iter().enumerate().map(|(n, spec)| target(spec, now.get(n).unwrap_or(&Value::Null)));
    let shown = all.take(MOST).collect::<Vec<_>>().join(", ");
    if specs.len() > MOST { format!("{shown} + {} more...", specs.len() - MOST) } else { shown }
}

/// One metric: what it is now, and what it should be.
fn target(spec: &Value, status: &Value) -> String {
    let (field, resource) = match text(spec, "type") {
        "External" => ("external", false),
        "Pods" => ("pods", false),
        "Object" => ("object", false),
        "Resource" => ("resource", true),
        "ContainerResource" => ("containerResource", true),
        _ => return "<unknown type>".to_owned(),
    };
    let (spec, status) = (at(spec, field), at(status, field));
    let wanted = |what: &str| at(spec, &format!("target/{what}"));
    let is = |what: &str| plain(at(status, &format!("current/{what}")), "<unknown>");
    let average = !wanted("averageValue").is_null();
    if resource && average {
        return format!("{}: {}/{}", text(spec, "name"), is("averageValue"), plain(wanted("averageValue"), ""));
    }
    if resource {
        let percent = |value: &Value, none: &str| value.as_i64().map_or_else(|| none.to_owned(), |n| format!("{n}%"));
        let current = percent(at(status, "current/averageUtilization"), "<unknown>");
        let target = percent(wanted("averageUtilization"), "<auto>");
        return format!("{}: {current}/{target}", text(spec, "name"));
    }
    match (field, average) {
        ("pods", _) => format!("{}/{}", is("averageValue"), plain(wanted("averageValue"), "")),
        (_, true) => format!("{}/{} (avg)", is("averageValue"), plain(wanted("averageValue"), "")),
        (_, false) => format!("{}/{}", is("value"), plain(wanted("value"), "")),
    }
}

fn ready(object: &Object) -> String {
    format!("{}/{}", number(object, "status/readyReplicas"), number(object, "spec/replicas"))
}
