//! Does rk9s do what kubectl does? Every action, on the embedded cluster and on a real control plane (tests/kubernetes).
//!
//! Each act is done by rk9s in one namespace and by kubectl in another that is the same: then they must be the same again, field by
//! field. What was done is taken back, done twice, and done to another object of the same name. The real control plane is the
//! lab that RK9S_CONTRACT names; without a kubectl of 1.36 (RK9S_KUBECTL, the lab's, or one in PATH) it says that it was skipped.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "acting/acts.rs"]
mod acts;
#[path = "acting/back.rs"]
mod back;
#[path = "acting/both.rs"]
mod both;
#[path = "acting/custom.rs"]
mod custom;
#[path = "acting/drains.rs"]
mod drains;
#[path = "acting/jobs.rs"]
mod jobs;
#[path = "acting/kin.rs"]
mod kin;
#[path = "acting/looking.rs"]
mod looking;
#[path = "acting/place.rs"]
mod place;
#[path = "judge/plain.rs"]
#[allow(dead_code, reason = "the judge compares more than acts do")]
mod plain;
#[path = "acting/rolling.rs"]
mod rolling;
#[path = "server/script.rs"]
#[allow(dead_code)]
mod script;
#[path = "demo/served.rs"]
mod served;
#[path = "acting/space.rs"]
mod space;

use acts::ACTS;
use place::Place;
use served::Served;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Others do some things otherwise.
const KUBECTL: &str = "1.36";

fn kubectl() -> Option<PathBuf> {
    let Some(kubectl) = served::kubectl() else {
        println!("skipped, no kubectl (RK9S_KUBECTL, RK9S_CONTRACT, RK9S_LAB_BIN or PATH)");
        return None;
    };
    let output = Command::new(&kubectl).args(["version", "--client", "-o", "json"]).output().unwrap();
    let version: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |part: &str| version["clientVersion"][part].as_str().unwrap().trim_end_matches('+').to_owned();
    let version = format!("{}.{}", number("major"), number("minor"));
    if version != KUBECTL {
        println!("skipped, {} is of {version}, not {KUBECTL}", kubectl.display());
        return None;
    }
    Some(kubectl)
}

#[tokio::test]
async fn as_kubectl_does_on_the_embedded_cluster() {
    let Some(kubectl) = kubectl() else { return };
    let served = Served::start();
    both::all(&Place::at(&served.kubeconfig, &kubectl).await).await;
}

#[tokio::test]
async fn as_kubectl_does_on_a_real_control_plane() {
    let (Some(lab), Some(kubectl)) = (std::env::var_os("RK9S_CONTRACT"), kubectl()) else {
        println!("skipped on a real control plane, RK9S_CONTRACT names no lab");
        return;
    };
    both::all(&Place::at(&Path::new(&lab).join("admin.kubeconfig"), &kubectl).await).await;
}

#[tokio::test]
async fn a_rollout_stands_as_kubectl_says_on_the_embedded_cluster() {
    let Some(kubectl) = kubectl() else { return };
    let served = Served::start();
    let place = Place::at(&served.kubeconfig, &kubectl).await;
    futures::join!(rolling::all(&place), rolling::followed(&place));
}

#[tokio::test]
async fn a_rollout_stands_as_kubectl_says_on_a_real_control_plane() {
    let (Some(lab), Some(kubectl)) = (std::env::var_os("RK9S_CONTRACT"), kubectl()) else {
        println!("skipped on a real control plane, RK9S_CONTRACT names no lab");
        return;
    };
    let place = Place::at(&Path::new(&lab).join("admin.kubeconfig"), &kubectl).await;
    futures::join!(rolling::all(&place), rolling::followed(&place));
}

/// Whoever adds an action adds an act.
#[test]
fn every_action_is_tried() {
    let untried = rk9s::actions::ACTIONS.iter().filter(|action| !ACTS.iter().any(|act| act.action == action.id));
    assert_eq!(untried.map(|action| action.id).collect::<Vec<_>>(), [""; 0]);
    let mut names: Vec<&str> = ACTS.iter().map(|act| act.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ACTS.len());
}
