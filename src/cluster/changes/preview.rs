//! What will happen, as lines: the values that change, what the server's dry run adds, who will take it back.

use super::request::{Mode, Prepared};
use super::{Class, Fault, Link, Target};
use crate::actions::change::{Do, Part, applied};
use crate::actions::told;
use crate::manifest::diff::{self, Side};
use crate::manifest::secret;
use crate::text::document::{Line, Piece, Tone};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// A dry run is waited for so long; a slow webhook must not stand in the way.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the server's dry run came to.
#[derive(Clone, Debug)]
pub enum Told {
    Accepted { warnings: Vec<String>, after: Value },
    Refused(Fault),
    Unchecked(String),
}

/// Sends the request for trial.
pub async fn ask(link: &Link, request: &Prepared) -> Told {
    let sent = async {
        let answer = link.send(request.request(Mode::Trial)?).await?;
        let warnings =
            answer.headers().get_all("warning").iter().filter_map(|value| said(value.to_str().ok()?)).collect();
        let body = Limited::new(answer.into_body(), super::LONGEST).collect().await;
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Ok::<_, Fault>((warnings, serde_json::from_slice(&body).unwrap_or_default()))
    };
    match timeout(PATIENCE, sent).await {
        Err(_) => Told::Unchecked(format!("no answer within {} s", PATIENCE.as_secs())),
        Ok(Ok((warnings, after))) => Told::Accepted { warnings, after },
        Ok(Err(fault)) => sorted(request.judged(fault)),
    }
}

fn sorted(fault: Fault) -> Told {
    match fault.class {
        Class::ReadOnly => Told::Unchecked("the link is read-only".into()),
        // A webhook that cannot be asked for trial says so in words alone (apiserver's webhook/errors.go).
        _ if fault.said.contains("dry run") || fault.said.contains("failed calling webhook") => {
            Told::Unchecked(fault.said)
        }
        Class::Timeout | Class::Unreachable | Class::Throttled => Told::Unchecked(fault.said),
        _ => Told::Refused(fault),
    }
}

/// `299 - "text"` of a Warning header (RFC 7234, 5.5).
fn said(header: &str) -> Option<String> {
    let text = header.split_once('"')?.1;
    Some(text.rsplit_once('"')?.0.replace("\\\"", "\""))
}

/// The lines of one object's change.
pub fn lines(target: &Target, object: &Value, does: &Do, told: &Told) -> Vec<Line> {
    let mut lines = vec![title(target)];
    lines.extend(told::lines(&target.what, does));
    if let (Do::Edit { subresource, sets }, Told::Accepted { after, .. }) = (does, told)
        && subresource.is_empty()
    {
        lines.extend(admitted(applied(object, sets), after.clone()));
    }
    lines
}

pub fn title(target: &Target) -> Line {
    Line::toned(name(target), Tone::Title)
}

/// `  shop/orders-6f7b9d4c8-lm2vt   waits for pdb/orders`, in columns. What is in the target's own namespace does not name it.
pub fn parts(target: &Target, parts: &[Part]) -> impl Iterator<Item = Line> {
    let own = target.namespace.as_ref();
    let name = move |part: &Part| match part.target.namespace.as_ref().filter(|namespace| own != Some(namespace)) {
        Some(namespace) if part.target.is_pod() => format!("{namespace}/{}", part.target.name),
        Some(namespace) => format!("{namespace}/{}", name(&part.target)),
        None => name(&part.target),
    };
    let widest = parts.iter().map(|part| name(part).len()).max().unwrap_or(0);
    parts.iter().map(move |part| {
        let name = Piece::new(format!("  {:widest$}   ", name(part)), Tone::Plain);
        Line::new(0, vec![name, Piece::new(part.says.clone(), part.tone)])
    })
}

fn name(target: &Target) -> String {
    format!("{}/{}", target.what.kind.to_lowercase(), target.name)
}

/// What admission and defaulting change beyond what was asked.
fn admitted(asked: Value, after: Value) -> Vec<Line> {
    if after.get("kind").is_none() || secret::is_secret(&after) {
        return Vec::new();
    }
    let side = |object: Value| Side { title: String::new(), object };
    let lines: Vec<Line> = diff::of(side(asked), side(after)).lines.into_iter().skip(2).collect();
    if lines.iter().all(|line| line.pieces.iter().all(|piece| !matches!(piece.tone, Tone::Added | Tone::Removed))) {
        return Vec::new();
    }
    std::iter::once(Line::toned("the server also changes:", Tone::Changing)).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_unquoted() {
        assert_eq!(said(r#"299 - "unknown field \"x\"""#).as_deref(), Some(r#"unknown field "x""#));
    }
}
