//! A text to be read: lines of toned pieces, what can be folded, and where a secret value stands.
//!
//! It is what `describe`, YAML, a diff or `:changes` come to. It knows neither where it came from nor how wide the screen is:
//! wrapping, searching and painting are the reader's.

/// What a piece of text is, for whoever gives it a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    /// Matters less: `<none>`, ages, punctuation.
    Dim,
    /// The name of a field.
    Key,
    /// A heading.
    Title,
    Well,
    Changing,
    Wrong,
    /// Lines of a diff.
    Added,
    Removed,
    /// What stands in the place of a secret value.
    Masked,
}

/// A run of text in one tone. The text is as it came: whoever paints it makes controls visible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub tone: Tone,
}

/// Whether the lines below a line are shown at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    #[default]
    Open,
    Closed,
}

/// One line. The lines after it that are deeper are its block, which can be folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// How deep it is in the structure; it does not indent, the pieces do.
    pub depth: u16,
    pub pieces: Vec<Piece>,
    /// How its block is shown at first.
    pub fold: Fold,
    /// The key of the secret value that the line shows or hides.
    pub secret: Option<String>,
    /// What stands to the left of it: who set it, and when.
    pub margin: String,
}

impl Line {
    pub fn new(depth: u16, pieces: Vec<Piece>) -> Self {
        Self { depth, pieces, ..Self::default() }
    }

    /// A line of one plain piece.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(0, vec![Piece::new(text, Tone::Plain)])
    }

    /// A line of one piece.
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self::new(0, vec![Piece::new(text, tone)])
    }

    /// What it says, without its margin.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }
}

impl Piece {
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

/// A whole text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    pub lines: Vec<Line>,
}

impl Document {
    /// What it says, for copies and files: one line a line, nothing folded.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text() + "\n").collect()
    }

    /// The lines of the block below line `at`.
    pub fn block(&self, at: usize) -> std::ops::Range<usize> {
        let Some(head) = self.lines.get(at) else { return at..at };
        let below = self.lines.iter().skip(at + 1).take_while(|line| line.depth > head.depth).count();
        at + 1..at + 1 + below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_what_is_deeper() {
        let at = |depth, text: &str| Line { depth, ..Line::plain(text) };
        let lines = vec![at(0, "metadata:"), at(1, "  labels:"), at(2, "    app: web"), at(1, "  name: x"), at(0, "z")];
        let document = Document { lines };
        assert_eq!(document.block(0), 1..4);
        assert_eq!(document.block(1), 2..3);
        assert_eq!(document.block(4), 5..5);
        assert!(document.text().starts_with("metadata:\n  labels:\n"));
    }
}
