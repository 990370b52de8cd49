//! A session with kubectl: commands and what they printed, as a file that can be read.
//!
//! A line `$ …` is a command, and the lines below are its answer: what it printed, its errors after that, and `[1]` if it ended so. Objects
//! asked for as JSON are a line for each field. `% …` is a command whose lines come in any order, and are kept sorted. `! …` is for the
//! embedded cluster alone: the lab runs no containers. `~ …` is a command that waits for something; its answer does not matter, but it must
//! go well. `& …` goes on beside the others, and ends at the line `.` after as many lines as are recorded there. `#` is for who reads.

use crate::plain;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(90);

/// Where a session is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Lab,
    Embedded,
}

#[derive(Clone, Debug, Default)]
struct Step {
    /// With its sign.
    command: String,
    answer: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Session {
    steps: Vec<Step>,
}

impl Session {
    pub fn read(text: &str) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        for line in text.lines() {
            let is_step = ["$ ", "% ", "! ", "~ ", "& ", "# "].iter().any(|sign| line.starts_with(sign)) || line == ".";
            match steps.last_mut() {
                Some(step) if !is_step => step.answer.push(line.to_owned()),
                _ => steps.push(Step { command: line.to_owned(), answer: Vec::new() }),
            }
        }
        Self { steps }
    }

    /// The same commands, with the answers of that cluster.
    pub fn run(&self, kubectl: &Path, kubeconfig: &Path, place: Place) -> Self {
        let home = tempfile::tempdir().unwrap();
        // A session may choose its namespace in it.
        let own = home.path().join("kubeconfig");
        std::fs::copy(kubeconfig, &own).unwrap();
        let command = |line: &str| {
            let mut command = Command::new(kubectl);
            command.current_dir(crate::folder()).args(shlex::split(line).unwrap());
            command
                .env_clear()
                .env("HOME", home.path())
                .env("PATH", "/usr/bin:/bin")
                .env("KUBECONFIG", &own)
                .stdin(Stdio::null());
            command
        };
        let mut beside: Option<Beside> = None;
        let answered = self.steps.iter().map(|step| {
            let (sign, line) = step.command.split_once(' ').unwrap_or((&step.command, ""));
            let mut answer = Vec::new();
            match sign {
                "!" if place == Place::Lab => answer.clone_from(&step.answer),
                "$" | "!" => answer = answer_of(line, command(line)),
                "%" => {
                    answer = answer_of(line, command(line));
                    answer.sort();
                }
                "~" => settle(line, command(line)),
                "&" => beside = Some(Beside::start(command(line))),
                "." => answer = beside.take().unwrap().lines(step.answer.len()),
                _ => answer.clone_from(&step.answer),
            }
            Step { command: step.command.clone(), answer }
        });
        Self { steps: answered.collect() }
    }

    /// Lines that only one of them has: `command: -mine`, `command: +theirs`.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let steps = self.steps.iter().zip(&other.steps);
        let found = steps.flat_map(|(mine, theirs)| {
            let lines = lines_apart(&mine.answer, &theirs.answer).into_iter();
            lines.map(|line| format!("{}: {line}", mine.command)).collect::<Vec<_>>()
        });
        found.collect()
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "{}", step.command)?;
            step.answer.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        }
        Ok(())
    }
}

fn answer_of(line: &str, mut command: Command) -> Vec<String> {
    let output = finish(line, &mut command);
    let [text, errors] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let is_json = line.contains("-o json") && !line.contains("-o jsonpath");
    let mut answer = match serde_json::from_str(&text) {
        Ok(object) if is_json => plain::fields(&object),
        _ => plain::text(&text),
    };
    if line.starts_with("top ") {
        answer = plain::numbers(&answer);
    }
    answer.extend(plain::text(&errors));
    if !output.status.success() {
        answer.push(format!("[{}]", output.status.code().unwrap_or_default()));
    }
    answer
}

/// What a command came to; it is killed, and the test fails, if it takes too long.
fn finish(line: &str, command: &mut Command) -> Output {
    let program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = program.id();
    let (sender, ended) = channel();
    std::thread::spawn(move || sender.send(program.wait_with_output()));
    if let Ok(output) = ended.recv_timeout(PATIENCE) {
        return output.unwrap();
    }
    Command::new("kill").arg(pid.to_string()).status().unwrap();
    panic!("no end of {line}");
}

fn settle(line: &str, mut command: Command) {
    let output = finish(line, &mut command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "~ {line}: {said}");
}

/// A command that goes on beside others.
struct Beside {
    program: Child,
    lines: Receiver<String>,
    first: String,
}

impl Beside {
    /// Once it has said something.
    fn start(mut command: Command) -> Self {
        let mut program = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(program.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let first = lines.recv_timeout(PATIENCE).unwrap();
        Self { program, lines, first }
    }

    fn lines(mut self, count: usize) -> Vec<String> {
        let more = (1..count).map_while(|_| self.lines.recv_timeout(PATIENCE).ok());
        let lines: Vec<String> = std::iter::once(self.first.clone()).chain(more).collect();
        self.program.kill().unwrap();
        self.program.wait().unwrap();
        plain::text(&lines.join("\n"))
    }
}

/// By the longest common sequence of lines.
fn lines_apart(mine: &[String], theirs: &[String]) -> Vec<String> {
    let mut common = vec![vec![0u32; theirs.len() + 1]; mine.len() + 1];
    for (i, a) in mine.iter().enumerate().rev() {
        for (j, b) in theirs.iter().enumerate().rev() {
            common[i][j] = if a == b { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while i < mine.len() || j < theirs.len() {
        let is_mine = i < mine.len() && (j == theirs.len() || common[i + 1][j] >= common[i][j + 1]);
        if i < mine.len() && j < theirs.len() && mine[i] == theirs[j] {
            (i, j) = (i + 1, j + 1);
        } else if is_mine {
            found.push(format!("-{}", mine[i]));
            i += 1;
        } else {
            found.push(format!("+{}", theirs[j]));
            j += 1;
        }
    }
    found
}

#[test]
fn every_line_that_differs_is_told() {
    let mine = Session::read("# why\n$ get a\nx\ny\nz\n$ get b\n");
    let theirs = Session::read("# why\n$ get a\nx\nY\nz\n$ get b\nnew\n");
    assert_eq!(mine.differences(&theirs), ["$ get a: -y", "$ get a: +Y", "$ get b: +new"]);
    assert_eq!(mine.to_string(), "# why\n$ get a\nx\ny\nz\n$ get b\n");
}
