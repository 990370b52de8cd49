//! The names of fields in words: `lastTransitionTime` as `Last Transition Time` (`smartLabelFor` of kubectl's describe.go).

const ACRONYMS: [&str; 4] = ["API", "URL", "UID", "GUID"];

/// The name in words. One that holds more than letters and `-` is somebody's key and stays as it is.
pub fn of(field: &str) -> String {
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    merged(split(field)).iter().map(|part| word(part)).collect::<Vec<_>>().join(" ")
}

fn word(part: &str) -> String {
    let upper = part.to_uppercase();
    if ACRONYMS.contains(&upper.as_str()) {
        return upper;
    }
    if part.chars().any(char::is_uppercase) {
        return part.to_owned();
    }
    let mut letters = part.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Runs of one case; the last capital of a run belongs to the small letters behind it: `PDFLoader` is `PDF`, `Loader`.
fn split(field: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut class = 0;
    for letter in field.chars() {
        let next = if letter.is_lowercase() { 1 } else { 2 + i32::from(!letter.is_uppercase()) };
        match parts.last_mut().filter(|_| next == class) {
            Some(part) => part.push(letter),
            None => {
                let capital = if class == 2 && next == 1 { parts.last_mut().and_then(String::pop) } else { None };
                parts.push(capital.into_iter().chain([letter]).collect());
            }
        }
        class = next;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Capitals and the word behind them stay one: `CID`, `Rs` is `CIDRs`; `HTTPRoute`, too, as kubectl has it.
fn merged(parts: Vec<String>) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    let mut open = false;
    for part in parts {
        let capitals = part.chars().count() >= 2 && part.chars().all(char::is_uppercase);
        match whole.last_mut().filter(|_| open && part.starts_with(char::is_uppercase)) {
            Some(last) => {
                last.push_str(&part);
                open = false;
            }
            None => {
                whole.push(part);
                open = capitals;
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn names_become_words() {
        let cases = [
            ("apiVersion", "API Version"),
            ("lastTransitionTime", "Last Transition Time"),
            ("uid", "UID"),
            ("podCIDRs", "Pod CIDRs"),
            ("podIPs", "Pod I Ps"),
            ("clusterIP", "Cluster IP"),
            ("HTTPRoute", "HTTPRoute"),
            ("some-key", "Some - Key"),
            ("app.kubernetes.io/name", "app.kubernetes.io/name"),
            ("f:spec", "f:spec"),
            ("x2", "x2"),
            ("", ""),
        ];
        for (field, want) in cases {
            assert_eq!(of(field), want, "{field}");
        }
    }
}
