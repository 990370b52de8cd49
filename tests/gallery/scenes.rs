//! The scenes: a kind, and what is done then.

use crate::picture;
use crate::stage::Stage;
use rk9s::demo::story;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (250, 60)];

/// Plays a scene at every size, and compares the screens.
fn play(name: &str, kind: &str, script: impl Fn(&mut Stage)) {
    let mut screens = String::new();
    for size in SIZES {
        let mut stage = Stage::open(kind, size);
        script(&mut stage);
        let painted = stage.paint();
        screens.push_str(&format!(
            "{:─<width$}\n{painted}\n",
            format!("{}x{} ", size.0, size.1),
            width = usize::from(size.0)
        ));
        crate::svg::save_as(&stage.console.buffer, &format!("{name}-{}", size.0));
    }
    picture::same(&format!("tests/fixtures/gallery/{name}.txt"), &screens);
}

/// A picture for the README.
fn picture(name: &str, kind: &str, size: (u16, u16), script: impl Fn(&mut Stage)) {
    let mut stage = Stage::open(kind, size);
    script(&mut stage);
    stage.paint();
    picture::same(&format!("assets/{name}.svg"), &crate::svg::svg(&stage.console.buffer));
}

#[test]
fn the_pictures_of_the_readme_are_what_is_painted() {
    picture("side", "pods", (110, 30), |stage| {
        stage.on("orders");
        stage.keys("tab");
        stage.wait(1);
    });
    picture("rollback", "deployments", (110, 24), |stage| {
        stage.on("checkout");
        stage.keys("b");
    });
    picture("rollout", "deployments", (110, 21), |stage| {
        stage.on("checkout");
        stage.keys("Z");
    });
    picture("scale", "deployments", (110, 20), |stage| {
        stage.on("web");
        stage.keys("s 5");
    });
    picture("blame", "deployments", (110, 24), |stage| {
        stage.on("orders");
        stage.keys("y b /");
        stage.type_text("1.9.0");
        stage.keys("enter");
    });
    picture("themes", "pods", (110, 24), |stage| {
        stage.on("orders");
        stage.line("theme");
        stage.keys("down");
    });
}

macro_rules! scenes {
    ($($name:ident: $kind:literal, $script:expr;)+) => {
        $(#[test]
        fn $name() {
            play(&stringify!($name).replace('_', "-"), $kind, $script);
        })+
    };
}

scenes! {
    pods: "pods", |stage| stage.on("orders");
    pods_wide: "pods", |stage| {
        stage.on("orders");
        stage.keys("ctrl-w");
    };
    describe_pod: "pods", |stage| {
        stage.on("orders");
        stage.keys("d");
    };
    describe_pod_end: "pods", |stage| {
        stage.on("orders");
        stage.keys("d G");
    };
    describe_node: "nodes", |stage| {
        stage.on("node-b1");
        stage.keys("d");
    };
    describe_deployment: "deployments", |stage| {
        stage.on("orders");
        stage.keys("d");
    };
    describe_service: "services", |stage| {
        stage.on("web");
        stage.keys("d");
    };
    describe_custom: "certificates", |stage| {
        stage.on("shop-tls");
        stage.keys("d");
    };
    yaml: "deployments", |stage| {
        stage.on("orders");
        stage.keys("y");
    };
    yaml_search: "deployments", |stage| {
        stage.on("orders");
        stage.keys("y /");
        stage.type_text("image");
        stage.keys("enter");
    };
    blame: "deployments", |stage| {
        stage.on("orders");
        stage.keys("y b");
    };
    applied: "deployments", |stage| {
        stage.on("orders");
        stage.keys("y a");
    };
    diff_two: "deployments", |stage| {
        stage.on("cart");
        stage.keys("space");
        stage.on("catalog");
        stage.keys("space =");
    };
    diff_choice: "deployments", |stage| {
        stage.on("orders");
        stage.keys("=");
    };
    diff_applied: "deployments", |stage| {
        stage.on("orders");
        stage.keys("= enter");
    };
    diff_contexts: "deployments", |stage| {
        stage.on("orders");
        stage.line("contexts");
        stage.keys("esc =");
        stage.type_text("@");
        stage.keys("enter");
    };
    diff_secrets: "secrets", |stage| stage.keys("space space =");
    changes: "pods", |stage| {
        stage.happens(|world| story::break_rollout(world, "shop", "cart").unwrap());
        stage.line("changes");
    };
    changes_of_object: "deployments", |stage| {
        stage.on("orders");
        stage.keys("H");
    };
    secret_keys: "secrets", |stage| {
        stage.on("orders-db");
        stage.keys("x j j x");
    };
    secret_certificate: "secrets", |stage| {
        stage.on("shop-tls");
        stage.keys("y");
    };
    logs: "pods", |stage| {
        stage.on("checkout");
        stage.keys("l");
    };
    logs_filtered: "pods", |stage| {
        stage.on("orders");
        stage.keys("l /");
        stage.type_text("db");
        stage.keys("enter");
    };
    palette: "pods", |stage| stage.keys("ctrl-p");
    palette_typed: "deployments", |stage| {
        stage.keys("ctrl-p");
        stage.type_text("sc");
    };
    help: "pods", |stage| stage.keys("?");
    settings: "pods", |stage| stage.line("settings");
    columns: "pods", |stage| stage.keys("|");
    themes: "pods", |stage| {
        stage.line("theme");
        stage.keys("down");
    };
    side: "pods", |stage| {
        stage.on("orders");
        stage.keys("tab");
        stage.wait(1);
    };
    kubectl: "pods", |stage| {
        stage.on("orders");
        stage.keys("K");
    };
    scale: "deployments", |stage| {
        stage.on("web");
        stage.keys("s 5");
    };
    rollback: "deployments", |stage| {
        stage.on("checkout");
        stage.keys("b");
    };
    rollout: "deployments", |stage| {
        stage.on("checkout");
        stage.keys("Z");
    };
    history: "deployments", |stage| {
        stage.on("orders");
        stage.keys("z");
    };
    history_set: "deployments", |stage| {
        stage.line("statefulsets data");
        stage.on("postgres");
        stage.keys("z");
    };
    diff_revisions: "deployments", |stage| {
        stage.on("orders");
        stage.keys("z space j space =");
    };
    delete: "deployments", |stage| {
        stage.on("cart");
        stage.keys("ctrl-d");
    };
}
