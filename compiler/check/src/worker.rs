//! Checks cycles of definitions, one after the other, on one thread.

use crate::calls::Calls;
use crate::component::Closed;
use crate::kind::Kinds;
use crate::names::Names;
use crate::program::{Outcome, Source, Top};
use crate::run::{Product, Run};
use crate::source_key::{KeyScope, Keyed, source_key};
use crate::tops::Tops;
use crate::ty::Scheme;
use base::Table;
use hash::SourceKey;
use kernel::{DefId, Definition, Signature, TermRef};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) struct Worker<'r> {
    pub run: &'r Run<'r>,
    pub names: &'r Names<'r>,
    pub kinds: Kinds,
    /// Types of definitions outside the files, read before.
    pub schemes: Table<TermRef, Rc<Scheme>>,
    pub tops: Tops<'r>,
}

impl<'r> Worker<'r> {
    pub fn new(run: &'r Run<'r>, names: &'r Names<'r>) -> Worker<'r> {
        let tops = Tops::new(&run.outcomes, &run.plan.component_of);
        Worker { run, names, kinds: run.kinds.clone(), schemes: Table::default(), tops }
    }

    /// Checks a cycle whose dependencies are checked and have no mistakes. Nothing if it has one itself.
    pub fn check_sound(&mut self, number: usize) -> Option<Product> {
        let product = self.check(number);
        let done = |top: &usize| self.run.outcomes[*top].get().is_some();
        let is_sound = product.problems.is_empty() && self.run.plan.components[number].members.iter().all(done);
        is_sound.then_some(product)
    }

    /// Checks a cycle after all that come before it, unless its outcome is known.
    pub fn check(&mut self, number: usize) -> Product {
        let component = &self.run.plan.components[number];
        let is_made = |top: &usize| matches!(self.run.tops[*top].source, Source::Accessor(..));
        if component.members.iter().all(is_made) {
            return Product::default();
        }
        self.tops.current.set(number);
        let key = self.key(number);
        let count = component.members.len();
        if key.is_some_and(|key| self.recall(&component.members, key)) {
            return Product { known: count, ..Product::default() };
        }
        let failed = component.members.iter().any(|top| self.run.surveys[*top].uses_failed_type());
        let mut product = Product { checked: count, ..Product::default() };
        let definitions = self.infer_component(component, failed, &mut product.problems);
        // Without a mistake below there is a key.
        if let (Some(definitions), Some(key)) = (definitions, key) {
            self.define(&component.members, definitions, key, &mut product);
        }
        product
    }

    fn key(&self, number: usize) -> Option<SourceKey> {
        let Run { files, tops, surveys, plan, digests, .. } = self.run;
        let component = &plan.components[number].members;
        let member = |top: &usize| {
            let Top { place, tokens, .. } = &tops[*top];
            Keyed { file: &files[place.file()], tokens: tokens.clone(), survey: &surveys[*top] }
        };
        let members: Vec<Keyed> = component.iter().map(member).collect();
        // Members are in ascending order.
        let reference = |top: usize| match component.binary_search(&top) {
            Ok(position) => Some(TermRef::Cycle(position as u32)),
            Err(_) => self.run.outcomes[top].get().map(|outcome| outcome.reference),
        };
        let in_cycle = |group: usize| plan.component_of[tops.len() + group] == number;
        let scope = KeyScope { digests, reference: &reference, in_cycle: &in_cycle };
        let tracing = self.run.tracing.as_deref();
        source_key(self.run.sources, self.run.project, tracing, &members, &scope)
    }

    /// Takes the outcome of an earlier run, if there is one.
    fn recall(&mut self, component: &[usize], key: SourceKey) -> bool {
        let env = self.names.env;
        let Some(references) = env.known(key).filter(|known| known.len() == component.len()) else { return false };
        if references.iter().any(|reference| self.run.wanted.contains(reference)) {
            return false;
        }
        let signatures: Option<Vec<Arc<Signature>>> =
            references.iter().map(|reference| env.signature(*reference)).collect();
        let Some(signatures) = signatures else { return false };
        for ((top, reference), signature) in component.iter().zip(references).zip(signatures) {
            self.settle(*top, Outcome { reference, signature, key });
        }
        true
    }

    fn settle(&self, top: usize, outcome: Outcome) {
        let set = self.run.outcomes[top].set(outcome);
        debug_assert!(set.is_ok(), "each definition has one outcome");
    }

    /// Hashes the members of a checked cycle, which may be several cycles once names are resolved.
    fn define(&self, component: &[usize], closed: Vec<Closed>, key: SourceKey, product: &mut Product) {
        let (definitions, calls): (Vec<_>, Vec<_>) = closed.into_iter().map(|it| (it.definition, it.calls)).unzip();
        // Until they are hashed, members refer to each other by position in the component.
        let edges: Vec<Vec<usize>> =
            definitions.iter().map(|definition: &Definition| cycle_references(&definition.body)).collect();
        let mut definitions: Vec<Option<Definition>> = definitions.into_iter().map(Some).collect();
        let mut done: Vec<Option<TermRef>> = vec![None; component.len()];
        for part in crate::order::components(&edges) {
            let reference = |other: u32| match part.binary_search(&(other as usize)) {
                Ok(position) => TermRef::Cycle(position as u32),
                Err(_) => done[other as usize].unwrap_or(TermRef::Cycle(other)),
            };
            let members = part.iter().map(|position| {
                let mut definition = definitions[*position].take().expect("each is in one part");
                crate::references::rename(&mut definition.body, &reference);
                definition
            });
            let members: Vec<Definition> = members.collect();
            let hashed = hash::hash_terms(&members);
            for ((position, member), index) in part.iter().zip(members).zip(&hashed.order) {
                let reference = TermRef::Def(DefId { component: hashed.object.hash(), index: *index });
                let signature = Arc::new(member.signature);
                self.settle(component[*position], Outcome { reference, signature, key });
                done[*position] = Some(reference);
            }
            product.objects.push(hashed.object);
        }
        let wanted = calls.into_iter().zip(&done).filter_map(|(calls, done)| Some(((*done)?, calls)));
        let wanted = wanted.filter(|(reference, _)| self.run.wanted.contains(reference));
        product.calls.extend(wanted.map(|(reference, calls)| (reference, named(calls, &done))));
        product.key = Some((key, done.into_iter().flatten().collect()));
    }
}

/// Calls in which members of the cycle, by position, have their references.
fn named(mut calls: Calls, members: &[Option<TermRef>]) -> Calls {
    for callee in calls.0.iter_mut().filter_map(|call| call.callee.as_mut()) {
        if let TermRef::Cycle(position) = callee {
            *callee = members[*position as usize].unwrap_or(*callee);
        }
    }
    calls
}

/// The positions to which a body refers.
fn cycle_references(body: &kernel::Term) -> Vec<usize> {
    let mut found = BTreeSet::new();
    crate::references::each(body, &mut |reference| {
        if let TermRef::Cycle(position) = reference {
            found.insert(position as usize);
        }
    });
    found.into_iter().collect()
}
