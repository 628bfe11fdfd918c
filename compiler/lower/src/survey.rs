//! The first walk over a definition: its lambdas, their numbers and captures, and all that it refers to.
//!
//! A variable's *level* is how many variables are bound around it; unlike its index, it is the same wherever the variable is used.

use crate::LowerError;
use ir::limits;
use kernel::{Case, DefId, Pattern, Site, Term, TermRef, TypeRef};
use std::collections::{BTreeMap, BTreeSet};

/// Captures of all lambdas of a definition together.
const CAPTURES_TOTAL_MAX: usize = 1 << 20;

/// What the walk found.
pub(crate) struct Survey<'t> {
    pub id: DefId,
    /// By number. The first is the definition itself, with its outermost lambda if it has one.
    pub lambdas: Vec<Lambda<'t>>,
    /// Definitions of other components.
    pub terms: BTreeSet<DefId>,
    /// Types and abilities whose constructors or operations it names.
    pub types: BTreeSet<DefId>,
    captures: Vec<Vec<u32>>,
    /// Numbers of the members of each `LetRec`.
    groups: BTreeMap<usize, Vec<u32>>,
    /// Numbers by the place of the lambda in memory: the survey borrows the term, which stays where it is.
    numbers: BTreeMap<*const Term, u32>,
    /// The places of all calls in memory, ascending.
    sites: Vec<(*const Term, Site)>,
}

/// A lambda of the definition.
pub(crate) struct Lambda<'t> {
    pub params: u32,
    pub body: &'t Term,
    /// The level of its first parameter.
    pub start: u32,
    /// Those of its `LetRec`, itself among them.
    pub group: Option<Group>,
    /// Which list of captures it has.
    captures: usize,
}

/// The lambdas of a `LetRec`.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    /// The level of the first.
    pub start: u32,
    pub count: u32,
    /// Which `LetRec` it is.
    index: usize,
}

impl Group {
    /// Which member a level is.
    pub fn member(&self, level: u32) -> Option<u32> {
        level.checked_sub(self.start).filter(|member| *member < self.count)
    }
}

impl<'t> Survey<'t> {
    /// Walks over the body of a definition in a component of `members` definitions.
    pub fn of(id: DefId, members: usize, body: &'t Term) -> Result<Survey<'t>, LowerError> {
        let mut walk = Walk {
            survey: Survey {
                id,
                lambdas: Vec::new(),
                terms: BTreeSet::new(),
                types: BTreeSet::new(),
                captures: Vec::new(),
                groups: BTreeMap::new(),
                numbers: BTreeMap::new(),
                sites: Vec::new(),
            },
            members,
            depth: 0,
            open: Vec::new(),
            captured: Vec::new(),
            captured_total: 0,
            todo: Vec::new(),
        };
        walk.definition(body)?;
        let captured = std::mem::take(&mut walk.captured);
        walk.survey.captures = captured.into_iter().map(|levels| levels.into_iter().rev().collect()).collect();
        walk.survey.sites.sort_unstable();
        Ok(walk.survey)
    }

    /// The number of a lambda of this definition.
    pub fn number(&self, lambda: &Term) -> u32 {
        self.numbers[&std::ptr::from_ref(lambda)]
    }

    /// Which call of this definition it is.
    pub fn site(&self, application: &Term) -> Site {
        let place = self.sites.binary_search_by_key(&std::ptr::from_ref(application), |(at, _)| *at);
        place.map_or(Site::NONE, |place| self.sites[place].1)
    }

    /// The levels that a lambda captures, descending: in de Bruijn order.
    pub fn captures(&self, number: u32) -> &[u32] {
        &self.captures[self.lambdas[number as usize].captures]
    }

    /// The number of another lambda in the `LetRec` of a lambda.
    pub fn member(&self, number: u32, member: u32) -> u32 {
        let group = self.lambdas[number as usize].group.expect("only a lambda of a group has others beside it");
        self.groups[&group.index][member as usize]
    }

    /// The place of a level in the captures of a lambda.
    pub fn captured(&self, number: u32, level: u32) -> Option<u32> {
        let place = self.captures(number).binary_search_by(|captured| level.cmp(captured));
        place.ok().map(|place| place as u32)
    }
}

/// What is still to be visited.
enum Visit<'t> {
    Term(&'t Term),
    /// A member of a `LetRec`, with the list of captures that they share.
    Member(&'t Term, Group),
    Bind(u32),
    Unbind(u32),
    LeaveLambda,
}

struct Walk<'t> {
    survey: Survey<'t>,
    members: usize,
    /// Variables bound here.
    depth: u32,
    /// Numbers of the lambdas around here.
    open: Vec<usize>,
    captured: Vec<BTreeSet<u32>>,
    captured_total: usize,
    /// The next is the last.
    todo: Vec<Visit<'t>>,
}

impl<'t> Walk<'t> {
    fn definition(&mut self, body: &'t Term) -> Result<(), LowerError> {
        match body {
            Term::Lambda(params, inner) => self.lambda(body, *params, inner, None)?,
            _ => self.enter(0, body, None),
        }
        while let Some(visit) = self.todo.pop() {
            match visit {
                Visit::Term(term) => self.term(term)?,
                Visit::Member(term, group) => self.member(term, group)?,
                Visit::Bind(count) => {
                    let depth = self.depth.checked_add(count);
                    self.depth = depth.ok_or(LowerError::TooLarge("variables in scope"))?;
                }
                Visit::Unbind(count) => self.depth -= count,
                Visit::LeaveLambda => drop(self.open.pop()),
            }
        }
        Ok(())
    }

    /// Visits these before everything else that is to be visited.
    fn next(&mut self, visits: Vec<Visit<'t>>) {
        self.todo.extend(visits.into_iter().rev());
    }

    fn terms(&mut self, terms: impl IntoIterator<Item = &'t Term>) {
        self.next(terms.into_iter().map(Visit::Term).collect());
    }

    fn term(&mut self, term: &'t Term) -> Result<(), LowerError> {
        match term {
            Term::Local(index) => self.local(*index)?,
            Term::Ref(reference) | Term::TermLink(reference) => {
                self.reference(*reference, matches!(term, Term::Ref(_)))?
            }
            Term::Constructor(ty, _) | Term::Operation(ty, _) => self.declared(*ty)?,
            Term::Literal(_) => {}
            Term::List(elements) => self.terms(elements),
            Term::App(head, args) => {
                let site = Site(self.survey.sites.len() as u32 + 1);
                self.survey.sites.push((term, site));
                self.terms(std::iter::once(&**head).chain(args));
            }
            Term::Lambda(params, body) => self.lambda(term, *params, body, None)?,
            Term::Let(bindings, body) => self.bindings(bindings, body),
            Term::LetRec(members, body) => self.group(members, body)?,
            Term::If(condition, yes, no) => self.terms([&**condition, yes, no]),
            Term::Match(on, cases) => self.cases(on, cases)?,
            Term::Handle { abilities, body, handler } => {
                abilities.iter().try_for_each(|ability| by_content(*ability))?;
                self.terms([&**body, handler]);
            }
            Term::Row(abilities) => abilities.iter().try_for_each(|ability| by_content(*ability))?,
            Term::TypeLink(ty) => by_content(*ty)?,
        }
        Ok(())
    }

    fn lambda(
        &mut self,
        term: &'t Term,
        params: u32,
        body: &'t Term,
        group: Option<(Group, usize)>,
    ) -> Result<(), LowerError> {
        if params == 0 {
            return Err(LowerError::Malformed("a lambda without parameters"));
        }
        if params as usize > limits::PARAMS_MAX {
            return Err(LowerError::TooLarge("parameters of a lambda"));
        }
        self.survey.numbers.insert(term, self.survey.lambdas.len() as u32);
        self.enter(params, body, group);
        Ok(())
    }

    fn enter(&mut self, params: u32, body: &'t Term, group: Option<(Group, usize)>) {
        let captures = group.map_or(self.captured.len(), |(_, captures)| captures);
        if captures == self.captured.len() {
            self.captured.push(BTreeSet::new());
        }
        self.open.push(self.survey.lambdas.len());
        let group = group.map(|(group, _)| group);
        self.survey.lambdas.push(Lambda { params, body, start: self.depth, group, captures });
        self.next(vec![Visit::Bind(params), Visit::Term(body), Visit::Unbind(params), Visit::LeaveLambda]);
    }

    fn member(&mut self, term: &'t Term, group: Group) -> Result<(), LowerError> {
        let Term::Lambda(params, body) = term else {
            return Err(LowerError::Malformed("a recursive binding that is no lambda"));
        };
        self.survey.groups.entry(group.index).or_default().push(self.survey.lambdas.len() as u32);
        self.lambda(term, *params, body, Some((group, group.index)))
    }

    fn bindings(&mut self, bindings: &'t [Term], body: &'t Term) {
        let mut visits = Vec::with_capacity(2 * bindings.len() + 2);
        for binding in bindings {
            visits.extend([Visit::Term(binding), Visit::Bind(1)]);
        }
        visits.extend([Visit::Term(body), Visit::Unbind(bindings.len() as u32)]);
        self.next(visits);
    }

    fn group(&mut self, members: &'t [Term], body: &'t Term) -> Result<(), LowerError> {
        let count = members.len() as u32;
        let group = Group { start: self.depth, count, index: self.captured.len() };
        self.captured.push(BTreeSet::new());
        let mut visits = vec![Visit::Bind(count)];
        visits.extend(members.iter().map(|member| Visit::Member(member, group)));
        visits.extend([Visit::Term(body), Visit::Unbind(count)]);
        self.next(visits);
        Ok(())
    }

    fn cases(&mut self, on: &'t Term, cases: &'t [Case]) -> Result<(), LowerError> {
        let mut visits = vec![Visit::Term(on)];
        for case in cases {
            let bound = self.pattern(&case.pattern)?;
            visits.push(Visit::Bind(bound));
            visits.extend(case.guard.iter().chain([&case.body]).map(Visit::Term));
            visits.push(Visit::Unbind(bound));
        }
        self.next(visits);
        Ok(())
    }

    /// Notes what a pattern refers to; how many variables it binds.
    fn pattern(&mut self, pattern: &'t Pattern) -> Result<u32, LowerError> {
        for part in pattern.nested() {
            if let Pattern::Constructor(ty, ..) | Pattern::Request { ability: ty, .. } = part {
                self.declared(*ty)?;
            }
        }
        Ok(pattern.binders())
    }

    fn reference(&mut self, reference: TermRef, called: bool) -> Result<(), LowerError> {
        match reference {
            TermRef::Cycle(member) if member as usize >= self.members => {
                Err(LowerError::Malformed("a member that the component does not have"))
            }
            TermRef::Def(def) if def.component == self.survey.id.component => {
                Err(LowerError::Malformed("a component that names itself by hash"))
            }
            TermRef::Def(def) => {
                if called {
                    self.survey.terms.insert(def);
                }
                Ok(())
            }
            TermRef::Cycle(_) | TermRef::Builtin(_) => Ok(()),
        }
    }

    fn declared(&mut self, ty: TypeRef) -> Result<(), LowerError> {
        by_content(ty)?;
        if let TypeRef::Def(def) = ty {
            self.survey.types.insert(def);
        }
        Ok(())
    }

    /// Every lambda between a variable and its use captures it; up to the one where it is bound, or one of the same `LetRec`.
    fn local(&mut self, index: u32) -> Result<(), LowerError> {
        let level = self.depth.checked_sub(index).and_then(|level| level.checked_sub(1));
        let level = level.ok_or(LowerError::Malformed("a variable that is not bound"))?;
        for lambda in self.open.iter().rev().map(|number| &self.survey.lambdas[*number]) {
            let known = level >= lambda.start || lambda.group.is_some_and(|group| group.member(level).is_some());
            let captured = &mut self.captured[lambda.captures];
            // Who captures it already has told those around it.
            if known || !captured.insert(level) {
                break;
            }
            self.captured_total += 1;
            if captured.len() > limits::CAPTURES_MAX || self.captured_total > CAPTURES_TOTAL_MAX {
                return Err(LowerError::TooLarge("captured variables"));
            }
        }
        Ok(())
    }
}

fn by_content(ty: TypeRef) -> Result<(), LowerError> {
    match ty {
        TypeRef::Cycle(_) => Err(LowerError::Malformed("a type inside a cycle")),
        TypeRef::Builtin(_) | TypeRef::Def(_) => Ok(()),
    }
}
