//! Applying manifests: `:apply PATH` opens the form for a file or a folder. Reading is the engine's.

use super::App;
use super::form::{Filled, Of};
use crate::actions::Values;
use crate::actions::apply::{self, APPLY};
use crate::cluster::papers::Target;

impl App {
    /// The one way to an apply, for a path that may be typed in the form still.
    pub(super) fn apply(&mut self, path: &str) {
        if let Err(why) = self.may_apply() {
            return self.say(Err(why));
        }
        let fields = apply::fields(path).iter().map(Filled::of).collect();
        // A path that was typed is not typed again.
        self.open_with(Of::Action(&APPLY), vec![Target::default()], fields, Values::new());
        if let Some(form) = self.form.as_mut().filter(|_| !path.is_empty()) {
            form.at = 1;
        }
    }

    /// Why nothing can be applied here. There is no other gate: the server says of each object what the user has no right to.
    pub fn may_apply(&self) -> Result<(), String> {
        self.may_change().map_err(|why| format!("apply: {why}"))
    }
}
