//! Quantities that are added up and printed as Go prints them (k8s.io/apimachinery, pkg/api/resource/quantity.go).
//!
//! [`crate::text::quantity`] reads them for sorting and short cells; here sums keep the notation of what was added first.

use std::cmp::Ordering;

const BILLION: i128 = 1_000_000_000;
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Notation {
    #[default]
    Decimal,
    Binary,
    Exponent,
}

/// An exact number of billionths, and how it is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Amount {
    nanos: i128,
    notation: Notation,
}

impl Amount {
    /// Reads a quantity; what is none counts as nothing. Parts of a billionth are rounded away from zero.
    pub fn read(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+')).unwrap_or(text.len());
        let (number, suffix) = text.split_at_checked(end)?;
        let (power, binary, notation) = suffix_of(suffix)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let negative = whole.starts_with('-');
        let digits = format!("{}{fraction}", whole.trim_start_matches(['+', '-']));
        let mantissa: i128 = digits.parse().ok()?;
        let exponent = power + 9 - i32::try_from(fraction.len()).ok()?;
        let scaled = mantissa.checked_mul(1i128.checked_shl(binary)?)?;
        let ten = 10i128.checked_pow(exponent.unsigned_abs())?;
        let nanos = if exponent >= 0 { scaled.checked_mul(ten)? } else { (scaled + ten - 1) / ten };
        Some(Self { nanos: if negative { -nanos } else { nanos }, notation })
    }

    /// The sum, in the notation of the first that is not nothing (`Quantity.Add`).
    pub fn add(self, other: Self) -> Self {
        let notation = if self.nanos == 0 { other.notation } else { self.notation };
        Self { nanos: self.nanos.saturating_add(other.nanos), notation }
    }

    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    pub fn compare(self, other: Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }

    /// Whole units of a thousandth, rounded up (`MilliValue`).
    pub fn milli(self) -> i128 {
        up(self.nanos, BILLION / 1000)
    }

    /// Whole units, rounded up (`Value`).
    pub fn units(self) -> i128 {
        up(self.nanos, BILLION)
    }
}

fn up(nanos: i128, unit: i128) -> i128 {
    nanos.div_euclid(unit) + i128::from(nanos.rem_euclid(unit) != 0)
}

/// Powers of ten and two, and the notation.
fn suffix_of(suffix: &str) -> Option<(i32, u32, Notation)> {
    if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((*power, 0, Notation::Decimal));
    }
    if let Some(at) = BINARY.iter().position(|name| *name == suffix) {
        return Some((0, u32::try_from(at).ok()? * 10, Notation::Binary));
    }
    let power = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some((power, 0, Notation::Exponent))
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        // Small and broken numbers are not written in binary: that could only round them.
        let units = self.nanos / BILLION;
        if self.notation == Notation::Binary && self.nanos % BILLION == 0 && units.abs() >= 1024 {
            let mut left = units;
            let mut suffix = 0;
            while left % 1024 == 0 && suffix + 1 < BINARY.len() {
                left /= 1024;
                suffix += 1;
            }
            return write!(f, "{left}{}", BINARY.get(suffix).unwrap_or(&""));
        }
        let (mut left, mut power) = (self.nanos, -9);
        while left % 1000 == 0 && power < 18 {
            left /= 1000;
            power += 3;
        }
        match self.notation {
            Notation::Exponent if power != 0 => write!(f, "{left}e{power}"),
            _ => write!(f, "{left}{}", DECIMAL.iter().find(|(_, of)| *of == power).map_or("", |(name, _)| name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_go_writes_them() {
        let cases = [
            ("100m", "100m"),
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("512", "512"),
            ("1000", "1k"),
            ("1e3", "1e3"),
            ("12e6", "12e6"),
            ("0Gi", "0"),
            ("100Ki", "100Ki"),
            ("1023Ki", "1023Ki"),
            ("0.5Ki", "512"),
            ("1n", "1n"),
            ("0.1n", "1n"),
            ("1500Mi", "1500Mi"),
            ("-1", "-1"),
            ("x", "0"),
            ("", "0"),
        ];
        for (read, written) in cases {
            assert_eq!(Amount::read(read).to_string(), written, "{read}");
        }
    }

    #[test]
    fn sums_keep_the_first_notation() {
        let sum = |texts: &[&str]| texts.iter().fold(Amount::default(), |sum, text| sum.add(Amount::read(text)));
        assert_eq!(sum(&["100m", "1"]).to_string(), "1100m");
        assert_eq!(sum(&["64Mi", "64M"]).to_string(), "128036Ki");
        assert_eq!(sum(&["0", "1Gi"]).to_string(), "1Gi");
        assert_eq!(Amount::read("1.0001").milli(), 1001);
        assert_eq!(Amount::read("1500m").units(), 2);
    }
}
