//! The terminal: entered, left, lent and restored. Whatever happens (an error, a panic, a signal), it is left as it was found.

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io::{self, BufWriter, Stdout, Write};

/// The screen while rk9s has it.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Screen {
    /// Takes the terminal, and gives it back when dropped or when the program panics.
    pub fn enter() -> io::Result<Self> {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
        take()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
        let terminal = Terminal::new(backend).inspect_err(|_| give_back())?;
        Ok(Self { terminal })
    }

    /// Columns and lines; 80x24 when the terminal does not say.
    pub fn size(&self) -> (u16, u16) {
        self.terminal.size().map_or((80, 24), |size| (size.width, size.height))
    }

    /// Paints one frame: only the cells that changed are written, in one synchronized update.
    pub fn draw(&mut self, paint: impl FnOnce(Rect, &mut Buffer) -> Option<(u16, u16)>) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| {
            let area = frame.area();
            if let Some(cursor) = paint(area, frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        })?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.terminal.backend_mut().flush()
    }

    /// Paints everything anew at the next frame.
    pub fn forget(&mut self) {
        let (width, height) = self.size();
        // `clear` would ask the terminal for its cursor, on the input that the loop reads.
        let _ = self.terminal.resize(Rect { x: 0, y: 0, width, height });
    }

    /// Stops the process as Ctrl-Z does in a shell; returns when it was continued.
    pub fn stop_process(&mut self) {
        give_back();
        super::signals::stop_self();
        let _ = take();
        self.forget();
    }

    /// Lends the terminal while `guest` runs.
    pub async fn lend<T>(&mut self, guest: impl Future<Output = T>) -> T {
        give_back();
        let result = guest.await;
        let _ = take();
        self.forget();
        result
    }

    /// Writes an escape sequence that paints nothing, such as a copy through the terminal.
    pub fn write_raw(&mut self, sequence: &str) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide).inspect_err(|_| give_back())
}

/// Restores the terminal. Errors are of no use here: it may be gone.
fn give_back() {
    let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
}
