//! The prompt at the bottom: the `:` line and the `/` filter.

use super::App;
use super::msg::Now;
use crate::keys::Chord;
use crate::keys::line::{Edit, Line};
use crate::store::filter::{Fault, Filter};
use crossterm::event::{KeyCode, KeyModifiers};

/// What the line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum For {
    Command,
    /// A search in the text on the screen; the text is what was searched before, for Esc.
    Find {
        before: String,
    },
    /// What narrows the log on the screen; the text is what did before, for Esc.
    Log {
        part: Part,
        before: String,
    },
    /// The filter of the table on the screen; the text is what was in force before, for Esc.
    Filter {
        before: String,
    },
}

/// What is typed for a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Filter,
    Find,
}

/// An open prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub of: For,
    pub line: Line,
    /// Whole lines that could be meant, best first.
    pub completions: Vec<String>,
    /// Which of them Tab took last.
    pub chosen: Option<usize>,
    /// What is wrong with what was typed so far; not what is merely unfinished.
    pub wrong: Option<String>,
    /// Lines that were run before, and the place among them.
    past: Option<usize>,
}

impl Prompt {
    pub fn command(text: &str) -> Self {
        Self { of: For::Command, line: Line::new(text), completions: Vec::new(), chosen: None, wrong: None, past: None }
    }

    pub fn find(text: &str) -> Self {
        Self { of: For::Find { before: text.into() }, ..Self::command("") }
    }

    pub fn log(part: Part, text: &str) -> Self {
        Self { of: For::Log { part, before: text.into() }, ..Self::command(text) }
    }

    pub fn filter(text: &str) -> Self {
        Self { of: For::Filter { before: text.into() }, ..Self::command(text) }
    }
}

/// Whether a filter is a label selector for the server.
fn is_selector(text: &str) -> bool {
    text.trim_start().starts_with("-l")
}

impl App {
    pub(super) fn prompt_key(&mut self, chord: Chord) {
        let now = self.now;
        let Some(prompt) = &mut self.prompt else { return };
        let ctrl_c = chord.code == KeyCode::Char('c') && chord.modifiers.contains(KeyModifiers::CONTROL);
        match chord.code {
            KeyCode::Esc => self.leave_prompt(),
            _ if ctrl_c => self.leave_prompt(),
            KeyCode::Enter => self.enter_prompt(),
            KeyCode::Tab => self.complete(1),
            KeyCode::BackTab => self.complete(-1),
            KeyCode::Up => self.recall(-1),
            KeyCode::Down => self.recall(1),
            KeyCode::Backspace if prompt.line.is_empty() => self.leave_prompt(),
            _ => match prompt.line.key(chord) {
                Edit::Changed => self.prompt_changed(now),
                Edit::Moved | Edit::Passed => {}
            },
        }
    }

    /// The text changed: completions follow, and a filter works as it is typed.
    pub(super) fn prompt_changed(&mut self, _now: Now) {
        let Some(prompt) = &mut self.prompt else { return };
        prompt.chosen = None;
        let text = prompt.line.text();
        match prompt.of {
            For::Command => {
                let completions = self.completions(&text);
                if let Some(prompt) = &mut self.prompt {
                    prompt.completions = completions;
                }
            }
            For::Find { .. } => self.find(&text),
            For::Log { part, .. } => {
                let wrong = self.sift_log(part, &text).err();
                if let Some(prompt) = &mut self.prompt {
                    prompt.wrong = wrong;
                }
            }
            // A selector for the server is asked for on Enter only.
            For::Filter { .. } if is_selector(&text) => {}
            For::Filter { .. } => {
                let wrong = self.try_filter(&text).err().filter(|e| e.fault == Fault::Wrong);
                if let Some(prompt) = &mut self.prompt {
                    prompt.wrong = wrong.map(|e| e.to_string());
                }
            }
        }
    }

    fn leave_prompt(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        match prompt.of {
            For::Filter { before } => self.set_filter(&before),
            For::Find { before } => self.on_paper(|paper| paper.find = before),
            For::Log { part, before } => drop(self.sift_log(part, &before)),
            For::Command => {}
        }
    }

    /// Runs the line. A filter that does not parse keeps the prompt open and says what is wrong with it.
    fn enter_prompt(&mut self) {
        let Some(mut prompt) = self.prompt.take() else { return };
        let text = prompt.line.text();
        let done = match &prompt.of {
            For::Command => {
                self.keep_line(&text);
                self.run_line(&text);
                Ok(())
            }
            For::Find { .. } => {
                self.find(&text);
                Ok(())
            }
            For::Log { part, .. } => {
                let part = *part;
                return match self.sift_log(part, &text) {
                    Ok(()) => self.enter_sieve(part),
                    Err(why) => {
                        prompt.wrong = Some(why);
                        self.prompt = Some(prompt);
                    }
                };
            }
            For::Filter { before } if is_selector(&text) => {
                let before = before.clone();
                Filter::parse(&text, &[]).map(|filter| {
                    self.set_filter(&before);
                    self.select_on_server(filter.server_selector);
                })
            }
            For::Filter { .. } => self.try_filter(&text),
        };
        if let Err(e) = done {
            prompt.wrong = Some(e.to_string());
            self.prompt = Some(prompt);
        }
    }

    /// Asks the server to select by labels; the rows on the screen stay until its answer is there.
    fn select_on_server(&mut self, selector: Option<String>) {
        let Some(table) = self.table() else { return };
        let mut subject = table.subject.clone();
        subject.labels = selector;
        let meanwhile = table.copied_rows();
        self.open(subject);
        if let Some(table) = self.table_mut().filter(|table| table.rows.is_empty()) {
            table.show_meanwhile(meanwhile);
        }
    }

    fn complete(&mut self, step: isize) {
        let Some(prompt) = &mut self.prompt else { return };
        if prompt.of != For::Command || prompt.completions.is_empty() {
            return;
        }
        let len = prompt.completions.len() as isize;
        let next = prompt.chosen.map_or(if step > 0 { 0 } else { len - 1 }, |at| (at as isize + step).rem_euclid(len));
        prompt.chosen = Some(next as usize);
        if let Some(text) = prompt.completions.get(next as usize) {
            prompt.line = Line::new(text);
        }
    }

    fn recall(&mut self, step: isize) {
        let lines = self.past_lines.clone();
        let Some(prompt) = self.prompt.as_mut().filter(|prompt| prompt.of == For::Command) else { return };
        let at = prompt.past.unwrap_or(lines.len()).saturating_add_signed(step).min(lines.len());
        prompt.past = Some(at);
        prompt.line = Line::new(lines.get(at).map_or("", String::as_str));
    }

    /// Keeps a line that was run for Up.
    fn keep_line(&mut self, text: &str) {
        if !text.trim().is_empty() && self.past_lines.last().is_none_or(|last| last != text) {
            self.past_lines.push(text.to_owned());
        }
    }
}
