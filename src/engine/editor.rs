//! The user's editor: which one, and a private file for it that is gone afterwards.
//!
//! `KUBE_EDITOR` and `EDITOR` are taken as kubectl takes them (pkg/cmd/util/editor), then `VISUAL`, then `vi`.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use tokio::process::Command;

const NAMES: [&str; 3] = ["KUBE_EDITOR", "EDITOR", "VISUAL"];
const FALLBACK: &str = if cfg!(windows) { "notepad" } else { "vi" };

/// Lets the user edit a text; the terminal must be lent. What comes back is the text as it was saved.
pub async fn run(text: &str) -> Result<String, String> {
    let editor = chosen(|name| std::env::var(name).ok());
    let shell = std::env::var("SHELL").ok().filter(|shell| !shell.is_empty()).unwrap_or_else(|| "/bin/bash".into());
    edited(&words(&editor, &shell), text).await.map_err(|e| format!("{editor}: {e}"))
}

async fn edited(words: &[String], text: &str) -> io::Result<String> {
    // A folder of its own: editors leave backups and swap files beside the file.
    let folder = private_folder()?;
    let file = folder.path().join("object.yaml");
    write(&file, text)?;
    let (program, rest) = words.split_first().ok_or_else(|| io::Error::other("no editor is named"))?;
    let mut guest = Command::new(program);
    guest.args(arguments(rest, &file));
    let status = guest.status().await?;
    if !status.success() {
        return Err(io::Error::other(format!("it ended with {status}")));
    }
    let saved = tokio::fs::read_to_string(&file).await;
    folder.close()?;
    saved
}

fn chosen(variable: impl Fn(&str) -> Option<String>) -> String {
    let named = NAMES.into_iter().filter_map(variable).find(|value| !value.trim().is_empty());
    named.unwrap_or_else(|| FALLBACK.into())
}

/// An editor with quotes is the shell's business; else blanks part its arguments.
fn words(editor: &str, shell: &str) -> Vec<String> {
    if !editor.contains(' ') {
        return vec![editor.to_owned()];
    }
    if editor.contains(['"', '\'', '\\']) {
        return vec![shell.to_owned(), "-c".into(), format!("{editor} \"$0\"")];
    }
    editor.split_whitespace().map(str::to_owned).collect()
}

fn arguments(rest: &[String], file: &Path) -> Vec<OsString> {
    rest.iter().map(OsString::from).chain([file.as_os_str().to_owned()]).collect()
}

fn private_folder() -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("rk9s-edit-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    io::Write::write_all(&mut options.open(file)?, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_is_found_as_kubectl_finds_it() {
        let of =
            |set: &[(&str, &str)]| chosen(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()));
        assert_eq!(of(&[("EDITOR", "nano"), ("KUBE_EDITOR", "vim"), ("VISUAL", "code")]), "vim");
        assert_eq!(of(&[("KUBE_EDITOR", ""), ("EDITOR", "nano")]), "nano");
        assert_eq!((of(&[("VISUAL", "code")]).as_str(), of(&[]).as_str()), ("code", FALLBACK));
        assert_eq!(words("code --wait", "sh"), ["code", "--wait"]);
        assert_eq!(words("emacs -nw --eval '(a b)'", "sh"), ["sh", "-c", "emacs -nw --eval '(a b)' \"$0\""]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_is_private_and_gone_afterwards() {
        let note = tempfile::NamedTempFile::new().unwrap();
        let script = format!(
            "stat -c %a \"$0\" > {0}; echo \"$0\" >> {0}; echo kept > \"$0~\"; echo more >> \"$0\"",
            note.path().display()
        );
        let words = ["sh".to_owned(), "-c".into(), script];
        assert_eq!(edited(&words, "text\n").await.unwrap(), "text\nmore\n");
        let noted = std::fs::read_to_string(note.path()).unwrap();
        let (mode, path) = noted.trim().split_once('\n').unwrap();
        assert_eq!(mode, "600");
        assert!(!Path::new(path).exists() && !Path::new(path).parent().unwrap().exists());
        let failed = edited(&["false".to_owned()], "text").await.unwrap_err();
        assert!(failed.to_string().contains("it ended with"), "{failed}");
    }
}
