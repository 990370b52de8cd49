//! The journal's files: JSON Lines, one file a process under a lock, private, synced before a change is sent and after it ended.

use crate::app::journal::Entry;
use crate::config::load;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// Files that are read at the start, the newest ones.
const FILES: usize = 50;

/// This process's journal. It is made with the first change.
#[derive(Default)]
pub struct Journal {
    file: Option<File>,
}

impl Journal {
    /// Appends an entry as it is now, and waits until the disk has it.
    pub fn write(&mut self, process: &str, entry: &Entry) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(create(process)?),
        };
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        file.write_all(&line)?;
        file.sync_data()
    }
}

fn dir() -> io::Result<PathBuf> {
    let dir =
        load::state_dir().ok_or_else(|| io::Error::other("there is no directory for the journal"))?.join("journal");
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

fn create(process: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(dir()?.join(format!("{process}.jsonl")))?;
    // Others see by the lock that this process lives.
    file.lock()?;
    Ok(file)
}

/// The entries of all processes, oldest first.
pub fn read() -> Vec<Entry> {
    let Ok(dir) = dir() else { return Vec::new() };
    let Ok(files) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut files: Vec<PathBuf> = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    files.sort_by_key(|path| std::cmp::Reverse(path.metadata().and_then(|meta| meta.modified()).ok()));
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in files.iter().take(FILES).flat_map(|path| of_file(path).unwrap_or_default()) {
        // Another process may have found out how it ended.
        if entries.get(&entry.id).is_none_or(|known| !known.ended) {
            entries.insert(entry.id.clone(), entry);
        }
    }
    let mut entries: Vec<Entry> = entries.into_values().collect();
    entries.sort_by_key(Entry::order);
    entries
}

/// The last state of each entry of a file. A line that was cut off in a crash is left out.
fn of_file(path: &Path) -> io::Result<Vec<Entry>> {
    let file = File::open(path)?;
    let lives = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    for line in BufReader::new(file).lines() {
        if let Ok(entry) = serde_json::from_str::<Entry>(&line?) {
            entries.insert(entry.id.clone(), Entry { runs_elsewhere: lives, ..entry });
        }
    }
    Ok(entries.into_values().collect())
}
