//! Which files decide how to connect or what is configured, and whether they have changed: the kubeconfig, token and
//! certificate files; settings, keymaps, aliases, views; themes.
//!
//! They are looked at every few seconds: it works on every file system, and a change of credentials is nothing that must be
//! seen within a second. Reading them is the business of whoever connects.

use super::tasks::Reply;
use crate::app::msg::Msg;
use crate::cluster::connect::{self, Request};
use crate::config::load;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc;

const EVERY: Duration = Duration::from_secs(2);

/// A file as it was seen: when it was written, and how long it was; nothing while it is not there.
type Seen = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

/// Tells of every change until nobody listens.
pub async fn watch(request: Request, replies: mpsc::Sender<Reply>) {
    let (mut before, mut configured, mut themes) = (look(&request), load::stamps(), stamps(load::theme_paths()));
    loop {
        tokio::time::sleep(EVERY).await;
        // Themes come first: the settings may name one that is new.
        let looked = stamps(load::theme_paths());
        if looked != themes {
            themes = looked;
            if replies.send(Reply::Msg(Msg::Themes(load::themes()))).await.is_err() {
                return;
            }
        }
        let looked = load::stamps();
        if looked != configured {
            configured = looked;
            if replies.send(Reply::Msg(Msg::Config(Box::new(load::texts())))).await.is_err() {
                return;
            }
        }
        let now = look(&request);
        if now == before {
            continue;
        }
        before = now;
        if replies.send(Reply::Msg(Msg::Files)).await.is_err() {
            return;
        }
    }
}

fn look(request: &Request) -> Seen {
    stamps(connect::files(request))
}

fn stamps(paths: Vec<PathBuf>) -> Seen {
    let seen = |path: PathBuf| {
        let state = std::fs::metadata(&path).ok().and_then(|file| Some((file.modified().ok()?, file.len())));
        (path, state)
    };
    paths.into_iter().map(seen).collect()
}
