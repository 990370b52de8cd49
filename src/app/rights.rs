//! What the user may not do is known before it is tried, where the server can tell.
//!
//! The rights in a namespace are asked for when a menu or a form opens, once; reading again (`^R`) forgets them.

use super::effect::{Ask, SessionId};
use super::{App, Asked};
use crate::actions::Action;
use crate::cluster::fault::Fault;
use crate::cluster::papers::Target;
use crate::cluster::rights::Rights;

/// Rights to what is in no namespace are asked for here; the server lists them everywhere.
const ANYWHERE: &str = "default";

impl App {
    /// Asks for the rights in the namespace of the row under the cursor, unless they are known.
    pub(super) fn ask_rights(&mut self) {
        let Ok(target) = self.target() else { return };
        let namespace = target.namespace.unwrap_or_else(|| ANYWHERE.into());
        let Some(session) = self.session().filter(|session| session.is_ready()) else { return };
        let id = session.id;
        if session.rights.contains_key(&namespace) {
            return;
        }
        self.session_mut(id).into_iter().for_each(|session| drop(session.rights.insert(namespace.clone(), None)));
        self.ask(id, Ask::Rights(namespace.clone()), Asked::Rights(id, namespace));
    }

    pub(super) fn take_rights(&mut self, id: SessionId, namespace: String, result: Result<Rights, Fault>) {
        let Some(session) = self.session_mut(id) else { return };
        // Who cannot ask learns it from the action itself.
        session.rights.insert(namespace, result.ok());
    }

    /// Whether the user may do an action, as far as that is known.
    pub(super) fn may(&self, action: &Action, targets: &[Target]) -> Result<(), String> {
        let Some(session) = self.session() else { return Ok(()) };
        let (verb, part) = action.needs;
        for target in targets {
            let namespace = target.namespace.as_deref().unwrap_or(ANYWHERE);
            let Some(Some(rights)) = session.rights.get(namespace) else { continue };
            let plural = &target.what.plural;
            let resource = if part.is_empty() { plural.clone() } else { format!("{plural}/{part}") };
            if rights.forbid(verb, &target.what.group, &resource) {
                let title = action.title.to_lowercase();
                let place = target.namespace.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
                return Err(format!("{title}: you may not {verb} {resource}{place}"));
            }
        }
        Ok(())
    }
}
