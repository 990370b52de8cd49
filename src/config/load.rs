//! The settings file and the memory between starts: where they are, and how they are read and replaced whole.
//!
//! `RK9S_CONFIG_DIR` and `RK9S_STATE_DIR` override the platform's directories.

use super::{Settings, ThemeFile};
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

/// The settings; a file that cannot be used is told and the defaults hold.
pub fn settings() -> (Settings, Option<String>) {
    let Some(path) = config_dir().map(|dir| dir.join("config.yaml")) else { return (Settings::default(), None) };
    let Ok(text) = std::fs::read_to_string(&path) else { return (Settings::default(), None) };
    if text.trim().is_empty() {
        return (Settings::default(), None);
    }
    match serde_yaml::from_str(&text) {
        Ok(settings) => (settings, None),
        Err(e) => (Settings::default(), Some(format!("{}: {e}; the defaults hold", path.display()))),
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
/// The last view of each context.
pub const VIEWS: &str = "views.yaml";
/// The namespaces seen in each context.
pub const NAMESPACES: &str = "namespaces.yaml";

/// What was remembered under `name`, if anything.
pub fn recall(name: &str) -> Option<String> {
    std::fs::read_to_string(state_dir()?.join(name)).ok()
}

/// Remembers `text` under `name`, in a private file that is replaced whole.
pub fn remember(name: &str, text: &str) -> std::io::Result<()> {
    let Some(dir) = state_dir() else { return Ok(()) };
    std::fs::create_dir_all(&dir)?;
    replace(&dir.join(name), text)
}

/// Keeps a text under a new name that begins with `name`, in a private file, and says where.
pub fn save(name: &str, text: &str) -> std::io::Result<PathBuf> {
    let dir = state_dir().ok_or_else(|| std::io::Error::other("there is no directory to keep it in"))?.join("saved");
    std::fs::create_dir_all(&dir)?;
    let name: String = name.chars().map(|c| if c.is_alphanumeric() || "-._".contains(c) { c } else { '_' }).collect();
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, "txt"));
    let mut file = tempfile::Builder::new().prefix(&format!("{stem}-")).suffix(&format!(".{end}")).tempfile_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.keep().map(|(_, path)| path).map_err(|e| e.error)
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
