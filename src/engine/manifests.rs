//! Files of manifests: one, or all of a folder (not of folders in it), as `kubectl apply -f` takes them.

use crate::manifest::written::{self, Written};
use std::io;
use std::path::{Path, PathBuf};

/// kubectl's (cli-runtime, pkg/resource/builder.go).
const ENDS: [&str; 3] = ["json", "yaml", "yml"];
/// A file with more bytes is no manifest: the server takes far less.
const LONGEST: u64 = 32 << 20;

/// What a path holds, or what is wrong with it. It blocks.
pub fn read(path: &str) -> Result<Vec<Written>, String> {
    let whole = Path::new(path);
    let told = |path: &Path, e: io::Error| format!("{}: {e}", path.display());
    let files = if whole.is_dir() { folder(whole).map_err(|e| told(whole, e))? } else { vec![whole.to_owned()] };
    let mut all = Vec::new();
    for file in &files {
        let name = if whole.is_dir() { file.file_name().map(Path::new).unwrap_or(file) } else { file };
        let text = text(file).map_err(|e| told(file, e))?;
        all.extend(written::of_file(&name.display().to_string(), &text)?);
    }
    if all.is_empty() {
        let ends = if files.is_empty() { " in a .json, .yaml or .yml file" } else { "" };
        return Err(format!("{path}: there is no object{ends}"));
    }
    Ok(all)
}

/// `~/x` as shells have it.
pub fn expanded(path: &str) -> String {
    let home = path.strip_prefix("~/").zip(std::env::home_dir());
    home.map_or_else(|| path.to_owned(), |(rest, home)| home.join(rest).display().to_string())
}

fn folder(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let file = entry?.path();
        let fits = file.extension().and_then(|end| end.to_str()).is_some_and(|end| ENDS.contains(&end));
        if fits && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn text(file: &Path) -> io::Result<String> {
    let about = std::fs::metadata(file)?;
    // A pipe may never end.
    if !about.is_file() || about.len() > LONGEST {
        let why = if about.is_file() { "it is too long for a manifest" } else { "it is no file" };
        return Err(io::Error::other(why));
    }
    std::fs::read_to_string(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_in_order_and_no_deeper() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("b.yml", "kind: B\n---\nkind: C");
        write("a.json", "{\"kind\": \"A\"}");
        write("a.txt", "no manifest");
        std::fs::create_dir(dir.path().join("sub.yaml")).unwrap();
        let path = dir.path().display().to_string();
        let places = |path: &str| read(path).unwrap().into_iter().map(|one| one.place).collect::<Vec<_>>();
        assert_eq!(places(&path), ["a.json, document 1", "b.yml, document 1", "b.yml, document 2"]);
        assert_eq!(places(&format!("{path}/b.yml")).len(), 2);
        write("c.yaml", "a: [");
        assert!(read(&path).unwrap_err().starts_with("c.yaml, document 1: "));
        assert!(read(&format!("{path}/none.yaml")).unwrap_err().contains("none.yaml: No such file"));
        let empty = tempfile::tempdir().unwrap();
        assert!(read(&empty.path().display().to_string()).unwrap_err().contains("no object in a .json"));
        write("bytes.yaml", "");
        std::fs::write(dir.path().join("bytes.yaml"), [0xff, 0xfe]).unwrap();
        assert!(read(&format!("{path}/bytes.yaml")).unwrap_err().contains("UTF-8"));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_no_manifest() {
        assert!(read("/dev/null").unwrap_err().contains("no file"));
    }
}
