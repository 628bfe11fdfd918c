//! The abilities that are available where an expression stands, and inclusions that wait for a variable.

use crate::amended_signature;
use crate::infer::Checker;
use crate::print::Printer;
use crate::problem::{AbilityProblem, MissingHint, Problem};
use crate::ty::{Meta, Row, Ty, ability_of};
use crate::unify::Mismatch;
use base::Span;
use builtin::BuiltinType;
use kernel::TypeRef;
use std::rc::Rc;

/// The abilities of the nearest function, plus what handlers between it and the expression handle.
#[derive(Clone, Debug)]
pub(crate) enum Ambient {
    Base {
        row: Row,
        origin: Origin,
    },
    /// Inside `handle`: these are handled, the others fall to `outer`. `rest` is the variable of the handler's `Request` row, if it has one: it
    /// holds those others too.
    Handling {
        heads: Vec<Ty>,
        rest: Option<Ty>,
        outer: Rc<Ambient>,
    },
}

/// Where a set of abilities comes from, for messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A function, delay or computation, at its place.
    Function(Span),
    /// A value that is computed when it is defined, or a watch.
    Value(Span),
    /// A value that is a `do` with a `<-` in it, without a signature that would make it a delay.
    Steps(Span),
}

/// These variables are within `ambient`, if they turn out to hold anything.
#[derive(Clone, Debug)]
pub(crate) struct Inclusion {
    pub tails: Vec<Ty>,
    pub ambient: Rc<Ambient>,
    pub span: Span,
    /// The variables that were open when it could not be decided: while none of them is solved it still cannot be. None if it was not looked at.
    pub waits_for: Vec<Meta>,
}

impl Ambient {
    /// What a function type with this row allows.
    pub fn row(row: Row, span: Span) -> Ambient {
        Ambient::Base { row, origin: Origin::Function(span) }
    }

    /// The row below all handlers.
    pub fn base(&self) -> &Row {
        let mut frame = self;
        loop {
            match frame {
                Ambient::Base { row, .. } => return row,
                Ambient::Handling { outer, .. } => frame = outer,
            }
        }
    }

    pub fn origin(&self) -> Origin {
        let mut frame = self;
        loop {
            match frame {
                Ambient::Base { origin, .. } => return *origin,
                Ambient::Handling { outer, .. } => frame = outer,
            }
        }
    }

    pub fn handles(&self) -> bool {
        matches!(self, Ambient::Handling { .. })
    }

    /// What enclosing handlers handle, innermost first.
    pub fn handled(&self) -> Vec<Ty> {
        let (mut frame, mut all) = (self, Vec::new());
        while let Ambient::Handling { heads, outer, .. } = frame {
            all.extend(heads.iter().cloned());
            frame = outer;
        }
        all
    }
}

impl Checker<'_> {
    /// Notes that the abilities of `row` are needed at `span`.
    pub fn want(&mut self, row: &Row, span: Span) {
        let row = self.solver.resolve_row(row);
        if row.is_empty() {
            return;
        }
        self.wanted += 1;
        let raises = |head: &Ty| ability_of(head) == Some(TypeRef::Builtin(BuiltinType::Exception));
        if !row.tails.is_empty() || !row.heads.iter().all(raises) {
            self.drawn += 1;
        }
        let ambient = self.ambient.clone();
        self.solver.here = span;
        self.include_or_report(&row, &ambient, span);
    }

    /// Includes each ability by itself, so that all that are missing are told together.
    fn include_or_report(&mut self, row: &Row, ambient: &Rc<Ambient>, span: Span) {
        let heads = row.heads.iter().map(|head| Row { heads: vec![head.clone()], tails: Vec::new() });
        let tails = Row { heads: Vec::new(), tails: row.tails.clone() };
        let mut missing = Vec::new();
        for part in heads.chain([tails]) {
            match self.solver.include(&part, ambient) {
                Ok(()) => {}
                Err(Mismatch::Missing { ability, .. }) => missing.push(ability),
                Err(mismatch) => self.report_mismatch_at(span, mismatch),
            }
        }
        self.report_missing(missing, ambient, span);
    }

    /// Each ability is told once for each function.
    fn report_missing(&mut self, mut missing: Vec<Ty>, ambient: &Rc<Ambient>, span: Span) {
        let origin = ambient.origin();
        missing.retain(|ability| {
            let key = (origin, ability_of(ability));
            let told = key.1.is_some() && self.reported_abilities.contains(&key);
            self.reported_abilities.push(key);
            !told
        });
        missing.retain(|ability| !self.is_spawned(ability, span));
        self.report_resumptions(&mut missing, ambient, span);
        if missing.is_empty() {
            return;
        }
        let mut printer = Printer::new(self.names, &self.solver);
        let mut abilities: Vec<String> = missing.iter().map(|ability| printer.ty(ability)).collect();
        abilities.sort();
        let available = printer.row(&self.solver.available(ambient));
        let abilities = abilities.join(", ");
        let signature = self.amended(origin, &abilities);
        // Who starts `main` answers to no other ability.
        let is_own = |ability: &Ty| !ability_of(ability).is_some_and(is_answered);
        let unanswered = signature.as_ref().is_some_and(|it| it.starts_with("main : ")) && missing.iter().any(is_own);
        let hint = if unanswered { MissingHint::Handle } else { MissingHint::Signature(signature) };
        self.problem(Problem::Ability(AbilityProblem::Missing { span, abilities, available, origin, hint }));
    }

    /// Whether an ability is wanted by something that `at'` starts there, which may not have it: that is told then.
    fn is_spawned(&self, ability: &Ty, place: Span) -> bool {
        let Some(head) = ability_of(ability).filter(|head| !is_answered(*head)) else { return false };
        let has = |row: &Row| self.solver.resolve_row(row).abilities().contains(&head);
        self.spawned.iter().any(|(row, span)| *span == place && has(row))
    }

    /// The written signature from which the abilities that are available come, with these in it.
    pub fn amended(&self, origin: Origin, abilities: &str) -> Option<String> {
        let Origin::Function(place) = origin else { return None };
        let source = self.sources.get(place.source)?;
        let before = source.text.get(..place.start as usize)?;
        let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        let name = line.trim_end().strip_suffix(':')?.trim();
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
        let ty = amended_signature::with_abilities(self.sources.text(place), abilities)?;
        is_name.then(|| format!("{name} : {ty}"))
    }

    /// Looks again at the inclusions that wait, until nothing more can be decided.
    pub fn settle_inclusions(&mut self) {
        loop {
            let waits =
                |it: &Inclusion| !it.waits_for.is_empty() && it.waits_for.iter().all(|meta| self.solver.is_open(*meta));
            if self.solver.pending.iter().all(waits) {
                return;
            }
            let pending = std::mem::take(&mut self.solver.pending);
            let mut progress = false;
            for inclusion in pending {
                progress |= self.settle(inclusion);
            }
            if !progress {
                return;
            }
        }
    }

    /// Whether something was decided.
    fn settle(&mut self, mut inclusion: Inclusion) -> bool {
        if !inclusion.waits_for.is_empty() && inclusion.waits_for.iter().all(|meta| self.solver.is_open(*meta)) {
            self.solver.pending.push(inclusion);
            return false;
        }
        let row = self.solver.resolve_row(&Row { heads: Vec::new(), tails: inclusion.tails.clone() });
        if row.heads.is_empty() && row.tails == inclusion.tails && self.undecided(&row, &inclusion.ambient) {
            let base = self.solver.resolve_row(inclusion.ambient.base());
            let open = |ty: &Ty| if let Ty::Meta(meta) = ty { Some(*meta) } else { None };
            inclusion.waits_for = row.tails.iter().chain(&base.tails).filter_map(open).collect();
            self.solver.pending.push(inclusion);
            return false;
        }
        self.solver.here = inclusion.span;
        self.include_or_report(&row, &inclusion.ambient, inclusion.span);
        true
    }

    fn undecided(&self, part: &Row, ambient: &Ambient) -> bool {
        let base = self.solver.resolve_row(ambient.base());
        let closed = base.is_empty() && !ambient.handles();
        !closed && part.tails.iter().all(|tail| matches!(tail, Ty::Meta(_)) && !base.tails.contains(tail))
    }

    /// Solves `var`, which only has upper bounds, by the largest set that fits all of them.
    pub fn solve_by_bounds(&mut self, var: Meta) {
        let tail = Ty::Meta(var);
        let bounds: Vec<Rc<Ambient>> = self
            .solver
            .pending
            .iter()
            .filter(|inclusion| inclusion.tails.contains(&tail))
            .map(|inclusion| inclusion.ambient.clone())
            .collect();
        let largest = self.largest_within(&bounds, var);
        // It cannot fail for its bounds; where it fails for what it was compared with, that is told when the bounds are looked at.
        if self.solver.bind(var, &Ty::Row(largest)).is_err() {
            self.solver.set(var, Ty::Row(Row::empty()));
        }
    }

    fn largest_within(&self, bounds: &[Rc<Ambient>], var: Meta) -> Row {
        let mut largest: Option<Row> = None;
        for bound in bounds {
            let base = self.solver.resolve_row(bound.base());
            let open = base.tails.iter().find(|tail| matches!(tail, Ty::Meta(_)) && **tail != Ty::Meta(var)).cloned();
            let mut row = Row { heads: bound.handled(), tails: Vec::new() };
            match open {
                Some(tail) => row.tails.push(tail),
                None => {
                    row.heads.extend(base.heads);
                    row.tails.extend(base.tails.into_iter().filter(|tail| *tail != Ty::Meta(var)));
                }
            }
            largest = Some(match largest {
                None => row,
                Some(other) => meet(other, row),
            });
        }
        largest.unwrap_or_default()
    }
}

/// Whether the runtime answers to an ability.
fn is_answered(ability: TypeRef) -> bool {
    match ability {
        TypeRef::Builtin(ty) => ty.is_runtime_ability() || ty == BuiltinType::Exception,
        _ => false,
    }
}

/// What two bounds allow: of their abilities, those in both. A variable takes anything, so it adds the other's.
fn meet(a: Row, b: Row) -> Row {
    let is_open = |row: &Row| row.tails.iter().any(|tail| matches!(tail, Ty::Meta(_)));
    let has = |row: &Row, head: &Ty| row.heads.iter().any(|other| ability_of(other) == ability_of(head));
    let keep =
        |row: &Row, other: &Row| -> Vec<Ty> { row.heads.iter().filter(|head| has(other, head)).cloned().collect() };
    let heads = match (is_open(&a), is_open(&b)) {
        (true, false) => b.heads.clone(),
        (false, true) => a.heads.clone(),
        _ => keep(&a, &b),
    };
    let tails = match (is_open(&a), is_open(&b)) {
        (true, false) => b.tails,
        (false, true) | (true, true) => a.tails,
        (false, false) => a.tails.into_iter().filter(|tail| b.tails.contains(tail)).collect(),
    };
    Row { heads, tails }
}
