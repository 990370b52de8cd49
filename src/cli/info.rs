//! `rk9s info`: where things are and what is in force; `rk9s completion SHELL`. Neither talks to a cluster, and no value of a
//! setting is printed: some name servers and people.

use crate::config::load;
use crate::config::texts::{Config, Texts};
use clap::CommandFactory;
use std::io::{self, Write};
use std::path::Path;

/// Answers the commands that need no runtime; nothing for all others.
pub(super) fn answer(command: Option<&super::Command>, texts: &Texts, config: &Config) -> Option<io::Result<()>> {
    match command? {
        super::Command::Info => Some(info(texts, config, &mut io::stdout())),
        super::Command::Completion { shell } => {
            let mut script = Vec::new();
            completion(*shell, &mut script);
            Some(io::stdout().write_all(&script))
        }
        _ => None,
    }
}

/// Prints where files are looked for, which of them are in force, and what is wrong in them.
pub fn info(texts: &Texts, config: &Config, out: &mut dyn Write) -> io::Result<()> {
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    writeln!(out, "rk9s        {} ({system})", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "configured  {}", place(load::config_dir().as_deref()))?;
    writeln!(out, "remembered  {}", place(load::state_dir().as_deref()))?;
    writeln!(out, "log         none, unless --log-file names one")?;
    writeln!(out, "keymap      {}", config.settings.keymap())?;
    writeln!(out, "theme       {}", config.settings.theme(""))?;
    writeln!(out, "files in force")?;
    config.files.iter().try_for_each(|file| writeln!(out, "  {file}"))?;
    if config.files.is_empty() {
        writeln!(out, "  none: the defaults hold")?;
    }
    if !texts.columns.is_empty() {
        let path = load::state_dir().map(|dir| dir.join(load::COLUMNS));
        writeln!(out, "  {}", place(path.as_deref()))?;
    }
    if !config.mistakes.is_empty() {
        writeln!(out, "wrong in them")?;
        config.mistakes.iter().try_for_each(|mistake| writeln!(out, "  {mistake}"))?;
    }
    Ok(())
}

fn place(path: Option<&Path>) -> String {
    path.map_or_else(|| "nowhere: there is no home directory".into(), |path| path.display().to_string())
}

/// Prints a script that completes rk9s' arguments in a shell.
pub fn completion(shell: clap_complete::Shell, out: &mut dyn Write) {
    let mut command = super::Cli::command();
    clap_complete::generate(shell, &mut command, "rk9s", out);
}
