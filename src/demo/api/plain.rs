//! What is no resource: the version, health, the index of paths.

use super::{Asked, Response};
use crate::demo::openapi;
use crate::demo::world::World;
use serde_json::{Value, json};

/// The checks that `/readyz?verbose` names.
const CHECKS: &[&str] = &["ping", "log", "etcd", "informer-sync"];

/// Answers a path that is not the API's.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let path = asked.path.trim_end_matches('/');
    let mut steps = path.trim_start_matches('/').splitn(2, '/');
    match (steps.next().unwrap_or_default(), steps.next()) {
        ("version", None) => Response::pretty(&version()),
        (probe @ ("livez" | "readyz" | "healthz"), None) => Response::text(200, health(asked, probe)),
        ("livez" | "readyz" | "healthz", Some(check)) if CHECKS.contains(&check) => Response::text(200, "ok"),
        ("openapi", Some(_)) => {
            openapi::answer(world, path).map_or_else(Response::nowhere, |own| Response::compact(&own))
        }
        ("", None) => Response::pretty(&index(world)),
        _ => Response::nowhere(),
    }
}

/// Whether a path is answered to everyone.
pub fn is_public(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    matches!(first, "version" | "livez" | "readyz" | "healthz")
}

fn health(asked: &Asked, probe: &str) -> String {
    if !asked.query().has("verbose") {
        return "ok".to_owned();
    }
    let checks: String = CHECKS.iter().map(|check| format!("[+]{check} ok\n")).collect();
    format!("{checks}{probe} check passed\n")
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "35", "gitVersion": "v1.36.3", "gitCommit": "",
        "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "rustc",
        "platform": "rk9s/demo",
    })
}

fn index(world: &World) -> Value {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for own in world.catalog.all().iter().filter(|own| !own.group.is_empty()) {
        paths.push(format!("/apis/{}", own.group));
        paths.push(format!("/apis/{}", own.api_version()));
    }
    paths.extend(["/healthz", "/livez", "/openapi/v3", "/readyz", "/version"].map(str::to_owned));
    paths.sort();
    paths.dedup();
    json!({ "paths": paths })
}
