//! What is painted, compared with what is kept.

use std::path::Path;

/// Compares a text with the file that keeps it; with `UPDATE=1` it is kept anew.
pub fn same(file: &str, painted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        return std::fs::write(&path, painted).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept == painted {
        return;
    }
    let differs = kept.lines().zip(painted.lines()).position(|(one, other)| one != other);
    let line = differs.unwrap_or_else(|| kept.lines().count().min(painted.lines().count()));
    let at = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_owned();
    panic!(
        "{file}:{}: is kept\n{}\nis painted\n{}\n\n{painted}\nUPDATE=1 keeps what is painted: look at it first",
        line + 1,
        at(&kept),
        at(painted)
    );
}
