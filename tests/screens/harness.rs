//! A console without terminal, cluster or clock: an app, a buffer, and a time that moves when a test says so.

use super::svg;
use super::things;
use crossterm::event::{Event, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rk9s::app::App;
use rk9s::app::effect::{Effect, WatchId};
use rk9s::app::msg::{Connection, Msg, Now};
use rk9s::app::subject::Subject;
use rk9s::config::Settings;
use rk9s::keys::Keymap;
use rk9s::keys::default::DEFAULT;
use rk9s::store::delta::{Batch, Delta};
use rk9s::theme::{self, Theme};
use rk9s::views;

pub struct Console {
    pub app: App,
    pub now: Now,
    pub buffer: Buffer,
    /// Where the terminal's cursor is shown, as of the last paint.
    pub caret: Option<(u16, u16)>,
    /// Everything that the app wanted since the last [`Console::effects`].
    wanted: Vec<Effect>,
    pub theme: Theme,
}

impl Console {
    /// Started with a view, nothing painted yet.
    pub fn start(first: Subject) -> Self {
        Self::with(Settings::default(), first)
    }

    pub fn with(settings: Settings, first: Subject) -> Self {
        let (keymap, wrong) = Keymap::read(&DEFAULT);
        assert_eq!(wrong, Vec::<String>::new());
        let now = Now { wall: things::NOON, mono: 1 };
        let mut console = Self {
            app: App::new(settings, keymap, now),
            now,
            buffer: Buffer::empty(Rect::new(0, 0, 80, 24)),
            caret: None,
            wanted: Vec::new(),
            theme: theme::find("dark", &[]).unwrap(),
        };
        console.wanted = console.app.start(None, first, now);
        console
    }

    /// The pods of `shop`, listed and live, on a screen of this size.
    pub fn live(rows: Vec<rk9s::kinds::Row>) -> Self {
        let mut console = Self::start(things::pods("shop"));
        console.connect("prod-eu");
        console.list(rows);
        console
    }

    /// The session on the screen is connected to a context whose namespace is `shop`.
    pub fn connect(&mut self, context: &str) {
        let id = self.app.session().unwrap().id;
        let connection = Connection {
            context: context.into(),
            namespace: "shop".into(),
            server: format!("https://{context}:6443"),
            ..Connection::default()
        };
        self.tell(Msg::Connected(id, Ok(connection)));
    }

    /// The watch of the first feed of the table on the screen.
    pub fn watch(&self) -> WatchId {
        self.app.table().unwrap().feeds[0].watch.expect("the table is watched")
    }

    /// The first list of the table on the screen, and its paint.
    pub fn list(&mut self, rows: Vec<rk9s::kinds::Row>) {
        self.news(things::listed(rows));
        self.paint();
    }

    /// Something the first watch of the table on the screen says.
    pub fn news(&mut self, batch: Batch) {
        self.tell(Msg::Watch(self.watch(), batch));
    }

    pub fn deltas(&mut self, deltas: Vec<Delta>) {
        self.news(things::batch(deltas));
    }

    pub fn tell(&mut self, msg: Msg) {
        let effects = self.app.update(msg, self.now);
        self.wanted.extend(effects);
    }

    /// Keys as keymaps write them, separated by blanks. Between two keys the app settles, as the engine does.
    pub fn keys(&mut self, script: &str) {
        for key in script.split_whitespace() {
            let chord: rk9s::keys::Chord = key.parse().unwrap();
            self.tell(Msg::Term(Event::Key(KeyEvent::new(chord.code, chord.modifiers))));
            self.app.settle(self.now);
        }
    }

    /// Each character of a text as a key.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            let key = if c == ' ' { "space".to_owned() } else { c.to_string() };
            self.keys(&key);
        }
    }

    /// A `:` line, run.
    pub fn line(&mut self, text: &str) {
        self.keys(":");
        self.type_text(text);
        self.keys("enter");
    }

    pub fn paste(&mut self, text: &str) {
        self.tell(Msg::Term(Event::Paste(text.into())));
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.tell(Msg::Term(Event::Resize(width, height)));
        self.buffer = Buffer::empty(Rect::new(0, 0, width, height));
    }

    /// Time passes, and the engine's tick with it.
    pub fn wait(&mut self, seconds: u64) {
        self.now.wall += seconds as i64;
        self.now.mono += seconds * 1_000;
        self.tell(Msg::Tick);
    }

    /// One frame.
    pub fn paint(&mut self) -> String {
        self.app.settle(self.now);
        self.buffer.reset();
        let area = self.buffer.area;
        self.caret = views::draw(&mut self.app, &self.theme, area, &mut self.buffer);
        svg::save(&self.buffer);
        self.text()
    }

    /// The last frame, one line a row, without the blanks at the ends.
    pub fn text(&self) -> String {
        let rows = 0..self.buffer.area.height;
        rows.map(|y| self.row(y)).collect::<Vec<_>>().join("\n")
    }

    /// One row of the last frame. The second cell of a wide character is not a character of its own.
    pub fn row(&self, y: u16) -> String {
        let mut line = String::new();
        let mut x = 0;
        while x < self.buffer.area.width {
            let symbol = self.buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += rk9s::text::width::of(symbol).max(1) as u16;
        }
        line.trim_end().to_owned()
    }

    /// The bar, painted now.
    pub fn bar(&mut self) -> String {
        self.paint();
        self.row(0)
    }

    /// The last line, painted now.
    pub fn foot(&mut self) -> String {
        self.paint();
        self.row(self.buffer.area.height - 1)
    }

    /// The names in the rows of the table, top to bottom, painted now.
    pub fn names(&mut self) -> Vec<String> {
        self.paint();
        let Some(table) = self.app.table() else { return Vec::new() };
        let rows = table.lens.order().iter().skip(table.cursor.top).take(table.cursor.height);
        rows.map(|slot| table.rows.get(*slot).unwrap().row.name.to_string()).collect()
    }

    /// The name of the object under the cursor, and the line of the screen that it is on.
    pub fn cursor(&mut self) -> (String, usize) {
        self.paint();
        let table = self.app.table().unwrap();
        (table.current().unwrap().row.name.to_string(), table.cursor.at - table.cursor.top)
    }

    /// What the app wanted since the last call.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.wanted)
    }

    /// The last text that was copied.
    pub fn copied(&mut self) -> Option<String> {
        self.effects().into_iter().rev().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text),
            _ => None,
        })
    }

    /// What was said last, if it is still on the screen.
    pub fn said(&self) -> Option<&str> {
        self.app.notices.last().filter(|_| self.app.shows_notice).map(|notice| notice.text.as_str())
    }
}
