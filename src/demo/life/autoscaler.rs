//! Horizontal pod autoscalers, as far as their limits go: a target is never smaller than `minReplicas` nor larger than `maxReplicas`
//! (pkg/controller/podautoscaler).
//!
//! Nothing is scaled by metrics, so nothing is said of them either: what the status tells of metrics is left as it is.

use super::super::events::{self, Level};
use super::super::object::{self, Object, at, number, put, text};
use super::super::store::Key;
use super::super::world::{World, Write};
use super::condition::{self, Said};
use super::own::number_or;
use super::{Controller, MANAGER, News};
use jiff::SignedDuration;

const ID: &str = "horizontalpodautoscalers.autoscaling";
const SOURCE: &str = "horizontal-pod-autoscaler";

pub struct Autoscalers;

impl Controller for Autoscalers {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, world: &World, news: &News<'_>) -> Vec<Key> {
        if news.is(ID) {
            return vec![news.key.clone()];
        }
        let is_scaled = ["deployments.apps", "statefulsets.apps", "replicasets.apps"].iter().any(|id| news.is(id))
            && ["spec/replicas", "status/replicas"]
                .iter()
                .any(|path| at(news.before(), path) != at(news.object(), path));
        if !is_scaled {
            return Vec::new();
        }
        let all = world.list(ID, Some(&news.key.namespace)).into_iter();
        let its = all.filter(|own| text(own, "spec/scaleTargetRef/name") == &*news.key.name);
        its.map(|own| Key::new(&ID.into(), &news.key.namespace, object::name(&own))).collect()
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let mut scaler = world.get(ID, &key.namespace, &key.name)?;
        let target = at(&scaler, "spec/scaleTargetRef");
        let (kind, name) = (text(target, "kind").to_owned(), text(target, "name").to_owned());
        let resource = world.catalog.of_kind(text(target, "apiVersion"), &kind).cloned();
        let found =
            resource.as_ref().and_then(|own| Some((own.id.clone(), world.get(&own.id, &key.namespace, &name)?)));
        match found {
            Some((id, target)) => hold(world, &mut scaler, &id, target),
            None => miss(world, &mut scaler, &kind.to_lowercase(), &name),
        }
        // Whoever changed it meanwhile woke this controller again.
        let _ = world.update(ID, scaler, Write::status(MANAGER));
        None
    }
}

fn say(scaler: &mut Object, world: &World, status: &str, reason: &str, message: &str) {
    let said = Said { kind: "AbleToScale", status, reason, message, also: "" };
    condition::revise(object::place(scaler, "status"), world.now, said);
}

fn miss(world: &mut World, scaler: &mut Object, kind: &str, name: &str) {
    let why = format!("{kind}s.apps {name:?} not found");
    let message = format!("the HPA controller was unable to get the target's current scale: {why}");
    say(scaler, world, "False", "FailedGetScale", &message);
    events::record(world, scaler, Level::Warning, "FailedGetScale", &why, SOURCE);
}

fn hold(world: &mut World, scaler: &mut Object, id: &str, mut target: Object) {
    let now = number_or(&target, "spec/replicas", 1);
    let (least, most) = (number_or(scaler, "spec/minReplicas", 1), number(scaler, "spec/maxReplicas").max(1));
    // None is a user's wish to have it switched off.
    let wanted = if now == 0 { 0 } else { now.clamp(least, most.max(least)) };
    if !condition::is_true(at(scaler, "status"), "AbleToScale") {
        let message = "the HPA controller was able to get the target's current scale";
        say(scaler, world, "True", "SucceededGetScale", message);
    }
    if wanted != now {
        put(&mut target, "spec/replicas", wanted);
        let why = match wanted < now {
            true => "Current number of replicas above Spec.MaxReplicas",
            false => "Current number of replicas below Spec.MinReplicas",
        };
        // Whoever changed it meanwhile woke this controller again.
        let _ = world.update(id, target.clone(), Write::by(MANAGER));
        let message = format!("New size: {wanted}; reason: {why}");
        events::record(world, scaler, Level::Normal, "SuccessfulRescale", &message, SOURCE);
        let message = format!("the HPA controller was able to update the target scale to {wanted}");
        say(scaler, world, "True", "SucceededRescale", &message);
        put(scaler, "status/lastScaleTime", object::time(world.now));
    }
    put(scaler, "status/currentReplicas", number(&target, "status/replicas"));
    put(scaler, "status/desiredReplicas", wanted);
}

#[cfg(test)]
mod tests {
    use super::super::stub::{self, edit};
    use super::*;
    use serde_json::json;

    #[test]
    fn a_target_is_kept_within_its_limits_unless_it_is_switched_off() {
        let (mut world, mut life) = stub::begin(vec![Box::new(Autoscalers)]);
        let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
        let scaler = json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 4}});
        world.create(ID, scaler, Write::by("t")).unwrap();
        life.step(&mut world);
        assert_eq!(stub::text_of(&world, ID, "web", "status/conditions/0/reason"), "FailedGetScale");
        let template =
            json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "x"}]}});
        let spec = json!({"replicas": 9, "selector": {"matchLabels": {"app": "web"}}, "template": template});
        let web = json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": spec});
        world.create("deployments.apps", web, Write::by("t")).unwrap();
        let size = |world: &World| number(&world.get("deployments.apps", "shop", "web").unwrap(), "spec/replicas");
        for (asked, kept) in [(9, 4), (1, 2), (3, 3), (0, 0)] {
            edit(&mut world, "deployments.apps", "web", "spec/replicas", asked);
            life.step(&mut world);
            assert_eq!(size(&world), kept);
        }
        let said = stub::said(&world, "HorizontalPodAutoscaler");
        assert!(said.contains(
            &"SuccessfulRescale New size: 4; reason: Current number of replicas above Spec.MaxReplicas".to_owned()
        ));
    }
}
