//! The settings' files and the memory between starts: where they are, and how they are read and replaced whole.
//!
//! `RK9S_CONFIG_DIR` and `RK9S_STATE_DIR` override the platform's directories.

use super::ThemeFile;
use super::texts::{Source, Texts};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The directory of `config.yaml`.
pub fn config_dir() -> Option<PathBuf> {
    env_dir("RK9S_CONFIG_DIR").or_else(|| Some(project()?.config_dir().to_path_buf()))
}

/// The directory of what rk9s remembers by itself.
pub fn state_dir() -> Option<PathBuf> {
    env_dir("RK9S_STATE_DIR").or_else(|| {
        let project = project()?;
        Some(project.state_dir().unwrap_or(project.data_local_dir()).to_path_buf())
    })
}

fn env_dir(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from)
}

fn project() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "rk9s")
}

/// The texts of everything that is configured, as it is on the disk now.
pub fn texts() -> Texts {
    let Some(dir) = config_dir() else { return Texts::default() };
    let one = |name: &str| source(&dir.join(name));
    Texts {
        config: one("config.yaml"),
        aliases: one("aliases.yaml"),
        views: one("views.yaml"),
        keymap: one("keymap.yaml"),
        keymaps: named(&dir.join("keymaps")),
        columns: recall(COLUMNS).unwrap_or_default(),
    }
}

/// The directories of themes and of k9s' skins.
const THEMES: [&str; 2] = ["themes", "skins"];

/// The user's themes, and the skins of k9s that were put beside them. A theme comes before a skin of the same name.
pub fn themes() -> Vec<ThemeFile> {
    let read = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?.to_owned();
        Some(ThemeFile { name, text: std::fs::read_to_string(&path).ok()?, file: path.display().to_string() })
    };
    theme_paths().into_iter().filter_map(read).collect()
}

/// Where [`themes`] are.
pub fn theme_paths() -> Vec<PathBuf> {
    let dirs = config_dir().into_iter().flat_map(|dir| THEMES.map(|name| dir.join(name)));
    let files = dirs.flat_map(|dir| {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<PathBuf> =
            entries.filter(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml")).collect();
        files.sort();
        files
    });
    files.collect()
}

/// Which theme was chosen instead of the one that the settings name.
pub const CHOSEN_THEMES: &str = "themes.yaml";
/// The files of [`texts`] that are there, and what may have changed of them since they were last looked at.
pub fn stamps() -> Vec<(PathBuf, Option<(std::time::SystemTime, u64)>)> {
    let Some(dir) = config_dir() else { return Vec::new() };
    let own = ["config.yaml", "aliases.yaml", "views.yaml", "keymap.yaml"].map(|name| dir.join(name));
    let keymaps = yaml_files(&dir.join("keymaps"));
    let seen = |path: PathBuf| {
        let state = std::fs::metadata(&path).ok().and_then(|file| Some((file.modified().ok()?, file.len())));
        (path, state)
    };
    own.into_iter().chain(keymaps).chain(state_dir().map(|dir| dir.join(COLUMNS))).map(seen).collect()
}

fn source(path: &Path) -> Option<Source> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(Source { file: path.display().to_string(), text })
}

/// The YAML files of a directory by the names that they are called by.
fn named(dir: &Path) -> BTreeMap<String, Source> {
    let name = |path: &Path| Some(path.file_stem()?.to_str()?.to_owned());
    yaml_files(dir).into_iter().filter_map(|path| Some((name(&path)?, source(&path)?))).collect()
}

fn yaml_files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    paths.sort();
    paths
}

/// The columns that were chosen, by kind.
pub const COLUMNS: &str = "columns.yaml";
/// The last view of each context.
pub const VIEWS: &str = "views.yaml";
/// The namespaces seen in each context.
pub const NAMESPACES: &str = "namespaces.yaml";

/// What was remembered under `name`, if anything.
pub fn recall(name: &str) -> Option<String> {
    std::fs::read_to_string(state_dir()?.join(name)).ok()
}

/// Changes what is remembered under `name`: `change` gets what is there now. Two rk9s at once change it one after the other, and
/// a reader sees the old or the new text, never a half.
pub fn update(name: &str, change: impl FnOnce(&str) -> String) -> std::io::Result<()> {
    let Some(dir) = state_dir() else { return Ok(()) };
    update_in(&dir, name, change)
}

fn update_in(dir: &Path, name: &str, change: impl FnOnce(&str) -> String) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    // The directory itself is the lock, so that no other file is needed; where it cannot be opened, the last one wins.
    let lock = std::fs::File::open(dir).ok();
    if let Some(lock) = &lock {
        lock.lock()?;
    }
    let path = dir.join(name);
    replace(&path, &change(&std::fs::read_to_string(&path).unwrap_or_default()))
}

/// Keeps a text under a new name that begins with `name`, in a private file, and says where.
pub fn save(name: &str, text: &str) -> std::io::Result<PathBuf> {
    let mut file = new_file(name)?;
    file.write_all(text.as_bytes())?;
    file.keep().map(|(_, path)| path).map_err(|e| e.error)
}

/// A private file under a new name that begins with `name`, gone again unless it is kept.
pub fn new_file(name: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let dir = state_dir().ok_or_else(|| std::io::Error::other("there is no directory to keep it in"))?.join("saved");
    std::fs::create_dir_all(&dir)?;
    let name: String = name.chars().map(|c| if c.is_alphanumeric() || "-._".contains(c) { c } else { '_' }).collect();
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, "txt"));
    tempfile::Builder::new().prefix(&format!("{stem}-")).suffix(&format!(".{end}")).tempfile_in(dir)
}

/// Replaces a file by rename, so that a reader sees the old or the new one; only the user can read it.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    // tempfile makes its files readable by the user alone.
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let dir = dir.path();
                scope.spawn(move || {
                    for line in 0..25 {
                        update_in(dir, "views.yaml", |before| format!("{before}{writer}-{line}: x\n")).unwrap();
                    }
                });
            }
        });
        let text = std::fs::read_to_string(dir.path().join("views.yaml")).unwrap();
        let lines: std::collections::BTreeSet<&str> = text.lines().collect();
        assert_eq!(lines.len(), 100);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing half-written is left");
    }
}
