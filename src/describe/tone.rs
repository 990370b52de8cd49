//! What a state is said to be worth: well, changing or wrong.
//!
//! Words that say nothing for sure stay plain: a wrong colour is worse than none.

use super::sheet::Cell;
use crate::text::document::{Piece, Tone};

/// A word for where a pod, a container or an object stands: phases, reasons.
pub fn state(word: &str) -> Piece {
    let wrong = [
        "Failed",
        "Error",
        "OOMKilled",
        "Evicted",
        "Lost",
        "Degraded",
        "Unknown",
        "NodeLost",
        "DeadlineExceeded",
        "ContainerCannotRun",
        "StartError",
        "NodeShutdown",
    ];
    let tone = match word {
        "Running" | "Succeeded" | "Completed" | "Active" | "Bound" | "Available" => Tone::Well,
        "Pending" | "ContainerCreating" | "PodInitializing" | "Released" => Tone::Changing,
        _ if word.starts_with("Terminating") => Tone::Changing,
        // CrashLoopBackOff, ImagePullBackOff, ErrImagePull, CreateContainerConfigError, InvalidImageName and their like.
        _ if wrong.contains(&word) || word.ends_with("BackOff") || word.ends_with("Error") => Tone::Wrong,
        _ if word.starts_with("Err") || word.starts_with("Invalid") => Tone::Wrong,
        _ => return word.piece(),
    };
    Piece::new(word, tone)
}

/// The status of a condition.
pub fn condition(kind: &str, status: &str) -> Piece {
    let good = [
        "Ready",
        "Available",
        "Healthy",
        "Initialized",
        "PodScheduled",
        "Progressing",
        "Established",
        "NamesAccepted",
        "Synced",
        "Accepted",
        "Programmed",
        "ResolvedRefs",
        "Reconciled",
    ];
    let bad =
        ["Pressure", "Unavailable", "Degraded", "Failed", "Failure", "Stalled", "Problem", "Target", "Terminating"];
    let is_good = good.iter().any(|end| kind.ends_with(end)) || kind == "PodReadyToStartContainers";
    // `NetworkUnavailable` ends with a good word, too.
    let is_bad = bad.iter().any(|end| kind.ends_with(end));
    let tone = match (is_bad, is_good, status) {
        (true, _, "True") | (false, true, "False" | "Unknown") | (true, _, "Unknown") => Tone::Wrong,
        (true, _, "False") | (false, true, "True") => Tone::Well,
        _ => Tone::Plain,
    };
    Piece::new(status, tone)
}

/// `Normal` or `Warning`.
pub fn event(kind: &str) -> Piece {
    Piece::new(kind, if kind == "Warning" { Tone::Wrong } else { Tone::Plain })
}
