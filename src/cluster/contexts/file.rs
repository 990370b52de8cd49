//! One kubeconfig file: read whole, and where it does not parse as a whole, entry by entry.

use kube::config::{AuthInfo, Cluster, Context, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// A kubeconfig is small; whatever is bigger is something else.
const LONGEST: u64 = 32 << 20;

/// A file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub path: PathBuf,
    pub condition: Condition,
}

/// What was found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// So many contexts.
    Read { contexts: usize },
    /// Not there, and skipped, as kubectl does.
    Missing,
    /// Not to be read at all, and why.
    Broken(String),
}

/// Something that a file names, or why it cannot be used.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    pub sound: Result<T, String>,
    pub file: Option<PathBuf>,
}

impl<T> Entry<T> {
    pub fn sound(value: T, file: Option<PathBuf>) -> Self {
        Self { sound: Ok(value), file }
    }
}

/// What a file holds.
pub struct Loaded {
    pub source: Source,
    pub current: Option<String>,
    pub contexts: Vec<(String, Entry<Context>)>,
    pub clusters: Vec<(String, Entry<Cluster>)>,
    pub users: Vec<(String, Entry<AuthInfo>)>,
}

/// Whether a file has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It was asked for by name.
    Required,
    Optional,
}

/// Reads a file.
pub fn read(path: &Path, presence: Presence) -> Loaded {
    let mut loaded = Loaded::nothing(path);
    let text = match text_of(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound && presence == Presence::Optional => return loaded,
        Err(e) => {
            loaded.source.condition = Condition::Broken(e.to_string());
            return loaded;
        }
    };
    loaded.read(&text);
    loaded
}

/// Reads a text that is in no file.
pub fn of_text(text: &str) -> Loaded {
    let mut loaded = Loaded::nothing(Path::new(""));
    loaded.read(text);
    loaded
}

/// The sections of a kubeconfig, their entries not yet understood.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Loose {
    clusters: Option<Vec<Value>>,
    users: Option<Vec<Value>>,
    contexts: Option<Vec<Value>>,
    #[serde(rename = "current-context")]
    current: Option<String>,
}

impl Loaded {
    fn nothing(path: &Path) -> Self {
        Self {
            source: Source { path: path.to_owned(), condition: Condition::Missing },
            current: None,
            contexts: Vec::new(),
            clusters: Vec::new(),
            users: Vec::new(),
        }
    }

    fn read(&mut self, text: &str) {
        match parse::<Kubeconfig>(text) {
            Ok(documents) => documents.into_iter().for_each(|document| self.take(document)),
            Err(whole) => match parse::<Loose>(text) {
                Ok(documents) => documents.into_iter().for_each(|document| self.take_loose(document)),
                Err(_) => return self.source.condition = Condition::Broken(whole),
            },
        }
        self.resolve_paths(self.source.path.clone().parent().unwrap_or(Path::new("")));
        self.source.condition = Condition::Read { contexts: self.contexts.len() };
    }

    fn entry<T>(&self, value: Option<T>, what: &str) -> Entry<T> {
        let file = Some(self.source.path.clone());
        Entry { sound: value.ok_or_else(|| format!("its entry says no {what}")), file }
    }

    fn set_current(&mut self, current: Option<String>) {
        self.current = self.current.take().or(current.filter(|name| !name.is_empty()));
    }

    fn take(&mut self, document: Kubeconfig) {
        self.set_current(document.current_context);
        for NamedContext { name, context, .. } in document.contexts {
            let entry = self.entry(context, "context");
            self.contexts.push((name, entry));
        }
        for NamedCluster { name, cluster, .. } in document.clusters {
            let entry = self.entry(cluster, "cluster");
            self.clusters.push((name, entry));
        }
        for NamedAuthInfo { name, auth_info, .. } in document.auth_infos {
            // An empty user is one who shows nothing.
            self.users.push((name, Entry::sound(auth_info.unwrap_or_default(), Some(self.source.path.clone()))));
        }
    }

    fn take_loose(&mut self, document: Loose) {
        self.set_current(document.current);
        let file = Some(self.source.path.clone());
        self.contexts.extend(entries(document.contexts, &file, |n: NamedContext| n.context));
        self.clusters.extend(entries(document.clusters, &file, |n: NamedCluster| n.cluster));
        self.users.extend(entries(document.users, &file, |n: NamedAuthInfo| n.auth_info));
    }

    /// Relative paths are meant from the file that has them; a plugin's only where it is a path and not a name.
    fn resolve_paths(&mut self, folder: &Path) {
        let resolve = |path: &mut Option<String>| {
            let Some(named) = path.as_mut().filter(|named| !named.is_empty()) else {
                *path = None;
                return;
            };
            *named = folder.join(&*named).display().to_string();
        };
        for cluster in self.clusters.iter_mut().filter_map(|(_, entry)| entry.sound.as_mut().ok()) {
            resolve(&mut cluster.certificate_authority);
        }
        for user in self.users.iter_mut().filter_map(|(_, entry)| entry.sound.as_mut().ok()) {
            resolve(&mut user.client_certificate);
            resolve(&mut user.client_key);
            resolve(&mut user.token_file);
            let exec = user.exec.as_mut().filter(|exec| {
                exec.command.as_ref().is_some_and(|command| command.contains(std::path::MAIN_SEPARATOR))
            });
            if let Some(exec) = exec {
                resolve(&mut exec.command);
            }
        }
    }
}

fn entries<N: DeserializeOwned, T>(
    section: Option<Vec<Value>>,
    file: &Option<PathBuf>,
    inner: impl Fn(N) -> Option<T>,
) -> Vec<(String, Entry<T>)> {
    let read = |value: Value| {
        let name = value.get("name").and_then(Value::as_str)?.to_owned();
        let sound = serde_json::from_value::<N>(value).map_err(|e| redact(&e.to_string()));
        let sound = sound.and_then(|named| inner(named).ok_or_else(|| "its entry is empty".to_owned()));
        Some((name, Entry { sound, file: file.clone() }))
    };
    section.unwrap_or_default().into_iter().filter_map(read).collect()
}

/// The documents of a file. A key that comes twice is taken as it comes last, as kubectl does.
fn parse<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, String> {
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|e| redact(&e.to_string()))
}

/// An error without what it quotes: that may be a token.
fn redact(said: &str) -> String {
    let mut out = String::with_capacity(said.len());
    let mut quote = None;
    for c in said.chars() {
        match quote {
            None => {
                quote = matches!(c, '"' | '`').then_some(c);
                out.push(c);
            }
            Some(end) if c == end => {
                out.push('…');
                out.push(c);
                quote = None;
            }
            Some(_) => {}
        }
    }
    out.lines().next().unwrap_or_default().to_owned()
}

/// A file's text: UTF-8, or UTF-16 as Windows shells write it, with or without a byte order mark.
fn text_of(path: &Path) -> io::Result<String> {
    if std::fs::metadata(path)?.len() > LONGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too big for a kubeconfig"));
    }
    let bytes = std::fs::read(path)?;
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(unit).collect();
        String::from_utf16(&units).ok()
    };
    let text = match bytes.as_slice() {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    };
    let text = text.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is no text"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn errors_do_not_quote_what_they_found() {
        let said = "invalid type: string \"s3cret\", expected a map\n at line 3";
        assert_eq!(redact(said), "invalid type: string \"…\", expected a map");
        assert_eq!(redact("unknown `s3cret"), "unknown `");
    }
}
