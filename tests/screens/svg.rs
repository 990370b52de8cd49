//! A painted buffer as SVG, so that colours, contrast and alignment can be judged without a terminal.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write;
use std::path::PathBuf;

const WIDTH: f32 = 8.4;
const HEIGHT: u16 = 18;
const INK: &str = "#c8ccd4";
const PAPER: &str = "#0d1117";

/// Saves the frame under `RK9S_SVG_DIR`, if that is set: `TEST.svg`, the test's last frame.
pub fn save(buffer: &Buffer) {
    let thread = std::thread::current();
    save_as(buffer, &thread.name().unwrap_or("screen").replace("::", "-"));
}

/// The same under a name of its own.
pub fn save_as(buffer: &Buffer, name: &str) {
    let Some(dir) = std::env::var_os("RK9S_SVG_DIR").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join(format!("{name}.svg")), svg(buffer)).unwrap();
}

pub fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) = (f32::from(area.width) * WIDTH, area.height * HEIGHT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"DejaVu Sans Mono, monospace\" font-size=\"14\" shape-rendering=\"crispEdges\">\
         <rect width=\"100%\" height=\"100%\" fill=\"{PAPER}\"/>\n"
    );
    for y in 0..area.height {
        grounds(buffer, y, &mut out);
        for x in 0..area.width {
            cell(&buffer[(x, y)], x, y, &mut out);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// What the cells of a row stand on: one piece for neighbours that stand on the same.
fn grounds(buffer: &Buffer, y: u16, out: &mut String) {
    let end = buffer.area.width;
    let mut x = 0;
    while x < end {
        let paper = colours(&buffer[(x, y)]).1;
        let run = (x..end).take_while(|x| colours(&buffer[(*x, y)]).1 == paper).count() as u16;
        if paper != PAPER {
            let (left, top, width) = (f32::from(x) * WIDTH, y * HEIGHT, f32::from(run) * WIDTH);
            let _ =
                write!(out, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{paper}\"/>");
        }
        x += run;
    }
}

/// Ink and paper.
fn colours(cell: &Cell) -> (String, String) {
    let (ink, paper) = (colour(cell.fg, INK), colour(cell.bg, PAPER));
    if cell.modifier.contains(Modifier::REVERSED) { (paper, ink) } else { (ink, paper) }
}

fn cell(cell: &Cell, x: u16, y: u16, out: &mut String) {
    let ink = colours(cell).0;
    let (left, top) = (f32::from(x) * WIDTH, y * HEIGHT);
    if cell.symbol().trim().is_empty() {
        return;
    }
    let mut style = String::new();
    for (modifier, text) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.6\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::CROSSED_OUT, " text-decoration=\"line-through\""),
    ] {
        if cell.modifier.contains(modifier) {
            style.push_str(text);
        }
    }
    let symbol = cell.symbol().replace('&', "&amp;").replace('<', "&lt;");
    let base = top + 14;
    let _ = writeln!(out, "<text x=\"{left}\" y=\"{base}\" fill=\"{ink}\"{style}>{symbol}</text>");
}

fn colour(colour: Color, default: &str) -> String {
    rk9s::theme::colour::rgb(colour).map_or(default.to_owned(), |[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}"))
}

#[test]
fn colours_and_attributes_come_from_the_styles() {
    use ratatui::layout::Rect;
    use ratatui::style::Style;
    let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
    buffer.set_string(0, 0, "a<", Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
    let svg = svg(&buffer);
    assert!(svg.contains("fill=\"#010203\" font-weight=\"bold\">a</text>"), "{svg}");
    assert!(svg.contains("&lt;</text>"));
}
