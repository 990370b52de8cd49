//! Colours by name, what they look like, and how well one is seen on another. What a terminal's own sixteen look like is the
//! terminal's affair: where a figure is needed, VGA's are taken.

use anstyle_lossy::palette::VGA;
use ratatui::style::Color;

/// The names of CSS Color Module Level 4, section 6.1, one a line with its value.
const W3C: &str = include_str!("w3c.txt");

/// A colour by one of its names: `default`, `#rgb`, `#rrggbb`, one of the terminal's sixteen, its number, or a W3C name.
pub fn read(word: &str) -> Option<Color> {
    match word.to_ascii_lowercase().as_str() {
        "default" | "-" => Some(Color::Reset),
        word if word.starts_with('#') => hex(word),
        word => word.parse().ok().or_else(|| w3c(word)),
    }
}

/// A colour as k9s means it: W3C names are looks there, not the terminal's colours, and what it does not know is `default`.
///
/// Source: k9s internal/config/color.go (tcell.GetColor, then TrueColor).
pub fn read_k9s(word: &str) -> Color {
    let word = word.trim().to_ascii_lowercase();
    hex(&word).or_else(|| w3c(&word)).unwrap_or(Color::Reset)
}

fn w3c(name: &str) -> Option<Color> {
    let value = W3C.lines().find_map(|line| line.split_once(' ').filter(|(own, _)| *own == name))?.1;
    hex(value)
}

fn hex(word: &str) -> Option<Color> {
    let digits = word.strip_prefix('#')?;
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
    match digits.len() {
        6 => Some(Color::from_u32(number)),
        3 => {
            let [r, g, b] = [number >> 8, number >> 4 & 0xf, number & 0xf].map(|part| (part * 0x11) as u8);
            Some(Color::Rgb(r, g, b))
        }
        _ => None,
    }
}

/// Red, green, blue; nothing for the terminal's own foreground and background, which nobody knows.
pub fn rgb(colour: Color) -> Option<[u8; 3]> {
    let anstyle::RgbColor(r, g, b) = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => anstyle::RgbColor(r, g, b),
        Color::Indexed(index) => anstyle_lossy::xterm_to_rgb(anstyle::Ansi256Color(index), VGA),
        named => anstyle_lossy::xterm_to_rgb(anstyle::Ansi256Color(index_of(named)?), VGA),
    };
    Some([r, g, b])
}

/// The terminal's sixteen, in their order.
pub const SIXTEEN: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

fn index_of(named: Color) -> Option<u8> {
    SIXTEEN.iter().position(|own| *own == named).map(|at| at as u8)
}

/// WCAG 2's contrast, from 1 (the same) to 21 (black and white); nothing where one of the two is the terminal's own.
pub fn contrast(a: Color, b: Color) -> Option<f32> {
    let (a, b) = (luminance(rgb(a)?), luminance(rgb(b)?));
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

/// Relative luminance. Source: WCAG 2.2, "relative luminance".
fn luminance(rgb: [u8; 3]) -> f32 {
    let [r, g, b] = rgb.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// A part of an sRGB colour as the share of light.
pub fn linear(part: u8) -> f32 {
    let part = f32::from(part) / 255.0;
    if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
}

/// Black or white, whichever is seen better on a colour.
pub fn ink_on(paper: Color) -> Color {
    let [black, white] = [Color::Black, Color::White].map(|ink| contrast(ink, paper).unwrap_or_default());
    if black >= white { Color::Black } else { Color::White }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        assert_eq!(read("default"), Some(Color::Reset));
        assert_eq!(read("-"), Some(Color::Reset));
        assert_eq!(read("red"), Some(Color::Red), "the terminal's");
        assert_eq!(read_k9s("red"), Color::Rgb(255, 0, 0));
        assert_eq!(read("#1e1e2E"), Some(Color::Rgb(0x1e, 0x1e, 0x2e)));
        assert_eq!(read("#fa0"), Some(Color::Rgb(0xff, 0xaa, 0)));
        assert_eq!(read("PapayaWhip"), Some(Color::Rgb(0xff, 0xef, 0xd5)));
        assert_eq!(read("214"), Some(Color::Indexed(214)));
        for wrong in ["mauve-ish", "#12345", "#xyzxyz", "#+12345", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(W3C.lines().count(), 148);
        assert!(W3C.lines().all(|line| line.split_once(' ').is_some_and(|(name, _)| w3c(name).is_some())));
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let about = |a, b| (contrast(a, b).unwrap() * 100.0).round() / 100.0;
        assert_eq!(about(Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255)), 21.0);
        assert_eq!(about(Color::Rgb(0x77, 0x77, 0x77), Color::Rgb(255, 255, 255)), 4.48, "WebAIM's example");
        assert_eq!(contrast(Color::Reset, Color::White), None);
        assert_eq!(ink_on(Color::LightYellow), Color::Black);
        assert_eq!(ink_on(Color::Rgb(0x80, 0, 0)), Color::White);
    }
}
