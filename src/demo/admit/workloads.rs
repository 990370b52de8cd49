//! What runs pods, as the server checks it (k8s.io/kubernetes/pkg/apis/{apps,batch}/validation).

use super::quantity::Quantity;
use super::wrong::Wrong;
use super::{containers, names};
use crate::demo::life::selector;
use crate::demo::object::{self, Object, at, items, number, text};
use serde_json::{Value, json};

const MISMATCH: &str = "`selector` does not match template `labels`";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
pub const QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

pub fn deployment(wrong: &mut Wrong, object: &Object) {
    wrong.not_negative(object, "spec/replicas", "spec.replicas");
    picks(wrong, object);
    let strategy = at(object, "spec/strategy");
    let rolling = at(strategy, "rollingUpdate");
    match text(strategy, "type") {
        "Recreate" if !rolling.is_null() => {
            wrong.forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
        }
        "Recreate" => (),
        "RollingUpdate" => rolling_update(wrong, rolling),
        other => {
            let said = format!(r#"{{"Type":{other:?},"RollingUpdate":{rolling}}}"#);
            named(wrong, "spec.strategy", &said, "supported values: \"Recreate\", \"RollingUpdate\"");
        }
    }
    for name in ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
        wrong.not_negative(object, &format!("spec/{name}"), &format!("spec.{name}"));
    }
    let deadline = at(object, "spec/progressDeadlineSeconds");
    if deadline.as_i64().is_some_and(|deadline| deadline <= number(object, "spec/minReadySeconds")) {
        wrong.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
    }
}

/// An unsupported value that is no text.
fn named(wrong: &mut Wrong, field: &str, said: &str, detail: &str) {
    wrong.causes.push(crate::demo::refusal::Cause {
        reason: "FieldValueNotSupported",
        message: format!("Unsupported value: {said}: {detail}"),
        field: field.to_owned(),
    });
}

fn rolling_update(wrong: &mut Wrong, rolling: &Value) {
    let field = |name: &str| format!("spec.strategy.rollingUpdate.{name}");
    let most = "maxUnavailable";
    amount(wrong, at(rolling, most), &field(most));
    amount(wrong, at(rolling, "maxSurge"), &field("maxSurge"));
    // The server reads what is neither a number nor a share as nothing of it, but not as zero.
    let zero = |value: &Value| *value == 0 || *value == "0%";
    if zero(at(rolling, most)) && zero(at(rolling, "maxSurge")) {
        wrong.invalid(field(most), at(rolling, most), "may not be 0 when `maxSurge` is 0");
    }
    not_over_all(wrong, at(rolling, most), &field(most));
}

/// A number that is not negative, or a share.
pub fn amount(wrong: &mut Wrong, value: &Value, field: &str) {
    let share = |text: &str| {
        text.strip_suffix('%').is_some_and(|own| !own.is_empty() && own.bytes().all(|b| b.is_ascii_digit()))
    };
    match value {
        Value::String(text) if !share(text) => wrong.text(field, text, PERCENT),
        Value::Number(own) if own.as_i64().is_some_and(|own| own < 0) => {
            wrong.invalid(field, value, "must be greater than or equal to 0");
        }
        _ => (),
    }
}

pub fn not_over_all(wrong: &mut Wrong, value: &Value, field: &str) {
    let share = value.as_str().and_then(|text| text.strip_suffix('%')).and_then(|own| own.parse::<u64>().ok());
    if share.is_some_and(|share| share > 100) {
        wrong.invalid(field, value, "must not be greater than 100%");
    }
}

/// The selector, and whether the template's pods would be its own.
fn picks(wrong: &mut Wrong, object: &Object) {
    let selector = at(object, "spec/selector");
    let before = wrong.causes.len();
    if selector.is_null() {
        wrong.required("spec.selector", "");
    } else {
        names::selector(wrong, selector, "spec.selector");
        if is_empty(selector) {
            wrong.invalid("spec.selector", selector, "empty selector is invalid for deployment");
        }
    }
    let unreadable = wrong.causes.iter().skip(before).any(|cause| cause.field.contains("matchExpressions"));
    if unreadable {
        no_selector(wrong, selector);
        return;
    }
    template_labels(wrong, object, selector);
    template(wrong, object);
}

/// As the server writes a selector: labels first.
fn no_selector(wrong: &mut Wrong, selector: &Value) {
    let labels = at(selector, "matchLabels");
    let labels = if labels.is_null() { String::new() } else { format!("\"matchLabels\":{labels},") };
    let expressions = at(selector, "matchExpressions");
    wrong.causes.push(crate::demo::refusal::Cause {
        reason: "FieldValueInvalid",
        message: format!("Invalid value: {{{labels}\"matchExpressions\":{expressions}}}: invalid label selector"),
        field: "spec.selector".to_owned(),
    });
}

fn is_empty(selector: &Value) -> bool {
    at(selector, "matchLabels").as_object().is_none_or(serde_json::Map::is_empty)
        && items(selector, "matchExpressions").is_empty()
}

fn template_labels(wrong: &mut Wrong, object: &Object, selector: &Value) {
    let labels = at(object, "spec/template/metadata/labels");
    if selector.is_null() || (!is_empty(selector) && !selector::matches(selector, labels)) {
        wrong.invalid("spec.template.metadata.labels", labels, MISMATCH);
    }
}

/// A template whose pods always run.
fn template(wrong: &mut Wrong, object: &Object) {
    let spec = at(object, "spec/template/spec");
    pods(wrong, object, "spec");
    wrong.one_of(spec, "restartPolicy", "spec.template.spec.restartPolicy", &["Always"]);
}

fn pods(wrong: &mut Wrong, holder: &Value, field: &str) {
    let path = |rest: &str| format!("{}/template/{rest}", field.replace('.', "/"));
    names::labels(wrong, at(holder, &path("metadata/labels")), &format!("{field}.template.labels"));
    containers::pod_spec(wrong, at(holder, &path("spec")), &format!("{field}.template.spec"));
}

pub fn replica_set(wrong: &mut Wrong, object: &Object) {
    for name in ["replicas", "minReadySeconds"] {
        wrong.not_negative(object, &format!("spec/{name}"), &format!("spec.{name}"));
    }
    picks(wrong, object);
}

pub fn stateful_set(wrong: &mut Wrong, object: &Object) {
    let policy = at(object, "spec/podManagementPolicy");
    if !matches!(policy.as_str(), Some("OrderedReady" | "Parallel")) {
        wrong.invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'");
    }
    let strategy = at(object, "spec/updateStrategy");
    let kind = text(strategy, "type");
    if !matches!(kind, "RollingUpdate" | "OnDelete") {
        wrong.causes.push(crate::demo::refusal::Cause {
            reason: "FieldValueInvalid",
            message: format!(
                r#"Invalid value: {{"Type":{kind:?},"RollingUpdate":{}}}: must be 'RollingUpdate' or 'OnDelete'"#,
                at(strategy, "rollingUpdate")
            ),
            field: "spec.updateStrategy".to_owned(),
        });
    }
    for name in ["replicas", "minReadySeconds"] {
        wrong.not_negative(object, &format!("spec/{name}"), &format!("spec.{name}"));
    }
    let service = text(object, "spec/serviceName");
    if !service.is_empty() {
        wrong.all("spec.serviceName", service, names::label(service));
    }
    // Its claims are volumes of its pods.
    let mut whole = object.clone();
    let mut volumes = items(object, "spec/template/spec/volumes").to_vec();
    let claims = items(object, "spec/volumeClaimTemplates").iter().map(object::name);
    volumes.extend(claims.map(|name| json!({"name": name, "persistentVolumeClaim": {"claimName": name}})));
    object::put(&mut whole, "spec/template/spec/volumes", volumes);
    picks(wrong, &whole);
}

pub fn daemon_set(wrong: &mut Wrong, object: &Object) {
    picks(wrong, object);
    wrong.not_negative(object, "spec/minReadySeconds", "spec.minReadySeconds");
    let strategy = at(object, "spec/updateStrategy");
    let rolling = at(strategy, "rollingUpdate");
    let field = |name: &str| format!("spec.updateStrategy.rollingUpdate.{name}");
    match text(strategy, "type") {
        "OnDelete" => (),
        "RollingUpdate" => {
            let zero = |value: &Value| *value == 0 || *value == "0%";
            for name in ["maxUnavailable", "maxSurge"] {
                amount(wrong, at(rolling, name), &field(name));
                not_over_all(wrong, at(rolling, name), &field(name));
            }
            if zero(at(rolling, "maxUnavailable")) && zero(at(rolling, "maxSurge")) {
                wrong.required(field("maxUnavailable"), "cannot be 0 when maxSurge is 0");
            }
        }
        other => {
            let said = format!(r#"{{"Type":{other:?},"RollingUpdate":{rolling}}}"#);
            named(wrong, "spec.updateStrategy", &said, "supported values: \"RollingUpdate\", \"OnDelete\"");
        }
    }
    wrong.not_negative(object, "spec/revisionHistoryLimit", "spec.revisionHistoryLimit");
}

pub fn job(wrong: &mut Wrong, object: &Object) {
    let selector = at(object, "spec/selector");
    let own = "batch.kubernetes.io/controller-uid";
    let labels = at(selector, "matchLabels").as_object();
    let generated = labels.is_some_and(|labels| labels.len() == 1 && labels.contains_key(own));
    if !object::flag(object, "spec/manualSelector") && !generated && !selector.is_null() {
        wrong.invalid("spec.selector", selector, "`selector` not auto-generated");
    }
    job_spec(wrong, object, "spec");
    if !selector.is_null() && !selector::matches(selector, at(object, "spec/template/metadata/labels")) {
        wrong.invalid("spec.template.metadata.labels", at(object, "spec/template/metadata/labels"), MISMATCH);
    }
}

fn job_spec(wrong: &mut Wrong, object: &Object, field: &str) {
    let path = field.replace('.', "/");
    for name in ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"] {
        wrong.not_negative(object, &format!("{path}/{name}"), &format!("{field}.{name}"));
    }
    let mode = "completionMode";
    wrong.one_of(object, &format!("{path}/{mode}"), &format!("{field}.{mode}"), &["NonIndexed", "Indexed"]);
    pods(wrong, object, field);
    let restart = at(object, &format!("{path}/template/spec/restartPolicy"));
    let field = format!("{field}.template.spec.restartPolicy");
    match restart.as_str() {
        Some("OnFailure" | "Never") => (),
        None | Some("Always") => wrong.required(field, "valid values: \"OnFailure\", \"Never\""),
        Some(_) => wrong.unsupported(field, restart, &["OnFailure", "Never"]),
    }
}

pub fn cron_job(wrong: &mut Wrong, object: &Object) {
    let name = object::name(object);
    // The time is appended to the names of its jobs.
    if name.len() > 52 {
        wrong.text("metadata.name", name, "must be no more than 52 characters");
    }
    if wrong.needed(object, "spec/schedule", "spec.schedule") {
        let schedule = text(object, "spec/schedule");
        let fields: Vec<&str> = schedule.split_whitespace().collect();
        if !schedule.starts_with('@') && fields.len() != 5 {
            let found = format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" "));
            wrong.text("spec.schedule", schedule, found);
        }
    }
    wrong.not_negative(object, "spec/startingDeadlineSeconds", "spec.startingDeadlineSeconds");
    let policies = &["Allow", "Forbid", "Replace"];
    wrong.one_of(object, "spec/concurrencyPolicy", "spec.concurrencyPolicy", policies);
    job_spec(wrong, object, "spec.jobTemplate.spec");
    for name in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        wrong.not_negative(object, &format!("spec/{name}"), &format!("spec.{name}"));
    }
}

/// Why a pod spec can't be read: quantities that are none.
pub fn unreadable(spec: &Value) -> Option<&'static str> {
    let containers = items(spec, "containers").iter().chain(items(spec, "initContainers"));
    let mut lists = containers.flat_map(|own| [at(own, "resources/limits"), at(own, "resources/requests")]);
    lists.find_map(no_quantities)
}

pub fn no_quantities(list: &Value) -> Option<&'static str> {
    let bad = list.as_object().into_iter().flatten().any(|(_, value)| Quantity::of(value).is_none());
    bad.then_some(QUANTITY)
}
