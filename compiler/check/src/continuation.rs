//! Continuations that go on without a handler.
//!
//! Handlers are shallow: what follows a request runs where its continuation is called, and what it requests is handled there only if a `handle` stands around that.
//! So where a handler lacks an ability that it handles itself, the mistake is at the continuation, whose uses are noted here.

use crate::ability::{Ambient, Origin};
use crate::consequence::contains;
use crate::elab::Local;
use crate::infer::Checker;
use crate::problem::{AbilityProblem, Advice, Problem};
use crate::ty::{Row, Ty, ability_of};
use base::{Name, Span};
use kernel::TypeRef;
use std::collections::BTreeSet;
use std::rc::Rc;
use syntax::tree::Expr;

/// Characters of source that a hint repeats.
const TEXT_MAX: usize = 40;

/// A use of what a request pattern calls its continuation.
pub(crate) struct Resumption {
    name: Name,
    /// The name and what it is applied to.
    span: Span,
    /// What the continuation may request.
    row: Row,
    ambient: Rc<Ambient>,
}

/// The handler of a `handle`, and the abilities that it handles.
pub(crate) struct Handler {
    pub span: Span,
    pub abilities: Vec<TypeRef>,
    /// It is written there, as `cases`.
    pub is_written: bool,
}

impl Checker<'_> {
    /// Notes the use of a variable, if it is a continuation.
    pub fn note_resumption(&mut self, name: &Name, local: Local, span: Span) {
        let Some(row) = self.continuations.get(&local) else { return };
        let (name, row, ambient) = (name.clone(), row.clone(), self.ambient.clone());
        self.resumptions.push(Resumption { name, span, row, ambient });
    }

    /// The use that was just noted is applied to these.
    pub fn note_answers(&mut self, head: Span, args: &[&Expr]) {
        if let (Some(last), Some(noted)) = (args.last(), self.resumptions.last_mut().filter(|it| it.span == head)) {
            noted.span.end = last.span.end;
        }
    }

    /// Tells of continuations in the function that lacks these abilities, if that is why; those that are missing for another reason stay.
    pub fn report_resumptions(&mut self, missing: &mut Vec<Ty>, ambient: &Ambient, place: Span) {
        let mut spans: BTreeSet<Span> = BTreeSet::new();
        let mut names: BTreeSet<Name> = BTreeSet::new();
        let mut unhandled: Vec<Ty> = Vec::new();
        missing.retain(|ability| {
            let Some(head) = ability_of(ability) else { return true };
            let (mut is_resumed, told) = (self.handles_own(head, place), spans.len());
            for resumption in &self.resumptions {
                if self.lacks_handler(resumption, head, ambient, place) {
                    spans.insert(resumption.span);
                    names.insert(resumption.name.clone());
                }
            }
            is_resumed |= spans.len() > told;
            if is_resumed {
                unhandled.push(ability.clone());
            }
            !is_resumed
        });
        if unhandled.is_empty() {
            return;
        }
        let mut abilities: Vec<String> = unhandled.iter().map(|ability| self.show(ability)).collect();
        abilities.sort();
        let spans: Vec<Span> = if spans.is_empty() { vec![place] } else { spans.into_iter().collect() };
        let hint = self.handled_text(names.first(), spans[0], place);
        let (name, abilities) = (names.pop_first(), abilities.join(", "));
        self.problem(Problem::Ability(AbilityProblem::Unhandled { spans, name, abilities, hint }));
    }

    /// Whether an ability is missing at a place because this continuation requests it.
    fn lacks_handler(&self, resumption: &Resumption, ability: TypeRef, ambient: &Ambient, place: Span) -> bool {
        let Resumption { span, row, ambient: around, .. } = resumption;
        let is_there = contains(place, *span)
            || contains(*span, place)
            || around.origin() == ambient.origin()
            || around.origin() == Origin::Function(place)
            || self.handlers.iter().any(|handler| handler.span == place);
        is_there && self.solver.resolve_row(row).abilities().contains(&ability) && !self.is_handled(ability, around)
    }

    /// Whether a handler around it handles an ability.
    fn is_handled(&self, ability: TypeRef, around: &Ambient) -> bool {
        let mut frame = around;
        while let Ambient::Handling { heads, rest, outer } = frame {
            let row = Row { heads: heads.clone(), tails: rest.iter().cloned().collect() };
            if self.solver.resolve_row(&row).abilities().contains(&ability) {
                return true;
            }
            frame = outer;
        }
        false
    }

    /// Whether what stands there is a handler that handles the ability.
    fn handles_own(&self, ability: TypeRef, place: Span) -> bool {
        self.handlers.iter().any(|handler| handler.span == place && handler.abilities.contains(&ability))
    }

    /// What to write instead: the use of the continuation with the handler around it, which has a name then.
    fn handled_text(&self, name: Option<&Name>, used: Span, place: Span) -> String {
        let short = |span: Span| {
            let text = self.sources.text(span);
            (!text.contains('\n') && text.chars().count() <= TEXT_MAX).then(|| text.to_string())
        };
        let applied = name.and_then(|_| short(used)).unwrap_or_else(|| "k x".to_string());
        let named = self.handlers.iter().find(|handler| handler.span == place && !handler.is_written);
        match named.and_then(|handler| short(handler.span)) {
            Some(handler) if name.is_none() => format!("Write `handle {applied} with {handler}` in its cases."),
            Some(handler) => format!("Write `handle {applied} with {handler}` there."),
            None => format!("Give these cases a name, as in `h = cases ..`, and write `handle {applied} with h`."),
        }
    }

    /// How the continuation goes on that stands where its result is wanted.
    pub fn resumed(&mut self, found: &Ty, wanted: &Ty, span: Span) -> Option<Advice> {
        let name = Name::new(self.sources.text(span));
        let local = self.locals.find(&name)?.local;
        let (true, Ty::Fun(fun)) = (self.continuations.contains_key(&local), found) else { return None };
        if !self.solver.probe(|solver| solver.subsume(&fun.ret, wanted).is_ok()) {
            return None;
        }
        Some(Advice::Resume { name: name.to_string(), takes: self.show(&fun.arg) })
    }
}
