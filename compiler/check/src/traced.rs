//! Traced definitions: they do what they do, and note besides which values were drawn in a property, so that a test that fails can be run again to say
//! what it was tried on.
//!
//! A note is a call of a function of the library behind a binding. It is made where something is available that draws values, and `Exception`: in
//! properties, not in what makes random values for them. **Invariant:** what is not traced has no notes, and the same hash as ever.

use crate::ability::Ambient;
use crate::block::Step;
use crate::elab::{Elab, Local};
use crate::infer::Checker;
use crate::solver::Solver;
use crate::ty::{Ty, ability_of};
use builtin::BuiltinType;
use kernel::{Literal, TermRef, TypeRef};
use std::rc::Rc;
use std::sync::Arc;

/// In front of each note in what a traced test says: no text of a program is likely to have it.
const MARK: &str = "\n\u{b}";

/// Between a variable and its value in a note.
const IS: &str = " = ";

/// What a traced test says without its notes, and these: variables with their values, in the order in which they were drawn.
pub fn without_notes(text: &str) -> (&str, Vec<(&str, &str)>) {
    let mut parts = text.split(MARK);
    let said = parts.next().unwrap_or("");
    (said, parts.filter_map(|note| note.split_once(IS)).collect())
}

/// What of the library takes notes.
#[derive(Clone, Debug)]
pub struct Tracing {
    /// Takes what stands in a note before the value, and the value.
    pub note: TermRef,
    /// Runs a watch of whose notes nobody wants to know.
    pub around: TermRef,
    /// The abilities by which values are drawn.
    pub drawing: Vec<TypeRef>,
}

/// A variable whose value may be noted, once it is known what is available there.
#[derive(Debug)]
pub(crate) struct Note {
    tracing: Arc<Tracing>,
    name: String,
    local: Local,
    ty: Ty,
    ambient: Rc<Ambient>,
}

impl Note {
    /// The call; nothing is done where no values are drawn, and of functions there is nothing to show.
    pub fn elab(&self, solver: &Solver) -> Elab {
        if matches!(solver.resolve(&self.ty), Ty::Fun(_)) || !self.is_in_property(solver) {
            return Elab::unit();
        }
        let label = Elab::Literal(Literal::Text(format!("{MARK}{}{IS}", self.name).into()));
        Elab::app(Elab::Ref(self.tracing.note), vec![label, Elab::Local(self.local)])
    }

    fn is_in_property(&self, solver: &Solver) -> bool {
        let available = solver.available(&self.ambient);
        let has = |wanted: TypeRef| available.heads.iter().any(|head| ability_of(head) == Some(wanted));
        has(TypeRef::Builtin(BuiltinType::Exception)) && self.tracing.drawing.iter().any(|ability| has(*ability))
    }
}

impl Checker<'_> {
    /// Notes of the variables that a statement has bound, if something may have been drawn there.
    pub fn notes(&mut self, first: usize, drawn: usize, steps: &mut Vec<Step>) {
        let Some(tracing) = self.tracing.clone().filter(|_| self.drawn > drawn) else { return };
        for variable in self.locals.since(first).to_vec() {
            let note = Note {
                tracing: tracing.clone(),
                name: variable.name.to_string(),
                local: variable.local,
                ty: variable.scheme.ty.clone(),
                ambient: self.ambient.clone(),
            };
            steps.push(Step::Let(self.fresh_local(), Elab::Note(Rc::new(note))));
        }
    }

    /// A watch that can be run traced.
    pub fn traced_watch(&mut self, body: Elab) -> Elab {
        let Some(tracing) = self.tracing.clone() else { return body };
        let delay = Elab::Lambda(vec![self.fresh_local()], Box::new(body));
        Elab::app(Elab::Ref(tracing.around), vec![delay])
    }
}
