//! `rk9s check`: connects step by step and says of each how it went, for people.
//!
//! It reads only, and what the kubeconfig names is asked in the order in which things depend on each other, so that the first
//! line that is not well names the cause. Each line is written as soon as it is known. What it prints is cleaned here.

mod report;
mod rights;

use super::connect::{self, Link, Request};
use super::contexts::{Condition, Environment, Target};
use super::credentials::certificate;
use super::discovery;
use super::fault::{Class, Fault};
use super::proxy::Route;
use super::transport::Gauge;
use crate::text::age;
use http::header::ACCEPT;
use http_body_util::BodyExt;
use jiff::Timestamp;
use kube::client::Body;
use report::Report;
use serde_json::Value;
use std::io::{self, Write};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How a check ended; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is well.
    Well = 0,
    /// The kubeconfig cannot be used. (1 is any other trouble of the program, such as an output that cannot be written.)
    Kubeconfig = 2,
    /// The server is not reached, or not trusted.
    Unreachable = 3,
    /// The credential cannot be had, or is not taken.
    Credentials = 4,
    /// Connected, but not all is well.
    Partly = 5,
}

impl Verdict {
    /// For `std::process::ExitCode`.
    pub fn code(self) -> u8 {
        self as u8
    }

    fn of(fault: &Fault) -> Self {
        match fault.class {
            Class::Kubeconfig => Self::Kubeconfig,
            Class::Unreachable | Class::Tls | Class::Timeout => Self::Unreachable,
            Class::Credentials | Class::Terminal => Self::Credentials,
            _ => Self::Partly,
        }
    }
}

/// The size of the answer that the bandwidth is measured by is unknown; it is read for so long at most.
const MEASURED_FOR: Duration = Duration::from_secs(2);
/// An answer that comes faster says little of the bandwidth.
const TIMEABLE: Duration = Duration::from_millis(50);
/// A certificate that expires sooner is worth a warning.
const SOON: i64 = 14 * 24 * 3600;

/// Checks what the request names and writes the report. Fails only if that cannot be written.
pub async fn check(request: &Request, out: &mut impl Write) -> io::Result<Verdict> {
    check_in(request, &Environment::of_process(), out).await
}

/// [`check`] in given surroundings.
pub async fn check_in(request: &Request, environment: &Environment, out: &mut impl Write) -> io::Result<Verdict> {
    let mut report = Report::new(out);
    match steps(request, environment, &mut report).await {
        Ok(()) if report.is_well() => Ok(Verdict::Well),
        Ok(()) => Ok(Verdict::Partly),
        Err(Stop::Fault(verdict)) => Ok(verdict),
        Err(Stop::Io(error)) => Err(error),
    }
}

/// Why the steps end early.
enum Stop {
    /// A fault that was reported and leaves nothing more to check.
    Fault(Verdict),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

type Step<T = ()> = Result<T, Stop>;

async fn steps(request: &Request, environment: &Environment, report: &mut Report<'_>) -> Step {
    let target = context(request, environment, report)?;
    proxy(&target, environment, report)?;
    let reached = request.reach(&target, environment).await;
    let gauge = must(report, "connection", reached)?;
    match request.embedded {
        Some(_) => report.well("connection", "the cluster is in this process")?,
        None => tls(&target, &gauge, report)?,
    }
    let link = credential(request, target, environment, report).await?;
    server(&link, report).await?;
    who(&link, report).await?;
    bandwidth(&link, report).await?;
    rights::rights(&link, report).await?;
    apis(&link, report).await
}

/// What a step gave; a fault is reported, and nothing can follow it.
fn must<T>(report: &mut Report<'_>, what: &str, result: Result<T, Fault>) -> Step<T> {
    match result {
        Ok(value) => Ok(value),
        Err(fault) => {
            report.fault(what, &fault)?;
            Err(Stop::Fault(Verdict::of(&fault)))
        }
    }
}

fn context(request: &Request, environment: &Environment, report: &mut Report<'_>) -> Step<Target> {
    let contexts = request.contexts_in(environment);
    for source in contexts.sources() {
        let path = source.path.display();
        match &source.condition {
            Condition::Read { contexts: 1 } => report.well("kubeconfig", &format!("{path}: 1 context"))?,
            Condition::Read { contexts } => report.well("kubeconfig", &format!("{path}: {contexts} contexts"))?,
            Condition::Missing => report.note("kubeconfig", &format!("{path}: not there, skipped"))?,
            Condition::Broken(why) => report.bad("kubeconfig", &format!("{path}: {why}"))?,
        }
    }
    for info in contexts.list() {
        if let Some(why) = info.broken {
            report.note("kubeconfig", &format!("context {} cannot be used: {why}", info.name))?;
        }
    }
    let target = must(report, "context", contexts.resolve(&request.overrides()))?;
    let info = &target.info;
    let text = format!("{}: cluster {}, user {}, namespace {}", info.name, info.cluster, info.user, info.namespace);
    report.well("context", &text)?;
    Ok(target)
}

fn proxy(target: &Target, environment: &Environment, report: &mut Report<'_>) -> Step {
    let route = Route::to(&target.server, target.cluster.proxy_url.as_deref(), environment);
    let route = must(report, "proxy", route)?;
    let from =
        if target.cluster.proxy_url.as_ref().is_some_and(|url| !url.is_empty()) { "proxy-url" } else { "environment" };
    match route.proxy() {
        Some(proxy) => report.well("proxy", &format!("{proxy} ({from})"))?,
        None => report.well("proxy", "none")?,
    }
    Ok(())
}

fn tls(target: &Target, gauge: &Gauge, report: &mut Report<'_>) -> Step {
    let trip = gauge.rtt().map(|rtt| format!(", round trip about {}", span(rtt))).unwrap_or_default();
    report.well("connection", &format!("{}{trip}", target.info.server))?;
    let Some(peer) = gauge.peer() else {
        report.bad("tls", "none: whoever is on the way can read and change everything")?;
        return Ok(());
    };
    if target.cluster.insecure_skip_tls_verify == Some(true) {
        report.bad("tls", "the server is not checked: insecure-skip-tls-verify")?;
    }
    let Some(facts) = certificate::of_der(&peer.certificate) else {
        report.well("tls", &peer.protocol)?;
        return Ok(());
    };
    let left = facts.not_after - Timestamp::now().as_second();
    let until = age::print_time(facts.not_after).unwrap_or_default();
    let text = format!("{}, {} by {}, until {until} ({})", peer.protocol, facts.subject, facts.issuer, left_of(left));
    if left < SOON {
        report.bad("tls", &text)?
    } else {
        report.well("tls", &text)?
    }
    Ok(())
}

async fn credential(
    request: &Request,
    target: Target,
    environment: &Environment,
    report: &mut Report<'_>,
) -> Step<Link> {
    let auth = target.info.auth.clone();
    let begun = Instant::now();
    let link = request.open(target, connect::Access::ReadOnly, environment).await;
    let link = must(report, "credential", link)?;
    let mut text = auth;
    if text.starts_with("exec ") {
        text = format!("{text}, after {}", span(begun.elapsed()));
    }
    match link.expires().map(|at| at - Timestamp::now().as_second()) {
        Some(left) if left <= 0 => report.bad("credential", &format!("{text}: expired {} ago", age::human(-left)))?,
        Some(left) => report.well("credential", &format!("{text}, {}", left_of(left)))?,
        None => report.well("credential", &text)?,
    }
    Ok(link)
}

fn left_of(seconds: i64) -> String {
    format!("{} left", age::human(seconds))
}

async fn server(link: &Link, report: &mut Report<'_>) -> Step {
    match link.about_server().await {
        Ok(version) => report.well("server", &format!("{}, {}", version.git_version, version.platform))?,
        // What cannot be asked for lack of rights, or of a credential that is taken, is not the end yet.
        Err(fault) if fault.class == Class::Forbidden => report.fault("server", &fault)?,
        Err(fault) => must(report, "server", Err(fault))?,
    }
    Ok(())
}

async fn who(link: &Link, report: &mut Report<'_>) -> Step {
    match link.whoami_groups().await {
        Ok((user, groups)) => report.well("user", &format!("{user}, of {}", groups.join(", ")))?,
        Err(fault) if fault.class == Class::NotFound => report.note("user", "servers before 1.28 do not say")?,
        Err(fault) if fault.class == Class::Forbidden => report.fault("user", &fault)?,
        Err(fault) => must(report, "user", Err(fault))?,
    }
    Ok(())
}

/// Reads a big answer for a moment. What comes faster than can be timed has been on the way before we looked, so only a lower
/// bound is known then.
async fn bandwidth(link: &Link, report: &mut Report<'_>) -> Step {
    let request = http::Request::get("/openapi/v2").header(ACCEPT, "application/json").body(Body::empty());
    let Ok(request) = request else { return Ok(()) };
    let asked = Instant::now();
    let mut body = match link.send(request).await {
        Ok(response) => response.into_body(),
        Err(fault) => return Ok(report.note("bandwidth", &format!("not measured: {}", fault.said))?),
    };
    let (begun, mut bytes) = (Instant::now(), 0);
    while let Ok(Some(Ok(frame))) = timeout_at(begun + MEASURED_FOR, body.frame()).await {
        bytes += frame.data_ref().map_or(0, bytes::Bytes::len);
    }
    let (least, time) = if begun.elapsed() < TIMEABLE { ("over ", asked.elapsed()) } else { ("", begun.elapsed()) };
    let megabytes = bytes as f64 / 1e6;
    let rate = megabytes / time.as_secs_f64().max(1e-6);
    report.well(
        "bandwidth",
        &format!("{least}{rate:.1} MB/s ({megabytes:.1} MB of OpenAPI in {})", span(asked.elapsed())),
    )?;
    Ok(())
}

/// What is served, what should be and is not, and whether there are metrics.
async fn apis(link: &Link, report: &mut Report<'_>) -> Step {
    let catalog = match discovery::catalog(link).await {
        Ok(catalog) => catalog,
        Err(fault) => return Ok(report.fault("apis", &fault)?),
    };
    let kinds = catalog.served.iter().filter(|served| served.is_listable()).count();
    report.well("apis", &format!("{kinds} kinds that can be shown"))?;
    for missing in &catalog.missing {
        report.bad("apis", &format!("{missing} does not answer: `kubectl get apiservices` says why"))?;
    }
    let metrics = |served: &super::catalog::Served| served.group == "metrics.k8s.io" && served.plural == "nodes";
    let Some(metrics) = catalog.served.iter().find(|served| metrics(served)) else {
        return Ok(report.note("metrics", "metrics.k8s.io is not served here")?);
    };
    let path = format!("/apis/{}/{}/nodes", metrics.group, metrics.version);
    match link.get_json::<Value>(&path).await {
        Ok(list) => {
            let nodes = list.get("items").and_then(Value::as_array).map_or(0, Vec::len);
            report.well("metrics", &format!("of {nodes} nodes"))?;
        }
        Err(fault) => report.fault("metrics", &fault)?,
    }
    Ok(())
}

fn span(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 {
        format!("{ms:.1} ms")
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.1} s", ms / 1e3)
    }
}
