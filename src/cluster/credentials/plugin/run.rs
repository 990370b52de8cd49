//! The process of a plugin: started, listened to, and ended when it takes too long or nobody waits any more.

use super::super::super::fault::{Class, Fault};
use super::{ExecMode, Plugin};
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Plugins open browsers and wait for their users; what takes longer has been forgotten.
const PATIENCE: Duration = Duration::from_secs(180);
/// What a plugin has started may hold its pipes open after it has ended.
const LINGER: Duration = Duration::from_millis(300);
/// A credential is small.
const MOST_OUTPUT: usize = 1 << 20;
/// The end of what a plugin says of its troubles.
const MOST_NOTES: usize = 4 << 10;
/// So much of it goes into a fault.
const MOST_SAID: usize = 600;

/// What a running plugin writes to its standard error, for those who wait.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Option<Vec<u8>>>>);

impl Notes {
    /// The text so far; none when no plugin runs.
    pub fn running(&self) -> Option<String> {
        self.with(|notes| notes.as_ref().map(|notes| String::from_utf8_lossy(notes).into_owned()))
    }

    fn with<T>(&self, of: impl FnOnce(&mut Option<Vec<u8>>) -> T) -> T {
        of(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, bytes: &[u8]) {
        self.with(|notes| {
            let notes = notes.get_or_insert_default();
            notes.extend_from_slice(bytes);
            let excess = notes.len().saturating_sub(MOST_NOTES);
            notes.drain(..excess);
        });
    }
}

/// Takes the notes away when the plugin has ended, or its future is dropped.
struct Listening<'a>(&'a Notes);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.with(Option::take);
    }
}

/// Runs a plugin and gives what it wrote to its standard output.
pub async fn run(plugin: &Plugin, mode: ExecMode, notes: &Notes) -> Result<Vec<u8>, Fault> {
    let mut child = command(plugin, mode).spawn().map_err(|e| not_started(plugin, &e))?;
    notes.with(|notes| *notes = Some(Vec::new()));
    let _listening = Listening(notes);
    let mut output = Vec::new();
    let ended = match mode {
        // Who has the screen can end it.
        ExecMode::Lent => attend(&mut child, &mut output, notes).await,
        ExecMode::Captured => match timeout(PATIENCE, attend(&mut child, &mut output, notes)).await {
            Ok(ended) => ended,
            Err(_) => {
                let said = format!("it has not ended after {} s; {}", PATIENCE.as_secs(), tail(notes));
                let fault = fault(plugin, said.trim_end_matches("; ").to_owned());
                return Err(fault.hint("does it ask you something? Then lend it the screen, or log in elsewhere"));
            }
        },
    };
    let status = ended.map_err(|e| fault(plugin, e.to_string()))?;
    if output.len() > MOST_OUTPUT {
        return Err(fault(plugin, "it writes without end".into()));
    }
    if status.success() { Ok(output) } else { Err(failed(plugin, status, notes)) }
}

fn command(plugin: &Plugin, mode: ExecMode) -> Command {
    let mut command = Command::new(&plugin.command);
    command.args(&plugin.args).envs(plugin.env.iter().map(|(name, value)| (name, value)));
    command.env("KUBERNETES_EXEC_INFO", plugin.info(mode)).stdout(Stdio::piped()).kill_on_drop(true);
    match mode {
        ExecMode::Lent => command.stdin(Stdio::inherit()).stderr(Stdio::inherit()),
        ExecMode::Captured => {
            // Not in the terminal's foreground group, a plugin that opens the terminal itself is stopped instead of reading keys.
            #[cfg(unix)]
            command.process_group(0);
            command.stdin(Stdio::null()).stderr(Stdio::piped())
        }
    };
    command
}

/// Reads what the plugin writes until it has ended.
async fn attend(child: &mut Child, output: &mut Vec<u8>, notes: &Notes) -> io::Result<ExitStatus> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let reading = async {
        let out = pump(stdout, |bytes| {
            output.extend_from_slice(bytes);
            output.len() <= MOST_OUTPUT
        });
        let err = pump(stderr, |bytes| {
            notes.add(bytes);
            true
        });
        futures::join!(out, err);
    };
    tokio::pin!(reading);
    tokio::select! {
        biased;
        () = &mut reading => child.wait().await,
        status = child.wait() => {
            // Late words are welcome, not waited for.
            let _ = timeout(LINGER, reading).await;
            status
        }
    }
}

async fn pump(from: Option<impl AsyncRead + Unpin>, mut take: impl FnMut(&[u8]) -> bool) {
    let Some(mut from) = from else { return };
    let mut buffer = [0; 4096];
    while let Ok(read) = from.read(&mut buffer).await {
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() || !take(bytes) {
            return;
        }
    }
}

fn fault(plugin: &Plugin, said: String) -> Fault {
    Fault::new(Class::Credentials, plugin.asked(), said)
}

fn not_started(plugin: &Plugin, error: &io::Error) -> Fault {
    let said = match error.kind() {
        io::ErrorKind::NotFound => format!("{} is not installed, or not in PATH", plugin.name()),
        _ => format!("{} cannot be run: {error}", plugin.name()),
    };
    fault(plugin, said).hint_if(plugin.install_hint.clone())
}

fn failed(plugin: &Plugin, status: ExitStatus, notes: &Notes) -> Fault {
    let words = tail(notes);
    let said = if words.is_empty() { status.to_string() } else { format!("{words} ({status})") };
    // A shell's way to say that something is not there.
    let missing = status.code() == Some(127);
    let hint = plugin.install_hint.clone().filter(|_| missing);
    fault(plugin, said).hint_if(hint.or_else(|| Some(format!("run {} yourself, or log in again", plugin.name()))))
}

/// The end of what the plugin said, in one line.
fn tail(notes: &Notes) -> String {
    let text = notes.running().unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line = lines.join("; ");
    let excess = line.chars().count().saturating_sub(MOST_SAID);
    line.chars().skip(excess).collect()
}
