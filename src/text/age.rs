//! Ages as kubectl prints them, ages as people type them, and the RFC 3339 times of the API.
//!
//! Everything counts whole seconds. It does not read a clock and knows no calendar: a day has 24 hours, a year 365 days.

use std::fmt;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// Units of [`parse_age`], largest first. Months are missing: `m` is a minute.
const UNITS: [(char, i64); 6] = [('y', YEAR), ('w', 7 * DAY), ('d', DAY), ('h', HOUR), ('m', MINUTE), ('s', 1)];

/// An age with two to three significant figures; see [`human`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Human(i64);

/// An age with one unit; see [`short`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short(i64);

/// The age as `kubectl get` prints it: `HumanDuration` in k8s.io/apimachinery, pkg/util/duration. One second in the future
/// is `0s`, for clocks that differ a little; more is `<invalid>`.
pub fn human(seconds: i64) -> Human {
    Human(seconds)
}

/// The age in its largest unit: `ShortHumanDuration` of the same package.
pub fn short(seconds: i64) -> Short {
    Short(seconds)
}

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ..-1 => f.write_str("<invalid>"),
            -1 => f.write_str("0s"),
            age if age < 2 * MINUTE => write!(f, "{age}s"),
            age if age < 10 * MINUTE => pair(f, (age / MINUTE, 'm'), (age % MINUTE, 's')),
            age if age < 3 * HOUR => write!(f, "{}m", age / MINUTE),
            age if age < 8 * HOUR => pair(f, (age / HOUR, 'h'), (age % HOUR / MINUTE, 'm')),
            age if age < 2 * DAY => write!(f, "{}h", age / HOUR),
            age if age < 8 * DAY => pair(f, (age / DAY, 'd'), (age % DAY / HOUR, 'h')),
            age if age < 2 * YEAR => write!(f, "{}d", age / DAY),
            age if age < 8 * YEAR => pair(f, (age / YEAR, 'y'), (age % YEAR / DAY, 'd')),
            age => write!(f, "{}y", age / YEAR),
        }
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ..-1 => f.write_str("<invalid>"),
            -1 => f.write_str("0s"),
            age if age < MINUTE => write!(f, "{age}s"),
            age if age < HOUR => write!(f, "{}m", age / MINUTE),
            age if age < DAY => write!(f, "{}h", age / HOUR),
            age if age < YEAR => write!(f, "{}d", age / DAY),
            age => write!(f, "{}y", age / YEAR),
        }
    }
}

/// Two units; the second is left out when there is nothing of it.
fn pair(f: &mut fmt::Formatter<'_>, large: (i64, char), small: (i64, char)) -> fmt::Result {
    write!(f, "{}{}", large.0, large.1)?;
    if small.0 == 0 { Ok(()) } else { write!(f, "{}{}", small.0, small.1) }
}

/// Reads an age as it is typed into a filter: `45s`, `2h`, `3d4h`, `1y`, units `y w d h m s` from large to small. A number
/// without a unit is no age. Ages beyond [`i64::MAX`] seconds become that.
pub fn parse_age(text: &str) -> Option<i64> {
    let mut units = UNITS.iter();
    let mut age = 0i64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at_checked(digits)?;
        let mut tail = tail.chars();
        let unit = tail.next()?;
        // Going on where the last unit was found keeps them from large to small.
        let (_, seconds) = units.find(|(letter, _)| *letter == unit)?;
        age = age.saturating_add(count(number)?.saturating_mul(*seconds));
        rest = tail.as_str();
    }
    (!text.is_empty()).then_some(age)
}

/// Decimal digits as a number, capped; nothing for no digits at all.
fn count(digits: &str) -> Option<i64> {
    let value = |sum: i64, digit: u8| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    (!digits.is_empty()).then(|| digits.bytes().fold(0, value))
}

/// Seconds since the epoch of an RFC 3339 time (metav1.Time and metav1.MicroTime; fractions of a second are dropped).
pub fn parse_time(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// The RFC 3339 form in UTC, as the API writes metav1.Time; nothing beyond the years that RFC 3339 knows.
pub fn print_time(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_those_of_kubectl() {
        // The cases of apimachinery's duration_test.go that are whole seconds, and its boundaries.
        let cases = [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (1, "1s"),
            (70, "70s"),
            (2 * MINUTE - 1, "119s"),
            (2 * MINUTE, "2m"),
            (2 * MINUTE + 1, "2m1s"),
            (190, "3m10s"),
            (5 * MINUTE + 30, "5m30s"),
            (10 * MINUTE - 1, "9m59s"),
            (10 * MINUTE, "10m"),
            (10 * MINUTE + 1, "10m"),
            (70 * MINUTE, "70m"),
            (3 * HOUR - 1, "179m"),
            (3 * HOUR, "3h"),
            (3 * HOUR + MINUTE, "3h1m"),
            (8 * HOUR - 1, "7h59m"),
            (8 * HOUR, "8h"),
            (8 * HOUR + 59 * MINUTE, "8h"),
            (47 * HOUR, "47h"),
            (2 * DAY - 1, "47h"),
            (2 * DAY, "2d"),
            (2 * DAY + HOUR, "2d1h"),
            (3 * DAY + 4 * HOUR, "3d4h"),
            (8 * DAY - 1, "7d23h"),
            (8 * DAY, "8d"),
            (8 * DAY + 23 * HOUR, "8d"),
            (367 * DAY, "367d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR, "2y"),
            (2 * YEAR + 23 * HOUR, "2y"),
            (2 * YEAR + DAY - 1, "2y"),
            (2 * YEAR + DAY, "2y1d"),
            (2 * YEAR + 35 * DAY, "2y35d"),
            (8 * YEAR - 1, "7y364d"),
            (8 * YEAR, "8y"),
            (8 * YEAR + 364 * DAY, "8y"),
            (9 * YEAR, "9y"),
        ];
        for (seconds, want) in cases {
            assert_eq!(human(seconds).to_string(), want, "{seconds} s");
        }
    }

    #[test]
    fn short_ages_have_one_unit() {
        let cases = [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (HOUR - 1, "59m"),
            (HOUR, "1h"),
            (DAY - 1, "23h"),
            (DAY, "1d"),
            (YEAR - 1, "364d"),
            (YEAR, "1y"),
            (2 * YEAR - 1, "1y"),
        ];
        for (seconds, want) in cases {
            assert_eq!(short(seconds).to_string(), want, "{seconds} s");
        }
    }

    #[test]
    fn typed_ages_are_read() {
        let cases = [
            ("2h", Some(2 * HOUR)),
            ("3d4h", Some(3 * DAY + 4 * HOUR)),
            ("5m30s", Some(330)),
            ("2y35d", Some(2 * YEAR + 35 * DAY)),
            ("1w", Some(7 * DAY)),
            ("0s", Some(0)),
            ("99999999999999999999y", Some(i64::MAX)),
            ("", None),
            ("5", None),
            ("h", None),
            ("4h3d", None),
            ("2h2h", None),
            ("2H", None),
            ("-2h", None),
            ("1.5h", None),
            ("2h ", None),
            ("٣h", None),
        ];
        for (text, want) in cases {
            assert_eq!(parse_age(text), want, "{text:?}");
        }
    }

    #[test]
    fn times_are_read_and_printed() {
        assert_eq!(parse_time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse_time("2026-03-01T12:30:00Z"), Some(1_772_368_200));
        assert_eq!(parse_time("2026-03-01T12:30:00.987654Z"), Some(1_772_368_200), "a MicroTime");
        assert_eq!(parse_time("2026-03-01T14:30:00+02:00"), Some(1_772_368_200));
        assert_eq!(parse_time("2026-02-30T00:00:00Z"), None);
        assert_eq!(parse_time(""), None);
        assert_eq!(print_time(1_772_368_200).as_deref(), Some("2026-03-01T12:30:00Z"));
        assert_eq!(print_time(i64::MAX), None);
    }
}
