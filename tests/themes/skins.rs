//! k9s' skins, in the format of its documentation, with all that stands in them.

use super::contrast_of;
use ratatui::style::{Color, Modifier};
use rk9s::config::ThemeFile;
use rk9s::theme::{self, Theme, library::BUILT_IN};

/// With anchors at the root, hex colours, and every part that k9s knows.
const WHOLE: &str = r##"
# Blue hour
foreground: &foreground "#dfe6f2"
background: &background "#10182a"
current_line: &current_line "#26334f"
rose: &rose "#ff7a93"
sea: &sea "#4fd1c5"
sand: &sand "#f0c674"
plum: &plum "#c792ea"
mist: &mist "#8a97b1"
k9s:
  body:
    fgColor: *foreground
    bgColor: *background
    logoColor: *plum
    logoColorMsg: *sea
    logoColorInfo: *sea
    logoColorWarn: *sand
    logoColorError: *rose
  prompt:
    fgColor: *foreground
    bgColor: *background
    suggestColor: *sand
    border: {command: *sea, default: *plum}
  help: {fgColor: *foreground, bgColor: *background, sectionColor: *sea, keyColor: *plum, numKeyColor: *rose}
  info: {fgColor: *sand, sectionColor: *foreground, cpuColor: *sea, memColor: *plum, k9sRevColor: *mist}
  dialog:
    fgColor: *foreground
    bgColor: *background
    buttonFgColor: *foreground
    buttonBgColor: *plum
    buttonFocusFgColor: *background
    buttonFocusBgColor: *sand
    labelFgColor: *sand
    fieldFgColor: *foreground
  frame:
    border: {fgColor: *plum, focusColor: *current_line}
    menu: {fgColor: *foreground, fgStyle: dim, keyColor: *plum, numKeyColor: *rose}
    crumbs: {fgColor: *foreground, bgColor: *current_line, activeColor: *current_line}
    status:
      newColor: *sea
      modifyColor: *plum
      addColor: "#9ece6a"
      pendingColor: *sand
      errorColor: *rose
      highlightColor: orange
      killColor: "#b48ead"
      completedColor: *mist
    title: {fgColor: *foreground, bgColor: *current_line, highlightColor: *sand, counterColor: *plum, filterColor: *rose}
  views:
    charts:
      bgColor: default
      dialBgColor: *background
      chartBgColor: *background
      defaultDialColors: [*plum, *rose]
      defaultChartColors: [*plum, *rose]
      resourceColors: {cpu: [*sea, *rose], mem: [*sand, *rose]}
    table:
      fgColor: *foreground
      bgColor: *background
      cursorFgColor: *foreground
      cursorBgColor: *current_line
      markColor: *plum
      header: {fgColor: *mist, bgColor: *background, sorterColor: *sea}
    xray: {fgColor: *foreground, bgColor: *background, cursorColor: *current_line, graphicColor: *plum, showIcons: false}
    yaml: {keyColor: *sea, colonColor: *plum, valueColor: *foreground}
    picker: {mainColor: *foreground, focusColor: *sea, shortcutColor: *plum}
    logs:
      fgColor: *foreground
      bgColor: *background
      indicator: {fgColor: *foreground, bgColor: *plum, toggleOnColor: *sea, toggleOffColor: *mist}
"##;

/// With W3C names, transparent parts both ways, a colour that nobody knows, and much left out.
const NAMES: &str = "
k9s:
  body: {fgColor: DodgerBlue, bgColor: default}
  info: {sectionColor: papayawhip}
  frame:
    status: {errorColor: red, pendingColor: '-', addColor: notacolour, completedColor: LightSlateGrey}
  views:
    table:
      cursorFgColor: black
      cursorBgColor: aqua
      header: {fgColor: '-', bgColor: default}
";

fn skin(text: &str) -> Theme {
    let file = ThemeFile { name: "skin".into(), file: "skins/skin.yaml".into(), text: text.into() };
    theme::find("skin", &[file]).unwrap()
}

fn hex(value: u32) -> Option<Color> {
    Some(Color::from_u32(value))
}

#[test]
fn a_whole_skin_gives_every_role_a_colour_of_its_own() {
    let theme = skin(WHOLE);
    assert_eq!((theme.base.fg, theme.base.bg), (hex(0xdfe6f2), hex(0x10182a)));
    assert_eq!((theme.cursor.fg, theme.cursor.bg), (hex(0xdfe6f2), hex(0x26334f)));
    assert_eq!((theme.chosen.fg, theme.chosen.bg), (hex(0x10182a), hex(0xf0c674)));
    for (role, style, colour) in [
        ("text", theme.text, 0xdfe6f2),
        ("wrong", theme.wrong, 0xff7a93),
        ("changing", theme.changing, 0xf0c674),
        ("well", theme.well, 0x9ece6a),
        ("done", theme.done, 0x8a97b1),
        ("marked", theme.marked, 0xc792ea),
        ("sorted", theme.sorted, 0x4fd1c5),
        ("field", theme.field, 0x4fd1c5),
        ("highlight", theme.highlight, 0xffa500),
        ("context", theme.context, 0xf0c674),
        ("completion", theme.completion, 0xf0c674),
        ("key", theme.key, 0xc792ea),
    ] {
        assert_eq!(style.fg, hex(colour), "{role}");
    }
    for (role, style) in theme.roles().into_iter().filter(|(role, _)| *role != "border") {
        assert!(contrast_of(&theme, style) >= 3.0, "{role}");
    }
}

#[test]
fn names_are_looks_and_what_is_left_out_is_as_in_k9s() {
    let theme = skin(NAMES);
    assert_eq!(theme.base.fg, hex(0x1e90ff));
    assert_eq!(theme.base.bg, Some(Color::Reset), "transparent");
    assert_eq!(theme.bar.fg, hex(0xffefd5));
    assert_eq!(theme.wrong.fg, hex(0xff0000), "W3C's red, not the terminal's");
    assert_eq!(theme.changing.fg, Some(Color::Reset));
    assert_eq!(theme.well.fg, Some(Color::Reset), "what k9s does not know is the default");
    assert_eq!(theme.done.fg, hex(0x778899));
    assert_eq!(theme.text.fg, hex(0x00ffff), "k9s' stock skin");
    assert_eq!(theme.marked.fg, hex(0x98fb98));
    let on_bright = theme.on_cursor(theme.text);
    assert_eq!(on_bright.fg, Some(Color::Rgb(0, 0, 0)), "what is not seen on the cursor takes its foreground");
    assert!(theme.readonly.add_modifier.contains(Modifier::REVERSED), "a badge on no colour is reversed");
}

#[test]
fn an_empty_skin_is_stock_and_a_wrong_one_is_told() {
    let stock = skin("k9s: {}");
    assert_eq!((stock.base.fg, stock.base.bg), (hex(0x5f9ea0), hex(0)));
    let file = |text: &str| ThemeFile { name: "x".into(), file: "skins/x.yaml".into(), text: text.into() };
    let error = theme::find("x", &[file("k9s: [1]")]).unwrap_err().to_string();
    assert!(error.starts_with("skins/x.yaml:1:1: a k9s skin is"), "{error}");
    let broken = theme::find("x", &[file("k9s: {body: {fgColor: [\n")]).unwrap_err().to_string();
    assert!(broken.starts_with("skins/x.yaml:1:") && broken.contains("not a theme"), "{broken}");
}

#[test]
fn no_built_in_theme_is_taken_for_a_skin() {
    for (name, _, text) in BUILT_IN {
        assert!(theme::skin::read(text).is_none(), "{name}");
    }
}
