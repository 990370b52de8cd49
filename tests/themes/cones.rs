//! What is told apart without red cones (protanopia) or green ones (deuteranopia).

use super::{all, seen};
use ratatui::style::Style;
use rk9s::theme::{self, Theme, colour};

type Matrix = [[f32; 3]; 3];

/// Source: Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency (2009), severity 1.
const PROTANOPIA: Matrix =
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
const DEUTERANOPIA: Matrix =
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];
const ALL_CONES: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

fn times(matrix: Matrix, v: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

/// CIE L*a*b* (D65) of linear light. Source: IEC 61966-2-1, CIE 15.
fn lab(light: [f32; 3]) -> [f32; 3] {
    const TO_XYZ: Matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
    let [x, y, z] = times(TO_XYZ, light.map(|part| part.clamp(0.0, 1.0)));
    let f = |t: f32| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let (x, y, z) = (f(x / 0.9505), f(y), f(z / 1.089));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// How far two styles' foregrounds are from each other for such eyes, as CIE 1976 colour difference: 2 can just be told.
fn distance(theme: &Theme, eyes: Matrix, (a, b): (Style, Style)) -> f32 {
    let look = |style| lab(times(eyes, colour::rgb(seen(theme, style).0).unwrap().map(colour::linear)));
    let (a, b) = (look(a), look(b));
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

fn pairs(theme: &Theme) -> [(&'static str, (Style, Style)); 5] {
    [
        ("wrong and changing", (theme.wrong, theme.changing)),
        ("wrong and well", (theme.wrong, theme.well)),
        ("changing and well", (theme.changing, theme.well)),
        ("added and removed", (theme.added, theme.removed)),
        ("live and stale", (theme.live, theme.stale)),
    ]
}

/// Plainly different at a glance.
const APART: f32 = 25.0;

#[test]
fn the_theme_for_it_is_told_apart_without_some_cones() {
    let theme = theme::find("colour-blind", &[]).unwrap();
    for (eyes, matrix) in [("protanopia", PROTANOPIA), ("deuteranopia", DEUTERANOPIA)] {
        for (what, pair) in pairs(&theme) {
            let distance = distance(&theme, matrix, pair);
            assert!(distance >= APART, "{what} with {eyes}: {distance:.1}");
        }
    }
}

/// That the measure can fail: red and green of the default theme are hard to tell for such eyes.
#[test]
fn every_theme_is_told_apart_with_all_cones_and_the_default_not_without() {
    for (name, theme) in all() {
        for (what, pair) in pairs(&theme) {
            let distance = distance(&theme, ALL_CONES, pair);
            assert!(distance >= APART, "{name}: {what}: {distance:.1}");
        }
    }
    let dark = theme::find("dark", &[]).unwrap();
    let worst = pairs(&dark).map(|(_, pair)| distance(&dark, DEUTERANOPIA, pair)).into_iter().fold(f32::MAX, f32::min);
    assert!(worst < APART, "{worst:.1}");
}
