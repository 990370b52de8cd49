//! A private temporary file for what memory has no room for. It has no name: nobody else can open it, and nothing is left
//! of it when rk9s ends, however that happens.

use crate::store::log::{SLOT, Spill};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// A file that is made when it is first needed.
#[derive(Default)]
pub struct TempSpill {
    file: Option<File>,
}

impl TempSpill {
    fn at(&mut self, slot: u32) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let file = self.file.insert(file);
        file.seek(SeekFrom::Start(u64::from(slot) * SLOT as u64))?;
        Ok(file)
    }
}

impl Spill for TempSpill {
    fn write(&mut self, slot: u32, bytes: &[u8]) -> Result<(), String> {
        let written = self.at(slot).and_then(|file| file.write_all(bytes));
        written.map_err(|e| format!("keep lines in a temporary file: {e}"))
    }

    fn read(&mut self, slot: u32, len: usize) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; len];
        let read = self.at(slot).and_then(|file| file.read_exact(&mut bytes));
        read.map(|()| bytes).map_err(|e| format!("read lines back from a temporary file: {e}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_in_any_order() {
        let mut spill = TempSpill::default();
        for slot in [0u32, 7, 3] {
            spill.write(slot, &vec![slot as u8; SLOT]).unwrap();
        }
        spill.write(7, b"again").unwrap();
        assert_eq!(spill.read(3, 2).unwrap(), [3, 3]);
        assert_eq!(spill.read(7, 5).unwrap(), b"again");
        assert!(spill.read(99, 1).is_err());
    }
}
