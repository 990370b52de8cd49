//! A page of the stack: a table, a text made from the state, a paper read from the cluster, or a log.

use super::log::LogPage;
use super::paper::Paper;
use super::table::Table;

/// What fills the screen between the bar above and the line below.
#[derive(Debug)]
pub enum Page {
    Table(Box<Table>),
    Text(Text),
    Paper(Box<Paper>),
    Log(Box<LogPage>),
}

impl Page {
    pub fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    pub fn table_mut(&mut self) -> Option<&mut Table> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    /// What the bar calls it; a table's name is its subject's.
    pub fn title(&self) -> String {
        match self {
            Self::Table(table) => table.subject.of.name(),
            Self::Text(text) => text.topic.title().into(),
            Self::Paper(paper) => paper.title(),
            Self::Log(log) => log.title(),
        }
    }
}

/// Which text. Its lines are made when painted, from the state as it is then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Help,
    Messages,
    Net,
    Running,
    Settings,
}

/// A page of text and how far it is scrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub topic: Topic,
    pub top: usize,
    /// Lines that fit, and lines there are, as of the last paint.
    pub height: usize,
    pub len: usize,
}

impl Text {
    pub fn new(topic: Topic) -> Self {
        Self { topic, top: 0, height: 1, len: 0 }
    }

    /// Scrolls by lines, never past the end.
    pub fn scroll(&mut self, lines: isize) {
        let last = self.len.saturating_sub(self.height);
        self.top = self.top.saturating_add_signed(lines).min(last);
    }
}

impl Topic {
    pub fn title(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Messages => "messages",
            Self::Net => "net",
            Self::Running => "running",
            Self::Settings => "settings",
        }
    }
}
