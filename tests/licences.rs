//! Every crate that the program or its tests are built from has a licence that deny.toml allows, on every platform.
//!
//! It knows licences by their SPDX expressions only, and no advisories: those need a database (`cargo deny`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::process::Command;

/// The quoted words of a list in deny.toml: enough TOML for this one file.
fn listed(toml: &str, key: &str) -> Vec<String> {
    let Some(at) = toml.find(&format!("\n{key} = [")) else { panic!("deny.toml has no {key}") };
    let list = toml[at..].lines().skip(1);
    let items = list.scan(false, |ended, line| {
        let taken = (!*ended).then(|| line.split('#').next().unwrap_or_default());
        *ended = *ended || line.trim_end().ends_with(']');
        taken
    });
    items.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// Whether an SPDX expression can be met with allowed licences. Old manifests write `/` for OR.
fn is_allowed(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any(&mut rest, allowed);
    assert!(rest.is_empty(), "not understood: {expression}");
    met
}

fn any(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = all(words, allowed);
    while words.first() == Some(&"OR") {
        *words = &words[1..];
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = one(words, allowed);
    while words.first() == Some(&"AND") {
        *words = &words[1..];
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let Some((&word, rest)) = words.split_first() else { return false };
    *words = rest;
    if word == "(" {
        let met = any(words, allowed);
        *words = words.strip_prefix(&[")"]).expect("a closing parenthesis");
        return met;
    }
    match words.strip_prefix(&["WITH"]) {
        Some(after) => {
            let (exception, rest) = after.split_first().expect("an exception after WITH");
            *words = rest;
            allowed(&format!("{word} WITH {exception}"))
        }
        None => allowed(word),
    }
}

/// Name and licence of every package that is built for some platform. Cargo.lock and `cargo metadata` also name packages
/// that no chosen feature asks for; `cargo tree` does not.
fn built() -> BTreeSet<(String, String)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Command::new(cargo)
        .args([
            "tree",
            "--locked",
            "--target",
            "all",
            "--edges",
            "normal,build,dev",
            "--prefix",
            "none",
            "--format",
            "{p}|{l}|",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    let package = |line: &str| {
        let (package, rest) = line.split_once('|').expect("a package and its licence");
        let name = package.split(' ').next().unwrap_or_default();
        (name.to_owned(), rest.split('|').next().unwrap_or_default().to_owned())
    };
    lines.lines().filter(|line| !line.is_empty()).map(package).collect()
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let root = env!("CARGO_MANIFEST_DIR");
    let toml = std::fs::read_to_string(format!("{root}/deny.toml")).unwrap();
    let (allow, excepted) = (listed(&toml, "allow"), listed(&toml, "exceptions"));
    let [exception_crate, exception_licence] = excepted.as_slice() else {
        panic!("one exception is expected: {excepted:?}")
    };
    let packages = built();
    assert!(packages.len() > 100, "only {} packages: the graph was not read", packages.len());
    let refused: Vec<_> = packages
        .iter()
        .filter(|(name, licence)| {
            let allowed =
                |one: &str| allow.iter().any(|ok| ok == one) || (name == exception_crate && one == exception_licence);
            !is_allowed(licence, &allowed)
        })
        .collect();
    assert!(refused.is_empty(), "not in deny.toml's list: {refused:?}");
}

#[test]
fn expressions_are_understood() {
    let allowed = |one: &str| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&one);
    let met = |expression: &str| is_allowed(expression, &allowed);
    assert!(
        ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "(MIT OR GPL-3.0) AND ISC", "Apache-2.0 WITH LLVM-exception"]
            .into_iter()
            .all(met)
    );
    assert!(!["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "Apache-2.0", ""].into_iter().any(met));
}

#[test]
fn lists_are_read() {
    let toml = "\n[licenses]\nallow = [\n  \"A\", # \"X\"\n  \"B\",\n]\nexceptions = [{ crate = \"c\", allow = [\"D\"] }]\n\"E\"\n";
    assert_eq!(listed(toml, "allow"), ["A", "B"]);
    assert_eq!(listed(toml, "exceptions"), ["c", "D"]);
}
