//! Rights as a kube-apiserver 1.36 with the same roles gave and refused them; the words are its own.

use super::*;
use crate::demo::object::{at, items, text};
use crate::demo::world::Write;
use serde_json::Value;

fn world() -> World {
    let mut world = World::new(1, "2026-01-01T00:00:00Z".parse().unwrap());
    for role in roles() {
        let id = format!("{}s.rbac.authorization.k8s.io", text(&role, "kind").to_lowercase());
        world.create(&id, role, Write::by("test")).unwrap();
    }
    world
}

fn logged_in(world: &World, name: &str) -> User {
    user(world, Some(&format!("Bearer {}", token(name))), None).unwrap()
}

fn ask<'a>(verb: &'a str, resource: &'a str, namespace: &'a str, name: &'a str) -> Ask<'a> {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    Ask { verb, group: "", resource, subresource, namespace, name }
}

#[test]
fn refusals_are_in_the_servers_words() {
    let world = world();
    let dev = logged_in(&world, "dev");
    let said = |ask: Ask<'_>| may(&world, &dev, &ask).unwrap_err();
    assert_eq!(
        said(ask("list", "pods", "kube-system", "")).message,
        r#"pods is forbidden: User "dev" cannot list resource "pods" in API group "" in the namespace "kube-system""#
    );
    assert_eq!(
        said(ask("list", "pods", "", "")).message,
        r#"pods is forbidden: User "dev" cannot list resource "pods" in API group "" at the cluster scope"#
    );
    let log = said(ask("get", "pods/log", "kube-system", "x"));
    assert_eq!(
        log.message,
        r#"pods "x" is forbidden: User "dev" cannot get resource "pods/log" in API group "" in the namespace "kube-system""#
    );
    assert_eq!((log.code, log.reason, &log.details), (403, "Forbidden", &json!({"name": "x", "kind": "pods"})));
    let scale = Ask { group: "apps", ..ask("patch", "deployments/scale", "kube-system", "x") };
    assert_eq!(
        said(scale).message,
        r#"deployments.apps "x" is forbidden: User "dev" cannot patch resource "deployments/scale" in API group "apps" in the namespace "kube-system""#
    );
    let metrics = may_path(&world, &dev, "get", "/metrics").unwrap_err();
    assert_eq!(metrics.message, r#"forbidden: User "dev" cannot get path "/metrics""#);
}

#[test]
fn users_may_what_their_roles_say() {
    let world = world();
    let [admin, dev, viewer] = ["admin", "dev", "viewer"].map(|name| logged_in(&world, name));
    let allowed = |user: &User, ask: Ask<'_>| may(&world, user, &ask).is_ok();
    for (user, ask, expected) in [
        (&admin, ask("delete", "nodes", "", "a"), true),
        (&dev, ask("delete", "pods", "shop", "a"), true),
        (&dev, ask("create", "pods/eviction", "payments", "a"), true),
        (&dev, ask("get", "secrets", "shop", "a"), true),
        (&dev, ask("delete", "pods", "platform", "a"), false),
        (&dev, ask("list", "namespaces", "", ""), true),
        (&dev, ask("delete", "namespaces", "shop", "shop"), false),
        (&dev, ask("list", "nodes", "", ""), false),
        (&viewer, ask("watch", "pods", "", ""), true),
        (&viewer, ask("get", "pods/log", "shop", "a"), true),
        (&viewer, ask("list", "nodes", "", ""), true),
        (&viewer, ask("get", "secrets", "shop", "a"), false),
        (&viewer, ask("delete", "pods", "shop", "a"), false),
    ] {
        assert_eq!(allowed(user, ask), expected, "{} {ask:?}", user.name);
    }
    for path in ["/version", "/healthz", "/api", "/apis/apps/v1", "/openapi/v3"] {
        assert!(may_path(&world, &dev, "get", path).is_ok(), "{path}");
    }
    assert!(may_path(&world, &user(&world, None, None).unwrap(), "get", "/version").is_ok());
    assert!(may_path(&world, &user(&world, None, None).unwrap(), "get", "/apis").is_err());
}

#[test]
fn names_stars_and_missing_roles_are_minded() {
    let mut world = world();
    let role = json!({
        "metadata": {"namespace": "shop", "name": "one"},
        "rules": [
            {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["settings"], "verbs": ["*"]},
            {"apiGroups": ["*"], "resources": ["*/scale"], "verbs": ["patch"]},
        ],
    });
    world.create("roles.rbac.authorization.k8s.io", role, Write::by("test")).unwrap();
    for name in ["one", "none"] {
        let binding = json!({
            "metadata": {"namespace": "shop", "name": name}, "roleRef": {"kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": "robot"}],
        });
        world.create("rolebindings.rbac.authorization.k8s.io", binding, Write::by("test")).unwrap();
    }
    let admin = format!("Bearer {}", token("admin"));
    let robot = user(&world, Some(&admin), Some(("system:serviceaccount:shop:robot", &[]))).unwrap();
    assert_eq!(robot.groups, ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]);
    assert!(may(&world, &robot, &ask("update", "configmaps", "shop", "settings")).is_ok());
    assert!(may(&world, &robot, &Ask { group: "apps", ..ask("patch", "deployments/scale", "shop", "web") }).is_ok());
    let refused = may(&world, &robot, &ask("update", "configmaps", "shop", "other")).unwrap_err();
    assert!(
        refused.message.ends_with(r#"namespace "shop": RBAC: role.rbac.authorization.k8s.io "none" not found"#),
        "{}",
        refused.message
    );
}

#[test]
fn strangers_are_refused_and_only_masters_act_as_others() {
    let world = world();
    for stranger in ["Bearer nope", "Bearer", "Basic YTpi", "Bearer rk9s-demo-root"] {
        assert_eq!(user(&world, Some(stranger), None), Err(unauthorized()), "{stranger}");
    }
    let groups = ["ops".to_owned()];
    let as_dev = |name: &str| user(&world, Some(&format!("Bearer {}", token(name))), Some(("dev", &groups)));
    assert_eq!(as_dev("admin").unwrap().groups, ["ops", "system:authenticated"]);
    assert_eq!(
        as_dev("viewer").unwrap_err().message,
        r#"users "dev" is forbidden: User "viewer" cannot impersonate resource "users" in API group "" at the cluster scope"#
    );
}

fn reviewed(world: &World, user: &User, plural: &str, spec: Value) -> Result<Object, Refusal> {
    let groups = ["authorization.k8s.io", "authentication.k8s.io"];
    let resource = groups.iter().find_map(|group| world.catalog.find(group, "v1", plural)).unwrap();
    review(world, user, resource, "shop", json!({"spec": spec}))
}

#[test]
fn reviews_say_what_is_and_why() {
    let world = world();
    let dev = logged_in(&world, "dev");
    let list = |namespace| json!({"resourceAttributes": {"verb": "list", "resource": "pods", "namespace": namespace}});
    let status = |plural, spec| at(&reviewed(&world, &dev, plural, spec).unwrap(), "status").clone();
    assert_eq!(
        status("selfsubjectaccessreviews", list("shop")),
        json!({
            "allowed": true,
            "reason": r#"RBAC: allowed by RoleBinding "developers/shop" of ClusterRole "edit" to User "dev""#,
        })
    );
    assert_eq!(status("selfsubjectaccessreviews", list("platform")), json!({"allowed": false}));
    let path = json!({"nonResourceAttributes": {"verb": "get", "path": "/apis/apps"}});
    assert_eq!(
        status("selfsubjectaccessreviews", path)["reason"],
        r#"RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated""#
    );
    let mut other = list("shop");
    other["user"] = json!("viewer");
    assert_eq!(status("subjectaccessreviews", other.clone())["allowed"], true);
    assert_eq!(status("localsubjectaccessreviews", other)["allowed"], true);
    assert_eq!(status("selfsubjectreviews", json!({}))["userInfo"]["username"], "dev");

    let message = |plural, spec| reviewed(&world, &dev, plural, spec).unwrap_err().message;
    assert_eq!(
        message("selfsubjectaccessreviews", json!({})),
        r#".authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"#
    );
    assert_eq!(
        message("subjectaccessreviews", list("shop")),
        r#".authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified"#
    );
    assert_eq!(message("selfsubjectrulesreviews", json!({})), "no namespace on request");
}

#[test]
fn a_rules_review_is_complete() {
    let world = world();
    let dev = logged_in(&world, "dev");
    let rules = |namespace| {
        let review = reviewed(&world, &dev, "selfsubjectrulesreviews", json!({"namespace": namespace})).unwrap();
        at(&review, "status").clone()
    };
    let pods = |status: &Value| {
        let mut all = items(status, "resourceRules").iter();
        all.any(|rule| items(rule, "resources").iter().any(|own| own == "pods/eviction"))
    };
    assert!(pods(&rules("shop")) && !pods(&rules("platform")));
    assert_eq!(rules("shop")["incomplete"], false);
    assert_eq!(items(&rules("platform"), "nonResourceRules").len(), 2);
}
