//! Copying: through the terminal (OSC 52) over SSH, else by the desktop's clipboard; it says which.

use super::terminal::Screen;
use crate::config::Clipboard;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Terminals drop longer sequences silently; so copying more is refused aloud.
const LONGEST: usize = 74_994;

/// Copies a text; says where it went, or why it did not.
pub fn copy(text: &str, by: Clipboard, screen: &mut Screen) -> Result<String, String> {
    let remote = || ["SSH_CONNECTION", "SSH_TTY"].iter().any(|name| std::env::var_os(name).is_some());
    let system = match by {
        Clipboard::Off => return Err("nothing was copied: `clipboard` is off in the settings".into()),
        Clipboard::System => true,
        Clipboard::Osc52 => false,
        Clipboard::Auto => !remote(),
    };
    if system {
        match arboard::Clipboard::new().and_then(|mut clipboard| clipboard.set_text(text)) {
            Ok(()) => return Ok(format!("the clipboard: {}", short(text))),
            Err(e) if by == Clipboard::System => {
                return Err(format!(
                    "nothing was copied, as there is no desktop clipboard: {e}; `clipboard: osc52` uses the terminal's"
                ));
            }
            Err(e) => tracing::debug!("no desktop clipboard: {e}"),
        }
    }
    let encoded = STANDARD.encode(text);
    if encoded.len() > LONGEST {
        return Err(format!("{} bytes are more than terminals take by OSC 52; nothing was copied", text.len()));
    }
    screen
        .write_raw(&sequence(&encoded, std::env::var_os("TMUX").is_some()))
        .map_err(|e| format!("the terminal: {e}"))?;
    Ok(format!("the terminal's clipboard (OSC 52): {}", short(text)))
}

/// tmux passes the sequence on when it is wrapped and `allow-passthrough` or `set-clipboard` is on; both forms are sent.
fn sequence(encoded: &str, in_tmux: bool) -> String {
    let plain = format!("\x1b]52;c;{encoded}\x07");
    if in_tmux { format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\") } else { plain }
}

fn short(text: &str) -> String {
    let lines = text.lines().count();
    if lines > 1 { format!("{lines} lines") } else { crate::text::width::cut(text, 60).into_owned() }
}
