//! Saving a log: every line that the view shows, into a private file.

use crate::app::log::Times;
use crate::config::load;
use crate::store::log::{Kind, Log, Record};
use std::io::{self, BufWriter, Write};

/// Writes the lines, and says where they are.
pub fn save(log: &mut Log, name: &str, times: Times, sources: &[&str]) -> Result<String, String> {
    let saved = write_all(log, name, times, sources).map_err(|e| format!("save {name}: {e}"))?;
    Ok(saved)
}

fn write_all(log: &mut Log, name: &str, times: Times, sources: &[&str]) -> io::Result<String> {
    let file = load::new_file(name)?;
    let mut out = BufWriter::new(file);
    let (mut count, mut failed) = (0u64, Ok(()));
    let many = sources.len() > 1 && log.view().only.is_none();
    log.each(0, &mut |record| {
        let source = sources.get(usize::from(record.source)).copied().filter(|_| many);
        if failed.is_ok() {
            failed = line(&mut out, record, times, source);
            count += 1;
        }
    });
    failed?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    let (_, path) = file.keep().map_err(|e| e.error)?;
    Ok(format!("{count} lines saved to {}", path.display()))
}

fn line(out: &mut impl Write, record: Record<'_>, times: Times, source: Option<&str>) -> io::Result<()> {
    if times == Times::Shown
        && let Ok(at) = jiff::Timestamp::from_nanosecond(i128::from(record.at))
    {
        write!(out, "{at:.9} ")?;
    }
    if record.kind == Kind::Mark {
        return writeln!(out, "-- {} --", record.text);
    }
    if let Some(source) = source {
        write!(out, "[{source}] ")?;
    }
    writeln!(out, "{}", record.text)
}
