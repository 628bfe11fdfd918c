//! Metavariables and their solutions, with levels and a trail.
//!
//! A variable's level is how many generalising bindings and rigid scopes enclose the place where it was made. It is lowered when the variable
//! gets into a type from further out; what is left above the current level when a binding ends belongs to that binding alone.
//! A skolem may not get into the solution of a variable from outside its scope, that is, of a lower level.
//!
//! While an attempt is running ([`Solver::attempt`]), every change is on the trail, so that it can be taken back.

use crate::ability::Inclusion;
use crate::ty::{Fun, Meta, Row, Skolem, Ty, ability_of};
use base::{Span, TableSet};
use builtin::BuiltinType;
use kernel::TypeRef;
use std::rc::Rc;

#[derive(Clone)]
struct MetaState {
    solution: Option<Ty>,
    level: u32,
}

struct SkolemInfo {
    name: Rc<str>,
    level: u32,
    /// It stands for one use of `Scope.run`.
    is_scope: bool,
}

pub(crate) struct Solver {
    metas: Vec<MetaState>,
    skolems: Vec<SkolemInfo>,
    trail: Vec<(Meta, MetaState)>,
    attempts: u32,
    pub level: u32,
    /// Inclusions of rows that wait for a variable.
    pub pending: Vec<Inclusion>,
    /// Where the types come from that are being compared now.
    pub here: Span,
}

impl Solver {
    pub fn new() -> Solver {
        Solver {
            metas: Vec::new(),
            skolems: Vec::new(),
            trail: Vec::new(),
            attempts: 0,
            level: 1,
            pending: Vec::new(),
            here: Span::default(),
        }
    }

    pub fn fresh_meta(&mut self) -> Meta {
        self.meta_at(self.level)
    }

    pub fn meta_at(&mut self, level: u32) -> Meta {
        self.metas.push(MetaState { solution: None, level });
        Meta((self.metas.len() - 1) as u32)
    }

    pub fn fresh(&mut self) -> Ty {
        Ty::Meta(self.fresh_meta())
    }

    pub fn fresh_row(&mut self) -> Row {
        Row::tail(self.fresh())
    }

    pub fn fresh_many(&mut self, n: u32) -> Vec<Ty> {
        (0..n).map(|_| self.fresh()).collect()
    }

    pub fn skolem(&mut self, name: &str) -> Ty {
        self.skolems.push(SkolemInfo { name: Rc::from(name), level: self.level, is_scope: false });
        Ty::Skolem(Skolem((self.skolems.len() - 1) as u32))
    }

    pub fn skolem_name(&self, skolem: Skolem) -> &str {
        &self.skolems[skolem.0 as usize].name
    }

    /// Notes which of these, which a function's type was opened with, stand for scopes that it is given.
    pub fn mark_scopes(&mut self, opened: &Ty) {
        let Ty::Fun(fun) = opened else { return };
        for head in &fun.row.heads {
            if let (SCOPE, Ty::App(_, of)) = (ability_of(head), head)
                && let Ty::Skolem(skolem) = **of
            {
                let info = &mut self.skolems[skolem.0 as usize];
                (info.name, info.is_scope) = (Rc::from("s"), true);
            }
        }
    }

    /// Whether a variable stands for one use of `Scope.run`.
    pub fn is_scope(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Skolem(skolem) if self.skolems[skolem.0 as usize].is_scope)
    }

    pub fn skolem_level(&self, skolem: Skolem) -> u32 {
        self.skolems[skolem.0 as usize].level
    }

    /// How many variables there are; their numbers are below.
    pub fn meta_count(&self) -> u32 {
        self.metas.len() as u32
    }

    pub fn is_open(&self, meta: Meta) -> bool {
        self.metas[meta.0 as usize].solution.is_none()
    }

    pub fn meta_level(&self, meta: Meta) -> u32 {
        self.metas[meta.0 as usize].level
    }

    pub fn lower_level(&mut self, meta: Meta, level: u32) {
        if self.meta_level(meta) > level {
            self.log(meta);
            self.metas[meta.0 as usize].level = level;
        }
    }

    /// Solves a variable without looking at the solution.
    pub fn set(&mut self, meta: Meta, solution: Ty) {
        self.log(meta);
        self.metas[meta.0 as usize].solution = Some(solution);
    }

    fn log(&mut self, meta: Meta) {
        if self.attempts > 0 {
            self.trail.push((meta, self.metas[meta.0 as usize].clone()));
        }
    }

    /// Does something and takes it back.
    pub fn probe<T>(&mut self, act: impl FnOnce(&mut Solver) -> T) -> T {
        self.attempt(|solver| Err::<(), T>(act(solver))).expect_err("a probe is always taken back")
    }

    /// Does something, and takes it back if it fails.
    pub fn attempt<T, E>(&mut self, act: impl FnOnce(&mut Solver) -> Result<T, E>) -> Result<T, E> {
        let (metas, skolems, trail) = (self.metas.len(), self.skolems.len(), self.trail.len());
        let (pending, level) = (self.pending.len(), self.level);
        self.attempts += 1;
        let outcome = act(self);
        self.attempts -= 1;
        if outcome.is_err() {
            for (meta, state) in self.trail.drain(trail..).rev() {
                self.metas[meta.0 as usize] = state;
            }
            self.metas.truncate(metas);
            self.skolems.truncate(skolems);
            self.pending.truncate(pending);
            self.level = level;
        } else if self.attempts == 0 {
            self.trail.clear();
        }
        outcome
    }

    /// The type with a solved variable at its head replaced; deeper ones may remain.
    pub fn resolve(&self, ty: &Ty) -> Ty {
        match self.solution(ty) {
            Ty::Row(row) => {
                let row = self.resolve_row(row);
                match (row.heads.is_empty(), &row.tails[..]) {
                    (true, [tail]) => tail.clone(),
                    _ => Ty::Row(row),
                }
            }
            ty => ty.clone(),
        }
    }

    /// What a variable was solved by, as it stands there; another type itself.
    fn solution<'t>(&'t self, ty: &'t Ty) -> &'t Ty {
        let mut ty = ty;
        while let Ty::Meta(meta) = ty {
            match &self.metas[meta.0 as usize].solution {
                Some(solution) => ty = solution,
                None => break,
            }
        }
        ty
    }

    /// The row with solved tails replaced, each ability and each tail once, `Remote` beside `Remote!`.
    pub fn resolve_row(&self, row: &Row) -> Row {
        let row_out = Row { heads: Vec::with_capacity(row.heads.len()), tails: Vec::with_capacity(row.tails.len()) };
        let mut out = Collected { row: row_out, abilities: TableSet::default() };
        self.collect_row(row, &mut out);
        close(&mut out.row);
        out.row
    }

    /// Adds what a row holds to another one.
    fn collect_row(&self, row: &Row, out: &mut Collected) {
        row.heads.iter().for_each(|head| self.collect_head(head, out));
        for tail in &row.tails {
            match self.solution(tail) {
                Ty::Row(row) => self.collect_row(row, out),
                Ty::Error => {}
                open @ (Ty::Meta(_) | Ty::Skolem(_) | Ty::Bound(_)) => {
                    if !out.row.tails.contains(open) {
                        out.row.tails.push(open.clone());
                    }
                }
                head @ (Ty::Ref(_) | Ty::App(..) | Ty::Fun(_) | Ty::Forall(..)) => self.collect_head(head, out),
            }
        }
    }

    fn collect_head(&self, head: &Ty, out: &mut Collected) {
        match head {
            Ty::App(..) if ability_of(head) == SCOPE => {
                if out.row.heads.iter().all(|other| self.entry(other, head) != Entry::Same) {
                    out.row.heads.push(head.clone());
                }
            }
            _ => out.add_head(head),
        }
    }

    /// Whether two heads are one entry of a row: if they are of one ability. But `Scope` stands there once for each of the scopes that are around.
    pub fn entry(&self, a: &Ty, b: &Ty) -> Entry {
        let ability = ability_of(a);
        if ability != ability_of(b) {
            return Entry::Other;
        }
        let (Ty::App(_, x), Ty::App(_, y), true) = (a, b, ability == SCOPE) else { return Entry::Same };
        match (self.resolve(x), self.resolve(y)) {
            (x, y) if x == y => Entry::Same,
            (Ty::Meta(_), _) | (_, Ty::Meta(_)) => Entry::Open,
            _ => Entry::Other,
        }
    }

    /// The place of the entry of a row that a head is, if there is one.
    pub fn position(&self, heads: &[Ty], head: &Ty) -> Option<usize> {
        let of = |wanted: Entry| heads.iter().position(|other| self.entry(other, head) == wanted);
        of(Entry::Same).or_else(|| of(Entry::Open))
    }

    /// The entry of a row that a head is, as [`Solver::resolve_row`] has it, without putting the row together; and the first unsolved variable.
    pub fn look_into_row(&self, row: &Row, wanted: &Ty) -> (Option<Ty>, Option<Meta>) {
        let (mut open, mut implied, mut likely) = (None, false, None);
        let ability = ability_of(wanted);
        let is_remote = ability == Some(TypeRef::Builtin(BuiltinType::Remote));
        let mut waiting: Vec<(Place, &Ty)> = parts(row).collect();
        while let Some((place, part)) = waiting.pop() {
            let part = if place == Place::Tail { self.solution(part) } else { part };
            match (place, part) {
                (Place::Tail, Ty::Row(row)) => waiting.extend(parts(row)),
                (Place::Tail, Ty::Meta(meta)) => open = open.or(Some(*meta)),
                (Place::Tail, Ty::Error | Ty::Skolem(_) | Ty::Bound(_)) => {}
                // What is no ability at all is a mistake that is told elsewhere, and there once like any other.
                (_, head) => {
                    let found = ability_of(head);
                    match self.entry(head, wanted) {
                        Entry::Same => return (Some(head.clone()), open),
                        Entry::Open => likely = likely.or(Some(head.clone())),
                        Entry::Other => {}
                    }
                    implied |= is_remote && found == Some(TypeRef::Builtin(BuiltinType::RemoteBang));
                }
            }
        }
        (likely.or(implied.then(|| Ty::builtin(BuiltinType::Remote))), open)
    }

    /// The type with every solved variable replaced.
    pub fn zonk(&self, ty: &Ty) -> Ty {
        match self.resolve(ty) {
            Ty::App(f, x) => Ty::App(Rc::new(self.zonk(&f)), Rc::new(self.zonk(&x))),
            Ty::Fun(fun) => Ty::Fun(Rc::new(Fun {
                arg: self.zonk(&fun.arg),
                by_name: fun.by_name,
                row: self.zonk_row(&fun.row),
                ret: self.zonk(&fun.ret),
            })),
            Ty::Forall(n, body) => Ty::Forall(n, Rc::new(self.zonk(&body))),
            Ty::Row(row) => Ty::Row(self.zonk_row(&row)),
            leaf => leaf,
        }
    }

    pub fn zonk_row(&self, row: &Row) -> Row {
        let mut row = self.resolve_row(row);
        for head in &mut row.heads {
            *head = self.zonk(head);
        }
        row
    }

    /// The type without its outer foralls, new variables in their place.
    pub fn instantiate(&mut self, ty: &Ty) -> Ty {
        let mut ty = self.resolve(ty);
        while let Ty::Forall(n, body) = &ty {
            let args = self.fresh_many(*n);
            ty = self.resolve(&body.open(&args));
        }
        ty
    }

    /// Calls `visit` with each unsolved variable in the type.
    pub fn each_meta(&self, ty: &Ty, visit: &mut impl FnMut(Meta)) {
        match self.resolve(ty) {
            Ty::Meta(meta) => visit(meta),
            Ty::App(f, x) => {
                self.each_meta(&f, visit);
                self.each_meta(&x, visit);
            }
            Ty::Fun(fun) => {
                self.each_meta(&fun.arg, visit);
                self.each_meta_in_row(&fun.row, visit);
                self.each_meta(&fun.ret, visit);
            }
            Ty::Forall(_, body) => self.each_meta(&body, visit),
            Ty::Row(row) => self.each_meta_in_row(&row, visit),
            Ty::Skolem(_) | Ty::Bound(_) | Ty::Ref(_) | Ty::Error => {}
        }
    }

    /// Whether a part of the type is what a mistake left behind.
    pub fn has_error(&self, ty: &Ty) -> bool {
        match self.resolve(ty) {
            Ty::Error => true,
            Ty::App(f, x) => self.has_error(&f) || self.has_error(&x),
            Ty::Fun(fun) => self.has_error(&fun.arg) || self.has_error(&fun.ret),
            Ty::Forall(_, body) => self.has_error(&body),
            Ty::Row(_) | Ty::Meta(_) | Ty::Skolem(_) | Ty::Bound(_) | Ty::Ref(_) => false,
        }
    }

    pub fn each_meta_in_row(&self, row: &Row, visit: &mut impl FnMut(Meta)) {
        let row = self.resolve_row(row);
        row.heads.iter().chain(&row.tails).for_each(|ty| self.each_meta(ty, visit));
    }
}

/// What one head is to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    Same,
    /// They may turn out to be the same.
    Open,
    Other,
}

const SCOPE: Option<TypeRef> = Some(TypeRef::Builtin(BuiltinType::Scope));

/// Where something stands in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Tail,
}

/// What a row is written as, the last first.
fn parts(row: &Row) -> impl Iterator<Item = (Place, &Ty)> {
    let heads = row.heads.iter().rev().map(|head| (Place::Head, head));
    row.tails.iter().rev().map(|tail| (Place::Tail, tail)).chain(heads)
}

/// So many abilities are looked through one by one.
const FEW: usize = 16;

/// A row that is put together.
struct Collected {
    row: Row,
    /// The abilities in it, once there are more than a few.
    abilities: TableSet<TypeRef>,
}

impl Collected {
    /// Adds an ability, unless it is there.
    fn add_head(&mut self, head: &Ty) {
        let heads = &mut self.row.heads;
        let is_new = match ability_of(head) {
            None => true,
            Some(ability) if heads.len() < FEW => heads.iter().all(|other| ability_of(other) != Some(ability)),
            Some(ability) => {
                if self.abilities.is_empty() {
                    self.abilities.extend(heads.iter().filter_map(ability_of));
                }
                self.abilities.insert(ability)
            }
        };
        if is_new {
            heads.push(head.clone());
        }
    }
}

/// `Remote!` includes `Remote`.
fn close(row: &mut Row) {
    let bang = Ty::builtin(BuiltinType::RemoteBang);
    let remote = Ty::Ref(TypeRef::Builtin(BuiltinType::Remote));
    if row.heads.contains(&bang) && !row.heads.contains(&remote) {
        row.heads.push(remote);
    }
}
