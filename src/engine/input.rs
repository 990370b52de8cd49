//! What the terminal sends, as a channel: the loop can then take every key that waits without asking the terminal.

use super::tasks::Tasks;
use crossterm::event::{Event, EventStream};
use futures::StreamExt;
use tokio::sync::mpsc;

/// Keys in the order in which they were typed; it ends when the terminal is gone.
pub type Input = mpsc::Receiver<Event>;

/// Keys that may wait: a held key must not fill memory while a frame is painted.
const WAITING: usize = 256;

/// Listens until the receiver or the terminal is gone.
pub fn listen(tasks: &mut Tasks) -> Input {
    let (events, input) = mpsc::channel(WAITING);
    tasks.spawn(async move {
        let mut terminal = EventStream::new();
        loop {
            let event = tokio::select! {
                () = events.closed() => return,
                event = terminal.next() => event,
            };
            let Some(Ok(event)) = event else { return };
            if events.send(event).await.is_err() {
                return;
            }
        }
    });
    input
}
