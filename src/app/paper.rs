//! A paper: a document about one object, read from the cluster, and how far it is read: line, folds, search, wrap.
//!
//! Secret values are in it only while they are revealed; leaving the page forgets them.

use super::effect::{PaperId, SessionId};
use crate::cluster::fault::Fault;
use crate::cluster::papers::{Reveal, Target, View, Want};
use crate::text::document::{Document, Fold, Line};
use std::collections::HashSet;

/// Whether long lines are broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrap {
    #[default]
    Off,
    On,
}

/// A page about one object.
#[derive(Debug)]
pub struct Paper {
    pub session: SessionId,
    pub want: Want,
    /// What it is called, of a document that is rk9s' own: nothing is read for it.
    pub own: Option<String>,
    /// The task that reads it; none while it is frozen or covered.
    pub reading: Option<PaperId>,
    /// The user wants it to stay as it is.
    pub frozen: bool,
    pub document: Document,
    /// When it was read last, in seconds since the epoch; zero before the first time.
    pub read: i64,
    /// Why it could not be read the last time.
    pub fault: Option<Fault>,
    /// The line under the cursor and the first line on the screen, among the visible ones.
    pub at: usize,
    pub top: usize,
    /// Columns scrolled to the right.
    pub left: usize,
    pub wrap: Wrap,
    /// What is searched; empty is nothing.
    pub find: String,
    /// Rows on the screen, as of the last paint.
    pub height: usize,
    /// Lines whose folding the user turned, by their place in the structure.
    turned: HashSet<String>,
    visible: Vec<usize>,
}

impl Paper {
    pub fn new(session: SessionId, want: Want) -> Self {
        Self {
            session,
            want,
            own: None,
            reading: None,
            frozen: false,
            document: Document::default(),
            read: 0,
            fault: None,
            at: 0,
            top: 0,
            left: 0,
            wrap: Wrap::Off,
            find: String::new(),
            height: 1,
            turned: HashSet::new(),
            visible: Vec::new(),
        }
    }

    /// A document that is rk9s' own.
    pub fn own(session: SessionId, title: String, document: Document, now: i64) -> Self {
        let want = Want { view: View::Changes, target: Target::default(), reveal: Reveal::default() };
        let mut paper = Self { own: Some(title), frozen: true, ..Self::new(session, want) };
        paper.take(Ok(document), now);
        paper
    }

    /// `describe pod/orders-5c8d`, `yaml configmap/app`.
    pub fn title(&self) -> String {
        if let Some(title) = &self.own {
            return title.clone();
        }
        let target = &self.want.target;
        if target.name.is_empty() {
            return self.want.view.name().into();
        }
        format!("{} {}/{}", self.want.view.name(), target.what.kind.to_lowercase(), target.name)
    }

    /// A new reading; what is on the screen stays where it is as far as it can.
    pub fn take(&mut self, result: Result<Document, Fault>, now: i64) {
        match result {
            Err(fault) => self.fault = Some(fault),
            Ok(document) => {
                let first = self.read == 0;
                (self.document, self.read, self.fault) = (document, now, None);
                self.lay_out();
                if first && self.want.view == View::Keys {
                    // The heading is no key.
                    let first = self.visible().position(|(_, line)| line.secret.is_some());
                    self.at = first.unwrap_or(0);
                }
            }
        }
    }

    /// The visible lines, each with its number in the document.
    pub fn visible(&self) -> impl ExactSizeIterator<Item = (usize, &Line)> {
        const NONE: &Line =
            &Line { depth: 0, pieces: Vec::new(), fold: Fold::Open, secret: None, margin: String::new() };
        self.visible.iter().map(|at| (*at, self.document.lines.get(*at).unwrap_or(NONE)))
    }

    /// The line under the cursor and its number.
    pub fn current(&self) -> Option<(usize, &Line)> {
        let at = *self.visible.get(self.at)?;
        Some((at, self.document.lines.get(at)?))
    }

    pub fn step(&mut self, lines: isize) {
        let last = self.visible.len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(lines).min(last);
    }

    /// Whether the line's block is hidden.
    pub fn is_folded(&self, number: usize) -> bool {
        let Some(line) = self.document.lines.get(number) else { return false };
        let closed = line.fold == Fold::Closed;
        closed != (!self.turned.is_empty() && self.turned.contains(&self.place(number)))
    }

    /// Hides or shows the block of the line under the cursor; on a line without one, that of the line above it in the structure.
    pub fn turn(&mut self) {
        let Some((mut number, line)) = self.current() else { return };
        if self.document.block(number).is_empty() {
            let depth = line.depth;
            let above = |n: &usize| self.document.lines.get(*n).is_some_and(|line| line.depth < depth);
            let Some(head) = (0..number).rev().find(above) else { return };
            number = head;
        }
        let place = self.place(number);
        if !self.turned.remove(&place) {
            self.turned.insert(place);
        }
        self.lay_out();
        self.at = self.visible.iter().position(|at| *at == number).unwrap_or(self.at);
    }

    /// Opens the blocks around a line.
    fn unfold(&mut self, number: usize) {
        let mut depth = self.document.lines.get(number).map_or(0, |line| line.depth);
        for head in (0..number).rev() {
            let Some(line) = self.document.lines.get(head).filter(|line| line.depth < depth) else { continue };
            depth = line.depth;
            if self.is_folded(head) {
                let place = self.place(head);
                if !self.turned.remove(&place) {
                    self.turned.insert(place);
                }
            }
        }
        self.lay_out();
    }

    /// A line's place in the structure, which survives a new reading: the names of the blocks it is in, and its own.
    fn place(&self, number: usize) -> String {
        let Some(line) = self.document.lines.get(number) else { return String::new() };
        let name = |line: &Line| line.pieces.first().map(|piece| piece.text.trim().to_owned()).unwrap_or_default();
        let (mut path, mut depth) = (vec![name(line)], line.depth);
        for above in self.document.lines.iter().take(number).rev() {
            if above.depth < depth {
                depth = above.depth;
                path.push(name(above));
            }
        }
        path.reverse();
        path.join("\u{1}")
    }

    fn lay_out(&mut self) {
        let mut visible = Vec::with_capacity(self.document.lines.len());
        let mut number = 0;
        while number < self.document.lines.len() {
            visible.push(number);
            number = if self.is_folded(number) { self.document.block(number).end } else { number + 1 };
        }
        self.at = self.at.min(visible.len().saturating_sub(1));
        self.visible = visible;
    }

    /// Goes to the next line that has the searched text; from the cursor's own line when the text is being typed.
    pub fn seek(&mut self, way: Seek) -> bool {
        let Some(from) = self.visible.get(self.at).copied() else { return false };
        let lines = self.document.lines.len();
        let fits = |n: &usize| self.document.lines.get(*n).is_some_and(|line| !self.matches(&line.text()).is_empty());
        let found = match way {
            // What can be seen comes first: `managedFields` have most words in them.
            Seek::Here => {
                let seen = |n: &usize| self.visible.binary_search(n).is_ok() && fits(n);
                (from..lines).chain(0..from).find(seen).or_else(|| (from..lines).chain(0..from).find(fits))
            }
            Seek::Next => (from + 1..lines).chain(0..=from).find(fits),
            Seek::Previous => (0..from).rev().chain((from..lines).rev()).find(fits),
        };
        let Some(number) = found else { return false };
        self.unfold(number);
        self.at = self.visible.iter().position(|at| *at == number).unwrap_or(self.at);
        true
    }

    /// Where the searched text stands in a line, as ranges of bytes. Case matters only when the search has capitals.
    pub fn matches(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        if self.find.is_empty() {
            return Vec::new();
        }
        if self.find.chars().any(char::is_uppercase) || !text.is_ascii() {
            return text.match_indices(&self.find).map(|(at, found)| at..at + found.len()).collect();
        }
        let text = text.to_ascii_lowercase();
        text.match_indices(&self.find).map(|(at, found)| at..at + found.len()).collect()
    }

    /// Whether there is a value of a Secret in it, masked or not.
    pub fn has_secrets(&self) -> bool {
        // Keys of ConfigMaps are marked as well, to be copied.
        self.want.target.what.kind != "ConfigMap" && self.document.lines.iter().any(|line| line.secret.is_some())
    }

    /// Whether anything in it can be folded.
    pub fn has_folds(&self) -> bool {
        (0..self.document.lines.len()).any(|number| !self.document.block(number).is_empty())
    }

    /// Reveals the value on the cursor's line, or hides it again. Whether there is one.
    pub fn turn_secret(&mut self) -> bool {
        let Some(key) = self.current().and_then(|(_, line)| line.secret.clone()) else { return false };
        self.want.reveal = std::mem::take(&mut self.want.reveal).turned(&key);
        true
    }

    /// Reveals all values, or hides them all.
    pub fn turn_secrets(&mut self) {
        self.want.reveal = if self.want.reveal == Reveal::All { Reveal::Nothing } else { Reveal::All };
    }

    /// Whether it shows the values of Secrets now.
    pub fn reveals(&self) -> bool {
        self.want.reveal != Reveal::Nothing
    }

    pub fn is(&self, view: &View) -> bool {
        self.want.view == *view
    }
}

/// Which match to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    Here,
    Next,
    Previous,
}
