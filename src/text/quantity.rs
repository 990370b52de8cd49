//! Kubernetes' `resource.Quantity`: `100m`, `1.5Gi`, `2e3`, `12E` read into integers, and such integers printed shortly.
//!
//! The grammar is that of k8s.io/apimachinery, pkg/api/resource/quantity.go, except that at least one digit is asked for
//! (Go takes a bare `Ki` for zero). Rounding is Go's: away from zero, because asking for a little must not become asking for
//! nothing. What does not fit an `i64` becomes its nearest end, where Go would overflow; nineteen significant digits
//! count. It does not keep the suffix a quantity came with: whoever must show the original text keeps that text.

use std::fmt;

/// Significant digits that are kept: with them and the largest binary suffix an u128 cannot overflow.
const DIGITS: usize = 19;

/// A quantity taken apart: `mantissa × 10^ten × 2^two`, and whether digits too small to count were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    negative: bool,
    mantissa: u128,
    ten: i32,
    two: u32,
    more: bool,
}

/// Thousandths, as `Quantity.MilliValue()`: milli-cores of a cpu quantity. `None` if it is not a quantity.
pub fn milli(text: &str) -> Option<i64> {
    split(text).map(|parts| parts.scaled(3))
}

/// Units, as `Quantity.Value()`: bytes of a memory or storage quantity. `None` if it is not a quantity.
pub fn whole(text: &str) -> Option<i64> {
    split(text).map(|parts| parts.scaled(0))
}

/// Units as a floating point number (cores, bytes), for comparisons. `None` if it is not a quantity.
pub fn number(text: &str) -> Option<f64> {
    let parts = split(text)?;
    let size = parts.mantissa as f64 * f64::from(parts.two).exp2();
    // Dividing gives what one gets from milli-units by dividing by a thousand, where multiplying would not.
    let size = if parts.ten < 0 { size / 10f64.powi(-parts.ten) } else { size * 10f64.powi(parts.ten) };
    Some(if parts.negative { -size } else { size })
}

impl Parts {
    /// The value times `10^scale`, rounded away from zero, capped.
    fn scaled(self, scale: i32) -> i64 {
        let size = self.mantissa << self.two;
        let ten = self.ten.saturating_add(scale);
        let power = |n: u32| 10u128.checked_pow(n);
        let rounded = if size == 0 {
            0
        } else if ten >= 0 {
            power(ten.unsigned_abs()).and_then(|by| size.checked_mul(by)).unwrap_or(u128::MAX)
        } else {
            power(ten.unsigned_abs()).map_or(1, |by| size.div_ceil(by).max(exceeds(size, by, self.more)))
        };
        match (i64::try_from(rounded), self.negative) {
            (Ok(value), false) => value,
            (Ok(value), true) => -value,
            (Err(_), false) => i64::MAX,
            (Err(_), true) => i64::MIN,
        }
    }
}

/// What dropped digits add to an exact quotient: they are more than nothing, so they round up.
fn exceeds(size: u128, by: u128, more: bool) -> u128 {
    if more && size.is_multiple_of(by) { size / by + 1 } else { 0 }
}

fn split(text: &str) -> Option<Parts> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (integer, rest) = digits(text);
    let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
    if integer.is_empty() && fraction.is_empty() {
        return None;
    }
    let (ten, two) = suffix_powers(suffix)?;
    let mut parts = Parts { negative, mantissa: 0, ten, two, more: false };
    let significant = integer.bytes().map(|d| (d, 0)).chain(fraction.bytes().map(|d| (d, -1)));
    let mut kept = 0;
    for (digit, shift) in significant {
        kept += usize::from(kept > 0 || digit != b'0');
        if kept > DIGITS {
            parts.more |= digit != b'0';
            // A dropped digit before the point still makes the number ten times as large.
            parts.ten = parts.ten.saturating_add(1 + shift);
            continue;
        }
        parts.mantissa = parts.mantissa * 10 + u128::from(digit - b'0');
        parts.ten = parts.ten.saturating_add(shift);
    }
    Some(parts)
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// The powers of ten and two that a suffix stands for.
fn suffix_powers(suffix: &str) -> Option<(i32, u32)> {
    Some(match suffix {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        _ => (exponent(suffix.strip_prefix(['e', 'E'])?)?, 0),
    })
}

fn exponent(text: &str) -> Option<i32> {
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = number.parse::<i32>().unwrap_or(i32::MAX / 2);
    Some(if text.starts_with('-') { -size } else { size })
}

/// CPU printed shortly; see [`print_cpu`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu(i64);

/// Bytes printed shortly; see [`print_bytes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(i64);

/// Milli-cores at a glance: `250m`, `1`, `1.5`, `64`. From one core on it is cores, rounded to a tenth.
pub fn print_cpu(milli: i64) -> Cpu {
    Cpu(milli)
}

/// Bytes at a glance: `512`, `64Mi`, `1.5Gi`, `23Gi`. Below ten of a unit rounded to a tenth, else to the unit.
pub fn print_bytes(bytes: i64) -> Bytes {
    Bytes(bytes)
}

/// Milli-cores as `kubectl top` prints them: always `1500m`.
pub fn top_cpu(milli: i64) -> String {
    format!("{milli}m")
}

/// Bytes as `kubectl top` prints memory: always whole mebibytes, rounded towards zero, `103Mi`.
pub fn top_memory(bytes: i64) -> String {
    format!("{}Mi", bytes / (1 << 20))
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        if size == 0 {
            return f.write_str("0");
        }
        if size < 1000 {
            return write!(f, "{sign}{size}m");
        }
        f.write_str(sign)?;
        tenths(f, size / 100 + u64::from(size % 100 >= 50))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SUFFIXES: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
        if self.0 < 0 {
            f.write_str("-")?;
        }
        // 64 bits times ten fit easily, so rounding is exact.
        let size = u128::from(self.0.unsigned_abs());
        let mut unit = 1u128;
        for suffix in SUFFIXES {
            let rounded = (size + unit / 2) / unit;
            let in_tenths = (size * 10 + unit / 2) / unit;
            if in_tenths < 100 && unit > 1 {
                tenths(f, in_tenths as u64)?;
                return f.write_str(suffix);
            }
            if rounded < 1024 {
                return write!(f, "{rounded}{suffix}");
            }
            unit <<= 10;
        }
        Ok(())
    }
}

/// A number given in tenths, without a `.0`.
fn tenths(f: &mut fmt::Formatter<'_>, n: u64) -> fmt::Result {
    if n.is_multiple_of(10) { write!(f, "{}", n / 10) } else { write!(f, "{}.{}", n / 10, n % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read() {
        // (text, MilliValue, Value) as Go's resource.MustParse gives them.
        let cases = [
            ("0", 0, 0),
            ("100m", 100, 1),
            ("1", 1000, 1),
            ("1.5", 1500, 2),
            (".5", 500, 1),
            ("5.", 5000, 5),
            ("+2", 2000, 2),
            ("-250m", -250, -1),
            ("0.0001", 1, 1),
            ("1n", 1, 1),
            ("1500u", 2, 1),
            ("2e3", 2_000_000, 2000),
            ("2E3", 2_000_000, 2000),
            ("5e-1", 500, 1),
            ("1e+2", 100_000, 100),
            ("1k", 1_000_000, 1000),
            ("1Ki", 1_024_000, 1024),
            ("1.5Gi", 1_610_612_736_000, 1_610_612_736),
            ("0.1Ki", 102_400, 103),
            ("3M", 3_000_000_000, 3_000_000),
            ("1Pi", 1_125_899_906_842_624_000, 1_125_899_906_842_624),
            ("9223372036854775807", i64::MAX, i64::MAX),
            ("000000000000000000000000000000007", 7000, 7),
            ("0.00000000000000000000000000000001", 1, 1),
        ];
        for (text, thousandths, units) in cases {
            assert_eq!(milli(text), Some(thousandths), "milli of {text}");
            assert_eq!(whole(text), Some(units), "value of {text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_capped() {
        for text in ["12E", "8Ei", "1e400", "99999999999999999999999", "1e99999999999"] {
            assert_eq!(whole(text), Some(i64::MAX), "{text}");
        }
        assert_eq!(whole("-12E"), Some(i64::MIN));
        assert_eq!(whole("1E"), Some(1_000_000_000_000_000_000));
        assert_eq!(milli("1E"), Some(i64::MAX));
        assert_eq!(whole("1e-400"), Some(1), "however little, not nothing");
        assert_eq!(whole("0e400"), Some(0));
        assert_eq!(whole("1.00000000000000000000000001"), Some(2), "digits that are dropped still round up");
        assert_eq!(whole("10000000000000000000000e-22"), Some(1), "dropped zeros count for the size");
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "+", "-", ".", "m", "Ki", "1K", "1mi", "1 ", " 1", "1e", "1e+", "1.2.3", "0x10", "--1", "１"]
        {
            assert_eq!(milli(text), None, "{text:?}");
            assert_eq!(number(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_compare() {
        assert_eq!(number("100m"), Some(100.0 / 1000.0));
        assert_eq!(number("1Gi"), Some(1_073_741_824.0));
        assert_eq!(number("-2e3"), Some(-2000.0));
        assert_eq!(number("12E"), Some(12e18), "not capped");
        assert_eq!(number("1E"), number("1e18"));
    }

    #[test]
    fn cpu_is_printed_shortly() {
        let cases = [
            (0, "0"),
            (1, "1m"),
            (999, "999m"),
            (1000, "1"),
            (1049, "1"),
            (1050, "1.1"),
            (1500, "1.5"),
            (1951, "2"),
            (64_000, "64"),
            (-250, "-250m"),
            (-1500, "-1.5"),
        ];
        for (milli, want) in cases {
            assert_eq!(print_cpu(milli).to_string(), want, "{milli}");
        }
        assert_eq!(top_cpu(1500), "1500m");
    }

    #[test]
    fn bytes_are_printed_shortly() {
        const MI: i64 = 1 << 20;
        let cases = [
            (0, "0"),
            (1023, "1023"),
            (1024, "1Ki"),
            (64 * MI, "64Mi"),
            (1536 * MI, "1.5Gi"),
            (23 * 1024 * MI, "23Gi"),
            (1024 * MI - 1, "1Gi"),
            (9 * MI + 973_000, "9.9Mi"),
            (10 * MI - 1, "10Mi"),
            (-2048, "-2Ki"),
            (i64::MAX, "8Ei"),
            (i64::MIN, "-8Ei"),
        ];
        for (bytes, want) in cases {
            assert_eq!(print_bytes(bytes).to_string(), want, "{bytes}");
        }
        assert_eq!(top_memory(103 * MI + 1000), "103Mi");
    }
}
