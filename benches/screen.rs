//! The console in its terminal, as a bench sees it: when it painted what, and how long a key takes.

use super::terminal::{ESCAPE, Start, Terminal};
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(240);
/// Between keys: no multiple of a frame, and slower than a held key, so that each key is answered by a frame of its own.
const BETWEEN_KEYS: [u64; 4] = [23, 37, 51, 68];

/// A running console and its terminal of 200x50.
pub struct Console {
    terminal: Terminal,
    began: Instant,
    /// What the title says when all rows are there.
    live: String,
    _state: tempfile::TempDir,
}

impl Console {
    /// Starts it on all pods, of which there are so many, with a memory of its own.
    pub fn start(binary: &Path, kubeconfig: &Path, pods: usize, read: &str) -> Self {
        let state = tempfile::tempdir().unwrap();
        std::fs::write(state.path().join("config.yaml"), format!("read: {read}\n")).unwrap();
        let directory = state.path().to_str().unwrap();
        let start = Start::new(binary)
            .arguments(["pods", "-A"])
            .variable("KUBECONFIG", kubeconfig.to_str().unwrap())
            .variable("RK9S_STATE_DIR", directory)
            .variable("RK9S_CONFIG_DIR", directory)
            .size(50, 200);
        let began = Instant::now();
        let live = format!("● live {}", rk9s::views::bar::thousands(pods));
        Self { terminal: Terminal::start(&start), began, live, _state: state }
    }

    pub fn pid(&self) -> u32 {
        self.terminal.pid()
    }

    fn ms(&self) -> f64 {
        self.began.elapsed().as_secs_f64() * 1e3
    }

    /// Milliseconds from the start to the first frame that shows anything.
    pub fn painted(&self) -> f64 {
        self.terminal.wait_for("a frame", PATIENCE, |screen| !screen.contents().trim().is_empty());
        self.ms()
    }

    /// Milliseconds from the start to rows of pods.
    pub fn first_rows(&self) -> f64 {
        self.terminal.wait_for("rows", PATIENCE, |screen| screen.contents().contains("Running"));
        self.ms()
    }

    /// Milliseconds from the start to the title saying that all rows are there, and live.
    pub fn all_rows(&self) -> f64 {
        self.live();
        self.ms()
    }

    pub fn live(&self) {
        self.terminal.wait_for("all rows", PATIENCE, |screen| title(screen).contains(&self.live));
    }

    pub fn leaves_live(&self) {
        self.terminal.wait_for("the loss of the watch", PATIENCE, |screen| !title(screen).contains("● live"));
    }

    /// Presses `j` and `k`, ten times each by turns: milliseconds until the cursor has moved.
    pub fn keys(&mut self, count: usize) -> Vec<f64> {
        let mut press = |round: usize| {
            std::thread::sleep(Duration::from_millis(BETWEEN_KEYS[round % BETWEEN_KEYS.len()]));
            let before = cursor_line(&self.terminal.screen());
            let began = Instant::now();
            self.terminal.send(if round % 20 < 10 { "j" } else { "k" });
            self.terminal.wait_for("the cursor to move", PATIENCE, |screen| {
                let now = cursor_line(screen);
                now.is_some() && now != before
            });
            began.elapsed().as_secs_f64() * 1e3
        };
        (0..count).map(&mut press).collect()
    }

    /// Types a filter, ten times: milliseconds until each key is in the title, and the rows below fit it.
    pub fn filter(&mut self, text: &str) -> Vec<f64> {
        let mut taken = Vec::new();
        for _ in 0..10 {
            self.terminal.send("/");
            for end in 1..=text.len() {
                std::thread::sleep(Duration::from_millis(BETWEEN_KEYS[end % BETWEEN_KEYS.len()]));
                let typed = &text[..end];
                let began = Instant::now();
                self.terminal.send(&text[end - 1..end]);
                self.terminal.wait_for("the filtered rows", PATIENCE, |screen| {
                    title(screen).contains(&format!("/{typed}")) && row_has(screen, typed)
                });
                taken.push(began.elapsed().as_secs_f64() * 1e3);
            }
            self.terminal.send(ESCAPE);
            let typed = format!("/{text}");
            self.terminal.wait_for("all rows again", PATIENCE, |screen| !title(screen).contains(&typed));
        }
        taken
    }
}

/// The bar above.
fn title(screen: &vt100::Screen) -> String {
    let (_, columns) = screen.size();
    screen.rows(0, columns).next().unwrap_or_default()
}

/// Whether the last row of a full table fits; it is painted last.
fn row_has(screen: &vt100::Screen, text: &str) -> bool {
    let (rows, columns) = screen.size();
    let last = screen.rows(0, columns).nth(usize::from(rows) - 4).unwrap_or_default();
    last.contains(text)
}

fn cursor_line(screen: &vt100::Screen) -> Option<u16> {
    let (rows, _) = screen.size();
    (0..rows).find(|row| screen.cell(*row, 0).is_some_and(|cell| cell.contents() == "▌"))
}
