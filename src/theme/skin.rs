//! k9s' skins (`k9s: {body: …, frame: …, views: …}`) as themes: its parts are mapped to our roles.
//!
//! What a skin leaves out is as in k9s' own stock skin; what has no counterpart here (logo, dials, numeric keys) is passed over.
//! Source: k9s internal/config/styles.go.

use super::{BadTheme, Theme, colour, depth::Depth};
use ratatui::style::{Color, Modifier, Style};
use serde_yaml::Value;

/// Text that can just be read has this contrast.
const FAINTEST: f32 = 3.0;

/// The colours of k9s' stock skin that are used here, by their path.
const STOCK: &[(&str, &str)] = &[
    ("body.fgColor", "cadetblue"),
    ("body.bgColor", "black"),
    ("prompt.fgColor", "cadetblue"),
    ("prompt.suggestColor", "dodgerblue"),
    ("info.fgColor", "orange"),
    ("info.sectionColor", "white"),
    ("dialog.buttonFocusFgColor", "black"),
    ("dialog.buttonFocusBgColor", "dodgerblue"),
    ("frame.border.focusColor", "lightskyblue"),
    ("frame.menu.fgColor", "white"),
    ("frame.menu.keyColor", "dodgerblue"),
    ("frame.status.newColor", "lightskyblue"),
    ("frame.status.modifyColor", "greenyellow"),
    ("frame.status.addColor", "dodgerblue"),
    ("frame.status.pendingColor", "darkorange"),
    ("frame.status.errorColor", "orangered"),
    ("frame.status.highlightColor", "aqua"),
    ("frame.status.killColor", "mediumpurple"),
    ("frame.status.completedColor", "lightslategray"),
    ("frame.title.fgColor", "aqua"),
    ("frame.title.highlightColor", "fuchsia"),
    ("frame.title.counterColor", "papayawhip"),
    ("views.table.fgColor", "aqua"),
    ("views.table.cursorFgColor", "black"),
    ("views.table.cursorBgColor", "aqua"),
    ("views.table.markColor", "palegreen"),
    ("views.table.header.fgColor", "white"),
    ("views.table.header.sorterColor", "aqua"),
    ("views.yaml.keyColor", "steelblue"),
];

/// The theme that a skin comes to; nothing if the text is no skin.
pub fn read(yaml: &str) -> Option<Result<Theme, BadTheme>> {
    let value: Value = serde_yaml::from_str(yaml).ok()?;
    let skin = Skin(value.get("k9s")?.clone());
    Some(if skin.0.is_mapping() {
        Ok(skin.theme())
    } else {
        Err(BadTheme::one("k9s", "a k9s skin is `k9s: {body: {fgColor: …}, …}`"))
    })
}

struct Skin(Value);

impl Skin {
    /// A colour by its path; the stock skin's where this one says nothing.
    fn colour(&self, path: &str) -> Color {
        let own = path.split('.').try_fold(&self.0, |value, key| value.get(key)).and_then(Value::as_str);
        let stock = || STOCK.iter().find(|(own, _)| *own == path).map_or("default", |(_, colour)| *colour);
        colour::read_k9s(own.unwrap_or_else(stock))
    }

    fn ink(&self, path: &str) -> Style {
        Style::new().fg(self.colour(path))
    }

    /// A badge in a colour, with what can be read on it.
    fn badge(&self, path: &str) -> Style {
        match self.colour(path) {
            Color::Reset => Style::new().add_modifier(Modifier::REVERSED),
            paper => Style::new().fg(colour::ink_on(paper)).bg(paper),
        }
    }

    /// A foreground on a background, as two paths.
    fn pair(&self, ink: &str, paper: &str) -> Style {
        match self.colour(paper) {
            Color::Reset => self.ink(ink).add_modifier(Modifier::REVERSED),
            paper => self.ink(ink).bg(paper),
        }
    }

    /// What matters less. k9s has no such role: the colour of what is completed, where that can be read on the body.
    fn faint(&self) -> Style {
        let (own, paper) = (self.colour("frame.status.completedColor"), self.colour("body.bgColor"));
        match colour::contrast(own, paper) {
            Some(contrast) if contrast < FAINTEST => self.ink("body.fgColor").add_modifier(Modifier::DIM),
            _ => Style::new().fg(own),
        }
    }

    fn theme(&self) -> Theme {
        let status = |name: &str| self.ink(&format!("frame.status.{name}Color"));
        let bold = |style: Style| style.add_modifier(Modifier::BOLD);
        // k9s has no bar: its header is text on the body. A rule below it keeps it apart from the table.
        let bar = |style: Style| style.add_modifier(Modifier::UNDERLINED);
        let faint = self.faint();
        Theme {
            base: Style::new().fg(self.colour("body.fgColor")).bg(self.colour("body.bgColor")),
            text: self.ink("views.table.fgColor"),
            dim: faint,
            bar: bar(self.ink("info.sectionColor")),
            context: bar(bold(self.ink("info.fgColor"))),
            header: bold(self.ink("views.table.header.fgColor")),
            sorted: bold(self.ink("views.table.header.sorterColor")),
            cursor: self.pair("views.table.cursorFgColor", "views.table.cursorBgColor"),
            marked: bold(self.ink("views.table.markColor")),
            wrong: status("error"),
            changing: status("pending"),
            unknown: status("kill"),
            done: faint,
            highlight: bold(status("highlight")),
            live: bar(status("add")),
            syncing: bar(status("pending")),
            stale: bar(bold(status("error"))),
            readonly: bold(self.badge("frame.status.pendingColor")),
            key: self.ink("frame.menu.keyColor"),
            hint: self.ink("frame.menu.fgColor"),
            prompt: bold(self.ink("prompt.fgColor")),
            completion: self.ink("prompt.suggestColor"),
            error: bold(status("error")),
            notice: self.ink("body.fgColor"),
            border: self.ink("frame.border.focusColor"),
            title: bold(self.ink("frame.title.fgColor")),
            chosen: self.pair("dialog.buttonFocusFgColor", "dialog.buttonFocusBgColor"),
            field: self.ink("views.yaml.keyColor"),
            heading: bold(self.ink("frame.title.fgColor")),
            well: status("add"),
            added: status("add"),
            removed: status("error"),
            masked: self.ink("views.table.markColor"),
            found: self.badge("frame.status.highlightColor"),
            source1: status("new"),
            source2: status("modify"),
            source3: status("pending"),
            source4: status("kill"),
            source5: self.ink("frame.title.counterColor"),
            source6: self.ink("frame.title.highlightColor"),
            depth: Depth::True,
        }
    }
}
