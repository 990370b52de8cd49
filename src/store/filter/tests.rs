//! The grammar by example: what is typed, and which of a few rows it shows.

use super::*;

const COLUMNS: [&str; 14] = [
    "NAME",
    "READY",
    "STATUS",
    "RESTARTS",
    "RST",
    "AGE",
    "CPU",
    "MEM",
    "NODE",
    "NOMINATED NODE",
    "PORT(S)",
    "IMAGE",
    "CLAIM",
    "",
];

struct Pod {
    name: &'static str,
    ready: (i64, i64),
    status: &'static str,
    restarts: f64,
    age: i64,
    cpu: Option<f64>,
    memory: &'static str,
    labels: &'static [(&'static str, &'static str)],
}

const PODS: [Pod; 4] = [
    Pod {
        name: "orders-5c8d7f9b6-9qwzx",
        ready: (1, 2),
        status: "CrashLoopBackOff",
        restarts: 17.0,
        age: 6 * 3600,
        cpu: Some(0.003),
        memory: "61Mi",
        labels: &[("app", "orders"), ("app.kubernetes.io/name", "orders"), ("node", "label")],
    },
    Pod {
        name: "cart-7d9f6c5b8-2xk4p",
        ready: (2, 2),
        status: "Running",
        restarts: 0.0,
        age: 3 * 86400 + 4 * 3600,
        cpu: Some(1.5),
        memory: "1Gi",
        labels: &[("app", "Cart")],
    },
    Pod {
        name: "idle",
        ready: (0, 0),
        status: "Completed",
        restarts: 3.0,
        age: 4,
        cpu: None,
        memory: "5m",
        labels: &[],
    },
    Pod {
        name: "größe",
        ready: (0, 1),
        status: "",
        restarts: 1.0,
        age: 7200,
        cpu: Some(0.5),
        memory: "2h",
        labels: &[],
    },
];

impl Subject for Pod {
    fn name(&self) -> &str {
        self.name
    }
    fn visible_text(&self, out: &mut String) {
        let (have, want) = self.ready;
        out.push_str(&format!("{}\n{have}/{want}\n{}\nshop/{}:1.0\n", self.name, self.status, self.name));
    }
    fn field(&self, column: &str) -> Option<Field<'_>> {
        Some(match column {
            "NAME" => Field::Text(self.name.into()),
            "READY" => Field::Ratio(self.ready.0, self.ready.1),
            "STATUS" => Field::Text(self.status.into()),
            "RESTARTS" | "RST" => Field::Number(self.restarts),
            "AGE" => Field::Seconds(self.age),
            "CPU" => self.cpu.map_or(Field::Missing, Field::Number),
            "MEM" => Field::Text(self.memory.into()),
            "NOMINATED NODE" | "NODE" => Field::Missing,
            "PORT(S)" => Field::Text("80/TCP".into()),
            "IMAGE" => Field::Text(format!("shop/{}:1.0", self.name).into()),
            _ => return None,
        })
    }
    fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(own, _)| *own == key).map(|(_, value)| *value)
    }
}

fn filter(text: &str) -> Filter {
    Filter::parse(text, &COLUMNS).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// First letters of the names that fit.
fn shown(text: &str) -> String {
    let filter = filter(text);
    let mut scratch = Scratch::default();
    let fits = PODS.iter().filter(|pod| filter.matches_with(*pod, &mut scratch));
    fits.filter_map(|pod| pod.name.chars().next()).collect()
}

fn check(cases: &[(&str, &str)]) {
    for (text, want) in cases {
        assert_eq!(shown(text), *want, "{text:?}");
    }
}

#[test]
fn plain_text_is_found_in_names_and_cells() {
    check(&[
        ("", "ocig"),
        ("  ", "ocig"),
        ("orders", "o"),
        ("crashloop", "o"),
        ("Crashloop", ""),
        ("CrashLoop", "o"),
        ("running", "c"),
        ("GRÖSSE", ""),
        ("größe", "g"),
        ("ö", "g"),
        ("2/2", "c"),
        ("zzz", ""),
        ("a.b", ""),
        ("<none>", ""),
        ("\"-f\"", ""),
    ]);
}

#[test]
fn terms_are_joined() {
    check(&[
        ("orders crash", "o"),
        ("orders running", ""),
        ("orders & crash", "o"),
        ("orders&&crash", "o"),
        ("orders | cart", "oc"),
        ("orders|cart", "oc"),
        ("orders || cart", "oc"),
        ("orders crash | cart", "oc"),
        ("crash | cart orders", "o"),
        ("!orders", "cig"),
        ("!!orders", "o"),
        ("!orders !cart", "ig"),
        ("!(orders | cart)", "ig"),
        ("! orders", "cig"),
        ("(orders | cart) running", "c"),
        ("((idle))", "i"),
    ]);
}

#[test]
fn anchors_bind_to_cells() {
    check(&[
        ("^ord", "o"),
        ("^rders", ""),
        ("9qwzx$", "o"),
        ("backoff$", "o"),
        ("^idle$", "i"),
        ("^idl$", ""),
        ("^crash", "o"),
        ("^loop", ""),
        ("^$", "g"),
        ("^\"größe\"$", "g"),
        ("!^ord", "cig"),
    ]);
}

#[test]
fn quotes_keep_signs_and_blanks() {
    check(&[
        ("\"orders crash\"", ""),
        ("\"orders-5\"", "o"),
        ("\"|\"", ""),
        ("\"1.0\"$", "ocig"),
        ("\"a\\\"b\\\\\"", ""),
    ]);
    assert_eq!(filter("\"a\\\"b\\\\c\\d\""), filter("\"a\\\"b\\\\c\\\\d\""), "other backslashes stay as they are");
}

#[test]
fn letters_are_found_in_names_only() {
    check(&[("~ordx", "o"), ("-f ordx", "o"), ("~odr | ~ile", "oi"), ("~running", ""), ("~O", ""), ("-f \"ct\"", "c")]);
}

#[test]
fn columns_are_compared_as_text() {
    check(&[
        ("status=running", "c"),
        ("status=Running", "c"),
        ("status==running", "c"),
        ("status=RUNNING", ""),
        ("status=run", ""),
        ("status!=running", "oig"),
        ("!status=running", "oig"),
        ("STATUS=completed", "i"),
        ("status = running", "c"),
        ("status =running", "c"),
        ("status= running", "c"),
        ("status=\"\"", "g"),
        ("status~loop", "o"),
        ("image~cart", "c"),
        ("nominated-node=<none>", "ocig"),
        ("NominatedNode=\"\"", "ocig"),
        ("nominated_node!=x", "ocig"),
        ("ports=80/tcp", "ocig"),
        ("claim=x", ""),
        ("claim!=x", "ocig"),
        ("name=idle", "i"),
        ("cpu~<none>", "i"),
    ]);
}

#[test]
fn columns_are_compared_by_size() {
    check(&[
        ("rst>3", "o"),
        ("rst>=3", "oi"),
        ("restarts < 1", "c"),
        ("rst<=1", "cg"),
        ("rst=3", "i"),
        ("rst!=3", "ocg"),
        ("cpu>500m", "c"),
        ("cpu>=500m", "cg"),
        ("cpu=3m", "o"),
        ("cpu<1", "og"),
        ("cpu>0%", "ocg"),
        ("age<2h", "i"),
        ("age<=2h", "ig"),
        ("age>1d", "c"),
        ("age=3d4h", "c"),
        ("age=2h", "g"),
        ("age=120m", "g"),
        ("age<1y", "ocig"),
        ("ready<1", "og"),
        ("ready>=1", "ci"),
        ("ready=2/2", "c"),
        ("ready=1", "ci"),
        ("ready<=1/2", "og"),
        ("ready~1/", "o"),
        ("mem>512Mi", "c"),
        ("mem>1h", "g"),
        ("rst>1/2", "oig"),
    ]);
}

#[test]
fn other_names_are_labels() {
    check(&[
        ("app=orders", "o"),
        ("app=cart", "c"),
        ("app=CART", ""),
        ("app!=orders", "cig"),
        ("app.kubernetes.io/name=orders", "o"),
        ("app = orders", "o"),
        ("app~ord", "o"),
        ("app=\"\"", ""),
        ("node=label", ""),
    ]);
    assert_eq!(filter("status=x (app=y | !tier=z)").label_keys(), ["app", "tier"]);
}

#[test]
fn regular_expressions_try_each_cell() {
    check(&[
        ("re:^ord.*x$", "o"),
        ("re:^(cart|orders)-", "oc"),
        ("re:running|completed", "ci"),
        ("re:Running", "c"),
        ("re:RUNNING", ""),
        ("re:^\\S/2$", "oc"),
        ("re:^orders[^x]*$", ""),
        ("cart re:^2/2$", "c"),
        ("re:\"^cart|^orders\" crash", "o"),
        ("!re:-", "ig"),
    ]);
}

#[test]
fn the_server_selects_labels() {
    let asked = filter(" -l app=web,env in (a, b) ");
    assert_eq!(asked.server_selector.as_deref(), Some("app=web,env in (a, b)"));
    assert!(asked.is_empty(), "the rows that come are all shown");
    assert!(filter("").is_empty());
    assert!(!filter("x").is_empty());
}

#[test]
fn errors_say_where() {
    let cases = [
        ("a |", Fault::Unfinished, 3),
        ("a &", Fault::Unfinished, 3),
        ("!", Fault::Unfinished, 1),
        ("(a", Fault::Unfinished, 0),
        ("b (a | c", Fault::Unfinished, 2),
        ("(", Fault::Unfinished, 1),
        ("\"a", Fault::Unfinished, 0),
        ("^", Fault::Unfinished, 1),
        ("$", Fault::Unfinished, 1),
        ("~", Fault::Unfinished, 1),
        ("-f", Fault::Unfinished, 2),
        ("re:", Fault::Unfinished, 3),
        ("ö re:(a", Fault::Unfinished, 5),
        ("-l", Fault::Unfinished, 2),
        (" -l app=web,", Fault::Unfinished, 12),
        ("status=", Fault::Unfinished, 7),
        ("age<", Fault::Unfinished, 4),
        ("age <", Fault::Unfinished, 5),
        ("age<2", Fault::Unfinished, 4),
        ("rst>-", Fault::Unfinished, 4),
        ("| a", Fault::Wrong, 0),
        ("a | | b", Fault::Wrong, 4),
        ("a )", Fault::Wrong, 2),
        ("()", Fault::Wrong, 1),
        ("=x", Fault::Wrong, 0),
        ("rst>abc", Fault::Wrong, 4),
        ("restart>3", Fault::Wrong, 0),
        ("größe a:b=c", Fault::Wrong, 6),
        ("-l a=b=c", Fault::Wrong, 6),
    ];
    for (text, fault, at) in cases {
        let error = Filter::parse(text, &COLUMNS).expect_err(text);
        assert_eq!((error.fault, error.at), (fault, at), "{text:?}: {error}");
    }
    let error = Filter::parse("restrts>3", &COLUMNS).unwrap_err();
    assert_eq!(error.to_string(), "at 1: no column is called `restrts`; is it restarts?");
}

#[test]
fn nothing_typed_can_be_too_much() {
    for text in ["(".repeat(5000), "!".repeat(1999), "a ".repeat(3000), format!("re:{}", "\\w{100}".repeat(200))] {
        assert!(Filter::parse(&text, &COLUMNS).is_err());
    }
    assert!(Filter::parse("re:(a+)+$", &COLUMNS).is_ok(), "no expression takes more than linear time");
}

#[test]
fn narrower_filters_are_known() {
    let narrower = [
        ("x", ""),
        ("ord", "or"),
        ("xordx", "ord"),
        ("Ord", "ord"),
        ("Ord", "Or"),
        ("orders crash", "orders"),
        ("orders crash", "crash"),
        ("orders & cra", "ord"),
        ("orders", "orders | cart"),
        ("ord | car", "o | c"),
        ("a b | c", "c | a"),
        ("a b", "(b | c) a"),
        ("^ord", "^or"),
        ("^ord", "ord"),
        ("^ord$", "^or"),
        ("^ord$", "rd$"),
        ("~ordx", "~odx"),
        ("~Ordx", "~ord"),
        ("!o", "!or"),
        ("status=running x", "status=running"),
        ("re:a.b", "re:a.b"),
        ("status=a", "status=a | status=b"),
    ];
    for (new, old) in narrower {
        assert!(filter(new).narrows(&filter(old)), "{new:?} narrows {old:?}");
    }
    let not = [
        ("", "x"),
        ("or", "ord"),
        ("ord", "Ord"),
        ("orders | x", "orders"),
        ("!or", "!o"),
        ("!or", "o"),
        ("ord", "^ord"),
        ("^ord", "^o$"),
        ("~ord", "~odr"),
        ("~ord", "~Ord"),
        ("re:ab", "re:a"),
        ("status=running", "status=run"),
        ("age<2h x", "age<2h"),
        ("age=2h x", "age=2h"),
        ("-l app=web", "-l app=api"),
        ("-l app=web", ""),
    ];
    for (new, old) in not {
        assert!(!filter(new).narrows(&filter(old)), "{new:?} does not narrow {old:?}");
    }
}

#[test]
fn time_changes_comparisons() {
    for text in ["age<2h", "x | cpu>1", "!age>1h", "age=2h"] {
        assert!(filter(text).is_timed(), "{text}");
    }
    for text in ["", "x", "status=running", "~x", "-l build>3"] {
        assert!(!filter(text).is_timed(), "{text}");
    }
}

#[test]
fn highlights_are_characters_of_the_name() {
    let orders = &PODS[0];
    let cases: [(&str, &[usize]); 9] = [
        ("ord", &[0, 1, 2]),
        ("^ord | crash", &[0, 1, 2]),
        ("rd !zz", &[1, 2]),
        ("!ord", &[]),
        ("~ordx", &[0, 1, 2, 21]),
        ("ord der", &[0, 1, 2, 3, 4]),
        ("9$", &[]),
        ("re:[0-9]d", &[9, 10]),
        ("9", &[13, 17]),
    ];
    for (text, want) in cases {
        assert_eq!(filter(text).highlights(orders), want, "{text:?}");
    }
    assert_eq!(filter("sse").highlights(&PODS[3]), [0usize; 0]);
    assert_eq!(filter("öße").highlights(&PODS[3]), [2, 3, 4]);
}
