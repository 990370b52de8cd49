//! Plain text that is looked for in cells: smart case, anchored or not.
//!
//! It works on text in which every cell stands between line feeds, so that an anchor is a line feed in what is searched for
//! and one search does for all cells of a row.

use memchr::memmem::Finder;

/// Which ends of a cell the text is bound to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchors {
    pub start: bool,
    pub end: bool,
}

/// Whether case counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Counts,
    /// The text is in lower case and what is searched must be, too.
    Folded,
}

/// A text to look for.
#[derive(Clone, Debug)]
pub struct Needle {
    text: String,
    pub anchors: Anchors,
    pub case: Case,
    finder: Finder<'static>,
}

impl PartialEq for Needle {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.anchors, self.case) == (&other.text, other.anchors, other.case)
    }
}

impl Needle {
    /// Smart case: a capital letter in the text makes the case count.
    pub fn new(text: &str, anchors: Anchors) -> Self {
        let case = if text.chars().any(char::is_uppercase) { Case::Counts } else { Case::Folded };
        let text = if case == Case::Folded { folded(text) } else { text.to_owned() };
        let (start, end) = (if anchors.start { "\n" } else { "" }, if anchors.end { "\n" } else { "" });
        let finder = Finder::new(&[start, &text, end].concat()).into_owned();
        Self { text, anchors, case, finder }
    }

    /// The text, folded if case does not count.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether one of many cells fits: `cells` begins with a line feed and each cell ends with one; folded if
    /// [`Case::Folded`].
    pub fn is_in_cells(&self, cells: &str) -> bool {
        self.finder.find(cells.as_bytes()).is_some()
    }

    /// Whether a single cell fits, in its own spelling.
    pub fn is_in_cell(&self, cell: &str) -> bool {
        if self.case == Case::Folded && !is_folded(cell) {
            return self.fits(&folded(cell));
        }
        self.fits(cell)
    }

    fn fits(&self, cell: &str) -> bool {
        match self.anchors {
            Anchors { start: false, end: false } => self.finder.find(cell.as_bytes()).is_some(),
            Anchors { start: true, end: false } => cell.starts_with(&self.text),
            Anchors { start: false, end: true } => cell.ends_with(&self.text),
            Anchors { start: true, end: true } => cell == self.text,
        }
    }

    /// Adds the indices of the characters of a name that fit.
    pub fn highlight(&self, name: &str, found: &mut Vec<usize>) {
        let name: Vec<char> = match self.case {
            Case::Counts => name.chars().collect(),
            // One character for one, so that indices hold; the few letters that fold into two are not marked.
            Case::Folded => name.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect(),
        };
        let text: Vec<char> = self.text.chars().collect();
        if text.is_empty() {
            return;
        }
        for (at, window) in name.windows(text.len()).enumerate() {
            let bound = (!self.anchors.start || at == 0) && (!self.anchors.end || at + text.len() == name.len());
            if bound && window == text {
                found.extend(at..at + text.len());
            }
        }
    }
}

/// Whether folding would change nothing; cheap for what Kubernetes allows in names.
pub fn is_folded(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
}

/// Lower case, letter by letter.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Appends the text in lower case, letter by letter (so not `str::to_lowercase`, which looks at the neighbours of a sigma).
pub fn fold_into(text: &str, out: &mut String) {
    if !text.is_ascii() {
        out.extend(text.chars().flat_map(char::to_lowercase));
        return;
    }
    let start = out.len();
    out.push_str(text);
    if let Some(new) = out.get_mut(start..) {
        new.make_ascii_lowercase();
    }
}
