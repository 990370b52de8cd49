//! Quantities as the API reads and writes them (k8s.io/apimachinery/pkg/api/resource): `500m`, `1Gi`, `1e3`.
//!
//! It counts in billionths of a unit, which is as fine as the API keeps them.

use serde_json::Value;

const BILLION: i128 = 1_000_000_000;

/// A quantity and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// In billionths.
    pub nanos: i128,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Binary,
    Decimal,
}

const BINARY: &[&str] = &["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: &[(&str, i128)] = &[
    ("E", 1_000_000_000_000_000_000 * BILLION),
    ("P", 1_000_000_000_000_000 * BILLION),
    ("T", 1_000_000_000_000 * BILLION),
    ("G", 1_000_000_000 * BILLION),
    ("M", 1_000_000 * BILLION),
    ("k", 1_000 * BILLION),
    ("", BILLION),
    ("m", 1_000_000),
    ("u", 1_000),
    ("n", 1),
];

impl Default for Quantity {
    fn default() -> Self {
        Self { nanos: 0, form: Form::Decimal }
    }
}

impl Quantity {
    /// From a text or a number; nothing, if it is no quantity.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::read(text),
            Value::Number(number) => Self::read(&number.to_string()),
            _ => None,
        }
    }

    pub fn read(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
        let (number, suffix) = text.split_at_checked(end)?;
        let nanos = nanos(number)?;
        if let Some(n) = BINARY.iter().position(|own| *own == suffix) {
            let unit = 1024_i128.checked_pow(u32::try_from(n).ok()? + 1)?;
            return Some(Self { nanos: nanos.checked_mul(unit)?, form: Form::Binary });
        }
        let form = Form::Decimal;
        if let Some((_, unit)) = DECIMAL.iter().find(|(own, _)| *own == suffix) {
            return Some(Self { nanos: scaled(nanos, *unit)?, form });
        }
        let exponent: u32 = suffix.strip_prefix(['e', 'E'])?.trim_start_matches('+').parse().ok()?;
        Some(Self { nanos: nanos.checked_mul(10_i128.checked_pow(exponent)?)?, form })
    }

    /// The sum, written as the one that is something.
    pub fn plus(self, other: Self) -> Self {
        let form = if self.nanos == 0 { other.form } else { self.form };
        Self { nanos: self.nanos.saturating_add(other.nanos), form }
    }

    /// In the one way in which the API writes it.
    pub fn written(self) -> String {
        let whole = self.nanos % BILLION == 0;
        if self.form == Form::Binary && whole && (self.nanos / BILLION).abs() >= 1024 {
            let mut number = self.nanos / BILLION;
            let mut suffix = "";
            for next in BINARY {
                if number % 1024 != 0 {
                    break;
                }
                number /= 1024;
                suffix = next;
            }
            return format!("{number}{suffix}");
        }
        let unit = DECIMAL.iter().find(|(_, unit)| self.nanos % unit == 0 && self.nanos != 0);
        let (suffix, unit) = unit.unwrap_or(&("", BILLION));
        format!("{}{suffix}", self.nanos / unit)
    }
}

fn nanos(number: &str) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let negative = whole.starts_with('-');
    let digits = whole.trim_start_matches(['+', '-']);
    if (digits.is_empty() && fraction.is_empty()) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let fraction: i128 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let nanos = whole.checked_mul(BILLION)?.checked_add(fraction)?;
    Some(if negative { -nanos } else { nanos })
}

/// A number in billionths of a suffix's unit, which is itself in billionths.
fn scaled(nanos: i128, unit: i128) -> Option<i128> {
    if unit >= BILLION { nanos.checked_mul(unit / BILLION) } else { Some(nanos / (BILLION / unit)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_in_one_way() {
        let cases = [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1Gi", "1Gi"),
            ("1500Mi", "1500Mi"),
            ("100", "100"),
            ("1e3", "1k"),
            ("512", "512"),
            ("1000", "1k"),
            ("0", "0"),
            ("0Gi", "0"),
            ("-1", "-1"),
            ("0.5Gi", "512Mi"),
        ];
        for (read, written) in cases {
            assert_eq!(Quantity::read(read).map(Quantity::written).as_deref(), Some(written), "{read}");
        }
        for bad in ["", "abc", "1x", ".", "1.2.3", "Gi"] {
            assert_eq!(Quantity::read(bad), None, "{bad}");
        }
    }
}
