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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The screen while rk9s has it.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    held: Held,
}

/// Whether the terminal is ours now. It is given back once: a second time would move the cursor back over what was written since,
/// such as the words of a panic.
#[derive(Clone, Default)]
struct Held(Arc<AtomicBool>);

impl Screen {
    /// Takes the terminal, and gives it back when dropped or when the program panics.
    pub fn enter() -> io::Result<Self> {
        let (before, held) = (std::panic::take_hook(), Held::default());
        let own = held.clone();
        std::panic::set_hook(Box::new(move |info| {
            own.give_back();
            before(info);
        }));
        held.take()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
        let terminal = Terminal::new(backend).inspect_err(|_| held.give_back())?;
        Ok(Self { terminal, held })
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
        self.held.give_back();
        super::signals::stop_self();
        let _ = self.held.take();
        self.forget();
    }

    /// Lends the terminal while `guest` runs.
    pub async fn lend<T>(&mut self, guest: impl Future<Output = T>) -> T {
        self.held.give_back();
        let result = guest.await;
        let _ = self.held.take();
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
        self.held.give_back();
    }
}

impl Held {
    fn take(&self) -> io::Result<()> {
        self.0.store(true, Ordering::SeqCst);
        enable_raw_mode().inspect_err(|_| self.give_back())?;
        let entered = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide);
        entered.inspect_err(|_| self.give_back())
    }

    /// Restores the terminal. Errors are of no use here: it may be gone.
    fn give_back(&self) {
        if !self.0.swap(false, Ordering::SeqCst) {
            return;
        }
        let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}
