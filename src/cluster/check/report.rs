//! The lines of a check: a mark, what it is about, how it went; below a fault, what to do.

use crate::cluster::fault::Fault;
use crate::text::clean;
use std::io::{self, Write};

/// Where the lines go, and whether all of them were good.
pub struct Report<'a> {
    out: &'a mut dyn Write,
    well: bool,
}

impl<'a> Report<'a> {
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out, well: true }
    }

    /// Whether no line was bad.
    pub fn is_well(&self) -> bool {
        self.well
    }

    /// It is as it should be.
    pub fn well(&mut self, about: &str, text: &str) -> io::Result<()> {
        self.line("ok", about, text)
    }

    /// Worth knowing, and neither good nor bad.
    pub fn note(&mut self, about: &str, text: &str) -> io::Result<()> {
        self.line("--", about, text)
    }

    /// It is not as it should be.
    pub fn bad(&mut self, about: &str, text: &str) -> io::Result<()> {
        self.well = false;
        self.line("!!", about, text)
    }

    /// It failed.
    pub fn fault(&mut self, about: &str, fault: &Fault) -> io::Result<()> {
        self.bad(about, &format!("{}: {}", fault.asked, fault.said))?;
        match &fault.hint {
            Some(hint) => self.line("  ", "", hint),
            None => Ok(()),
        }
    }

    fn line(&mut self, mark: &str, about: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "{mark} {about:<11} {}", clean::line(text))?;
        self.out.flush()
    }
}
