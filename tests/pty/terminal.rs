//! A program in a pseudo-terminal: what it painted, keys to it, its end. For any test that includes this file by `#[path]`.
//!
//! It never sleeps: what it waits for is looked at again whenever the program has written or ended. It answers no
//! questions that a program may put to its terminal.
#![allow(dead_code)]

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

pub const ENTER: &str = "\r";
pub const ESCAPE: &str = "\x1b";
pub const TAB: &str = "\t";
pub const UP: &str = "\x1b[A";
pub const DOWN: &str = "\x1b[B";
pub const PAGE_UP: &str = "\x1b[5~";
pub const PAGE_DOWN: &str = "\x1b[6~";
pub const HOME: &str = "\x1b[H";
pub const END: &str = "\x1b[F";
pub const CTRL_C: &str = "\x03";
pub const CTRL_Z: &str = "\x1a";

/// How to start a program. It gets no variable of ours but PATH.
pub struct Start {
    command: CommandBuilder,
    size: PtySize,
}

impl Start {
    pub fn new(program: &Path) -> Self {
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        Self { command, size: pty_size(24, 80) }
    }

    pub fn arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn directory(mut self, directory: &Path) -> Self {
        self.command.cwd(directory);
        self
    }

    pub fn size(mut self, rows: u16, columns: u16) -> Self {
        self.size = pty_size(rows, columns);
        self
    }
}

fn pty_size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// What the program did so far.
struct Seen {
    parser: vt100::Parser,
    /// Every byte it wrote.
    raw: Vec<u8>,
    /// When it last wrote.
    wrote: Instant,
    /// It has closed the terminal.
    closed: bool,
    status: Option<ExitStatus>,
}

/// Shared with the threads that read and that wait for the program's end.
struct Watch {
    seen: Mutex<Seen>,
    news: Condvar,
}

impl Watch {
    fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap());
        self.news.notify_all();
    }

    /// Waits until `look` finds something; looks after each change.
    fn until<T>(&self, patience: Duration, mut look: impl FnMut(&Seen) -> Option<T>) -> Option<T> {
        let end = Instant::now() + patience;
        let mut seen = self.seen.lock().unwrap();
        loop {
            if let Some(found) = look(&seen) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            seen = self.news.wait_timeout(seen, left).unwrap().0;
        }
    }
}

/// A running program and its terminal. It is killed when this is dropped.
pub struct Terminal {
    watch: Arc<Watch>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    killer: Box<dyn portable_pty::ChildKiller + Send + Sync>,
    pid: u32,
}

impl Terminal {
    pub fn start(start: &Start) -> Self {
        let pair = native_pty_system().openpty(start.size).unwrap();
        let mut child = pair.slave.spawn_command(start.command.clone()).unwrap();
        // Only the program holds the other end now, so that its end is the terminal's.
        drop(pair.slave);
        let watch = Arc::new(Watch {
            seen: Mutex::new(Seen {
                parser: vt100::Parser::new(start.size.rows, start.size.cols, 0),
                raw: Vec::new(),
                wrote: Instant::now(),
                closed: false,
                status: None,
            }),
            news: Condvar::new(),
        });
        let killer = child.clone_killer();
        let pid = child.process_id().unwrap_or_default();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let own = watch.clone();
        thread::spawn(move || {
            let mut piece = [0; 65536];
            // Linux says EIO, others say nothing more, when the program has closed its end.
            while let Ok(length @ 1..) = reader.read(&mut piece) {
                own.change(|seen| {
                    seen.parser.process(&piece[..length]);
                    seen.raw.extend_from_slice(&piece[..length]);
                    seen.wrote = Instant::now();
                });
            }
            own.change(|seen| seen.closed = true);
        });
        let own = watch.clone();
        thread::spawn(move || {
            let status = child.wait();
            own.change(|seen| seen.status = status.ok());
        });
        let writer = pair.master.take_writer().unwrap();
        Self { watch, master: Some(pair.master), writer: Some(writer), killer, pid }
    }

    /// The program's process id, to send signals to.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Types these bytes, all in one.
    pub fn send(&mut self, keys: &str) {
        let Some(writer) = &mut self.writer else { panic!("the terminal was hung up") };
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until the screen is as wanted, and returns it; the test fails with the screen if that takes too long or the
    /// program ends before. A screen may be seen half-painted: ask for all that is to be read from it.
    pub fn wait_for(
        &self,
        what: &str,
        patience: Duration,
        mut wanted: impl FnMut(&vt100::Screen) -> bool,
    ) -> vt100::Screen {
        let found = self.watch.until(patience, |seen| {
            if wanted(seen.parser.screen()) {
                return Some(Some(seen.parser.screen().clone()));
            }
            // Its last words are read before its end is believed.
            (seen.closed && seen.status.is_some()).then_some(None)
        });
        match found {
            Some(Some(screen)) => screen,
            Some(None) => panic!("the program ended before {what}; the screen:\n{}", self.text()),
            None => panic!("not within {patience:?}: {what}; the screen:\n{}", self.text()),
        }
    }

    /// Waits until these words are on the screen.
    pub fn wait_for_text(&self, words: &str, patience: Duration) -> vt100::Screen {
        self.wait_for(&format!("{words:?}"), patience, |screen| screen.contents().contains(words))
    }

    /// The screen with colours and attributes, as it is now.
    pub fn screen(&self) -> vt100::Screen {
        self.watch.seen.lock().unwrap().parser.screen().clone()
    }

    /// The screen's lines, as they are now.
    pub fn text(&self) -> String {
        self.screen().contents()
    }

    /// Every byte written so far.
    pub fn raw(&self) -> Vec<u8> {
        self.watch.seen.lock().unwrap().raw.clone()
    }

    /// When the program last wrote.
    pub fn last_written(&self) -> Instant {
        self.watch.seen.lock().unwrap().wrote
    }

    pub fn resize(&self, rows: u16, columns: u16) {
        self.watch.change(|seen| seen.parser.screen_mut().set_size(rows, columns));
        if let Some(master) = &self.master {
            master.resize(pty_size(rows, columns)).unwrap();
        }
    }

    /// Closes our end, as a terminal window does that is closed. Reading goes on until the program has closed its own.
    pub fn hang_up(&mut self) {
        self.writer = None;
        self.master = None;
    }

    /// Kills the program, if it still runs.
    pub fn kill(&mut self) {
        // An error means that it has ended already.
        let _ = self.killer.kill();
    }

    /// The program's end and its last output, if they come within this time.
    pub fn ends_within(&self, patience: Duration) -> Option<ExitStatus> {
        self.watch.until(patience, |seen| seen.status.clone().filter(|_| seen.closed))
    }

    /// Waits for the program's end and its last output.
    pub fn wait_for_end(&self, patience: Duration) -> ExitStatus {
        self.ends_within(patience)
            .unwrap_or_else(|| panic!("still running after {patience:?}; the screen:\n{}", self.text()))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
#[cfg(unix)]
fn a_shell_is_watched_to_its_end() {
    let patience = Duration::from_secs(10);
    let script = "stty size; read word; printf '\\033[1mgot %s\\033[0m\\n' \"$word\"; stty size; exit 3";
    let mut terminal = Terminal::start(&Start::new(Path::new("/bin/sh")).arguments(["-c", script]).size(30, 100));
    terminal.wait_for_text("30 100", patience);
    terminal.resize(40, 120);
    terminal.send("milk\n");
    let screen = terminal.wait_for_text("got milk", patience);
    assert!((0..40).any(|row| screen.cell(row, 0).is_some_and(|cell| cell.bold() && cell.contents() == "g")));
    let status = terminal.wait_for_end(patience);
    assert_eq!(status.exit_code(), 3);
    assert!(terminal.text().contains("40 120"));
}
