//! A run of the checker over files: collect, declare types, order definitions, check cycle by cycle, hash.

use crate::checked::{Checked, CheckedTerm, CheckedType, CheckedWatch};
use crate::declare::{Body, Declarer, TypeItem};
use crate::environment::Environment;
use crate::kind::Kinds;
use crate::names::{Names, Place};
use crate::problem::{NameProblem, Problem};
use crate::scope::TopState;
use crate::source_key::{Keyed, Survey, derived_key, source_key, survey, term_text};
use crate::ty::{Scheme, Ty};
use base::{Name, Sources, Span};
use hash::SourceKey;
use kernel::{DefId, Definition, Signature, TermRef, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use syntax::tree::{Binding, File, ItemKind, TypeBody, Use, Watch};

/// A definition of the files.
pub(crate) struct Top<'t> {
    /// Fully qualified; of a watch, whatever it is called.
    pub name: Name,
    pub place: Place,
    pub span: Span,
    pub tokens: Range<usize>,
    pub source: Source<'t>,
}

pub(crate) enum Source<'t> {
    Binding(&'t Binding),
    Watch(&'t Watch),
    /// Made from a record; hashed already.
    Accessor(Box<Definition>, TypeRef),
}

/// What became of a definition, beside its [`TopState`].
#[derive(Clone)]
pub(crate) struct Outcome {
    pub reference: TermRef,
    pub signature: Arc<Signature>,
    pub key: SourceKey,
}

/// The state of a run.
pub(crate) struct Program<'a> {
    pub files: &'a [File],
    pub sources: &'a Sources,
    pub project: &'a str,
    pub env: &'a dyn Environment,
    pub names: Names<'a>,
    pub kinds: Kinds,
    pub schemes: BTreeMap<TermRef, Rc<Scheme>>,
    pub tops: Vec<Top<'a>>,
    pub states: Vec<TopState>,
    pub outcomes: Vec<Option<Outcome>>,
    /// Definitions whose name is taken.
    pub duplicates: BTreeSet<usize>,
    pub checked: Checked,
}

/// Checks files: resolves, infers, elaborates and hashes what they define. `project` is the name in `unison.toml`, or empty.
pub fn check(files: &[File], sources: &Sources, project: &str, env: &dyn Environment) -> Checked {
    let mut program = Program {
        files,
        sources,
        project,
        env,
        names: Names::new(env),
        kinds: Kinds::default(),
        schemes: BTreeMap::new(),
        tops: Vec::new(),
        states: Vec::new(),
        outcomes: Vec::new(),
        duplicates: BTreeSet::new(),
        checked: Checked::default(),
    };
    let types = program.declare_types();
    program.collect_terms(&types);
    program.check_terms();
    program.finish()
}

/// The clauses at the head of a file, for all of it.
fn file_place(index: usize, file: &File) -> Place {
    let uses: Vec<Use> = file
        .items
        .iter()
        .filter_map(|item| if let ItemKind::Use(clause) = &item.kind { Some(clause.clone()) } else { None })
        .collect();
    Place { file: index, namespace: file.namespace.clone(), uses }
}

/// A name as it is known outside its file.
fn qualify(file: &File, name: &Name) -> Name {
    file.namespace.as_ref().map_or_else(|| name.clone(), |namespace| namespace.join(name))
}

impl<'a> Program<'a> {
    fn declare_types(&mut self) -> Vec<TypeItem<'a>> {
        let mut items = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            let place = file_place(index, file);
            file.unread.iter().for_each(|name| self.names.add_unread(name.clone()));
            for item in &file.items {
                let body = match &item.kind {
                    ItemKind::Type(declaration) => Body::Type(declaration),
                    ItemKind::Ability(declaration) => Body::Ability(declaration),
                    ItemKind::Binding(_) | ItemKind::Use(_) | ItemKind::Watch(_) => continue,
                };
                let name = qualify(file, &body.ident().name);
                let reference = TypeRef::Cycle(0);
                items.push(TypeItem { name, place: place.clone(), span: item.span, body, reference });
            }
        }
        Declarer {
            names: &mut self.names,
            kinds: &mut self.kinds,
            project: self.project,
            items: &mut items,
            objects: &mut self.checked.objects,
            problems: &mut self.checked.problems,
            broken: BTreeSet::new(),
        }
        .declare();
        for item in &items {
            if !matches!(item.reference, TypeRef::Cycle(_)) {
                let (name, reference, span) = (item.name.clone(), item.reference, item.span);
                self.checked.types.push(CheckedType { name, reference, span });
            }
        }
        items
    }

    fn collect_terms(&mut self, types: &[TypeItem<'a>]) {
        let mut types = types.iter();
        for (index, file) in self.files.iter().enumerate() {
            let place = file_place(index, file);
            for item in &file.items {
                let (span, tokens) = (item.span, item.tokens.clone());
                match &item.kind {
                    ItemKind::Binding(binding) => {
                        let name = qualify(file, &binding.name.name);
                        let source = Source::Binding(binding);
                        self.add(Top { name, place: place.clone(), span, tokens, source });
                    }
                    ItemKind::Type(_) | ItemKind::Ability(_) => {
                        if let Some(ty) = types.next() {
                            self.add_accessors(ty, &place, tokens);
                        }
                    }
                    ItemKind::Watch(_) | ItemKind::Use(_) => {}
                }
            }
        }
        self.report_duplicates();
        self.collect_watches();
    }

    fn add(&mut self, top: Top<'a>) {
        if !matches!(top.source, Source::Watch(_)) {
            self.names.add_term(&top.name, top.place.file);
        }
        self.tops.push(top);
        self.states.push(TopState::Waiting);
        self.outcomes.push(None);
    }

    fn add_accessors(&mut self, item: &TypeItem<'a>, place: &Place, tokens: Range<usize>) {
        let Body::Type(written) = item.body else { return };
        let TypeBody::Record(fields) = &written.body else { return };
        let Some(declaration) = self.names.declaration(item.reference) else { return };
        let names: Vec<Name> = fields.iter().map(|(ident, _)| ident.name.clone()).collect();
        if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
            return;
        }
        for (name, definition) in crate::record::accessors(&item.name, &names, item.reference, &declaration) {
            let source = Source::Accessor(Box::new(definition), item.reference);
            self.add(Top { name, place: place.clone(), span: item.span, tokens: tokens.clone(), source });
        }
    }

    /// Watches come after all definitions, so that they are no part of the names.
    fn collect_watches(&mut self) {
        for (index, file) in self.files.iter().enumerate() {
            let place = file_place(index, file);
            for item in &file.items {
                if let ItemKind::Watch(watch) = &item.kind {
                    let name = watch.name.as_ref().map_or(Name::from(">"), |ident| qualify(file, &ident.name));
                    let (span, tokens, source) = (item.span, item.tokens.clone(), Source::Watch(watch));
                    self.add(Top { name, place: place.clone(), span, tokens, source });
                }
            }
        }
    }

    /// Of definitions with one name only the first one counts.
    fn report_duplicates(&mut self) {
        let mut seen: BTreeMap<&Name, &Top> = BTreeMap::new();
        for (index, top) in self.tops.iter().enumerate() {
            let Some(first) = seen.get(&top.name) else {
                seen.insert(&top.name, top);
                continue;
            };
            self.duplicates.insert(index);
            if !self.is_of_repeated_record(first, top) {
                let (name, first, second) = (top.name.clone(), first.place_of_name(), top.place_of_name());
                self.checked.problems.push(Problem::Name(NameProblem::Duplicate { name, first, second }));
            }
        }
    }

    /// Whether two accessors are of records of one name: that these are defined twice has been told.
    fn is_of_repeated_record(&self, first: &Top, second: &Top) -> bool {
        match (&first.source, &second.source) {
            (Source::Accessor(_, first), Source::Accessor(_, second)) => {
                self.names.type_text(*first) == self.names.type_text(*second)
            }
            _ => false,
        }
    }

    fn check_terms(&mut self) {
        self.define_accessors();
        let surveys: Vec<Survey> = (0..self.tops.len()).map(|top| self.survey(top)).collect();
        let edges: Vec<Vec<usize>> = surveys.iter().map(Survey::tops).collect();
        let components = crate::order::components(&edges);
        let total = components.len() as u64;
        for (component, done) in components.iter().zip(0_u64..) {
            tracing::trace!(target: "progress", about = "checking definitions", done, total);
            if matches!(self.tops[component[0]].source, Source::Accessor(..)) {
                continue;
            }
            let recursive = component.len() > 1 || edges[component[0]].contains(&component[0]);
            self.check_component(component, recursive, &surveys);
        }
        tracing::trace!(target: "progress", about = "checking definitions", done = total, total);
    }

    fn survey(&self, top: usize) -> Survey {
        let Top { place, source, .. } = &self.tops[top];
        match source {
            Source::Binding(binding) => survey(&self.names, place, |walk| walk.binding(binding)),
            Source::Watch(watch) => survey(&self.names, place, |walk| walk.expr(&watch.expr)),
            Source::Accessor(..) => Survey::default(),
        }
    }

    fn define_accessors(&mut self) {
        for top in 0..self.tops.len() {
            let Source::Accessor(definition, ty) = &self.tops[top].source else { continue };
            if let TypeRef::Cycle(_) = ty {
                let broken = self.names.is_broken(*ty);
                let known = if broken { Ty::Error } else { Ty::from_kernel(&definition.signature.ty) };
                let scheme = Scheme { ty: known, by_name: false };
                self.states[top] = TopState::Failed(Some(Rc::new(scheme)));
                continue;
            }
            let key = derived_key(self.project, &self.tops[top].name, *ty);
            let definition = (**definition).clone();
            self.hash(&[top], vec![definition], key);
        }
    }

    /// Checks a cycle, unless its outcome is known.
    fn check_component(&mut self, component: &[usize], recursive: bool, surveys: &[Survey]) {
        let key = self.key(component, surveys);
        if let Some(key) = key
            && self.recall(component, key)
        {
            self.checked.skipped_count += component.len();
            return;
        }
        self.checked.checked_count += component.len();
        let failed = component.iter().any(|top| surveys[*top].uses_failed_type());
        let definitions = self.infer_component(component, recursive, failed);
        // Without a mistake below there is a key.
        if let (Some(definitions), Some(key)) = (definitions, key) {
            self.define(component, definitions, key);
        }
    }

    fn key(&self, component: &[usize], surveys: &[Survey]) -> Option<SourceKey> {
        let members: Vec<Keyed> = component
            .iter()
            .map(|top| {
                let Top { place, tokens, .. } = &self.tops[*top];
                Keyed { file: &self.files[place.file], tokens: tokens.clone(), survey: &surveys[*top] }
            })
            .collect();
        source_key(self.sources, self.project, &members, |top| {
            // Members are in ascending order.
            if let Ok(position) = component.binary_search(&top) {
                return Some(format!("cycle {position}"));
            }
            self.outcomes[top].as_ref().map(|outcome| term_text(outcome.reference))
        })
    }

    /// Takes the outcome of an earlier run, if there is one.
    fn recall(&mut self, component: &[usize], key: SourceKey) -> bool {
        let Some(references) = self.env.known(key).filter(|known| known.len() == component.len()) else { return false };
        let signatures: Option<Vec<Arc<Signature>>> =
            references.iter().map(|reference| self.env.signature(*reference)).collect();
        let Some(signatures) = signatures else { return false };
        for ((top, reference), signature) in component.iter().zip(references).zip(signatures) {
            self.settle(*top, Outcome { reference, signature, key });
        }
        true
    }

    fn settle(&mut self, top: usize, outcome: Outcome) {
        let Outcome { reference, signature, .. } = &outcome;
        let scheme = Rc::new(Scheme { ty: Ty::from_kernel(&signature.ty), by_name: signature.by_name });
        self.states[top] = TopState::Done { reference: *reference, scheme };
        self.outcomes[top] = Some(outcome);
    }

    /// Hashes the members of a checked cycle, which may be several cycles once names are resolved.
    fn define(&mut self, component: &[usize], definitions: Vec<Definition>, key: SourceKey) {
        // Until they are hashed, members refer to each other by position in the component.
        let edges: Vec<Vec<usize>> = definitions.iter().map(|definition| cycle_references(&definition.body)).collect();
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
            let tops: Vec<usize> = part.iter().map(|position| component[*position]).collect();
            let references = self.hash(&tops, members, key);
            part.iter().zip(references).for_each(|(position, reference)| done[*position] = Some(reference));
        }
        let references = done.into_iter().flatten().collect();
        self.checked.keys.push((key, references));
    }

    fn hash(&mut self, tops: &[usize], members: Vec<Definition>, key: SourceKey) -> Vec<TermRef> {
        let hashed = hash::hash_terms(&members);
        let mut references = Vec::new();
        for ((top, member), index) in tops.iter().zip(members).zip(&hashed.order) {
            let reference = TermRef::Def(DefId { component: hashed.object.hash(), index: *index });
            self.settle(*top, Outcome { reference, signature: Arc::new(member.signature), key });
            references.push(reference);
        }
        self.checked.objects.push(hashed.object);
        references
    }

    fn finish(mut self) -> Checked {
        for (index, top) in self.tops.iter().enumerate().filter(|(index, _)| !self.duplicates.contains(index)) {
            let Some(Outcome { reference, signature, key }) = self.outcomes[index].clone() else { continue };
            match top.source {
                Source::Watch(watch) => self.checked.watches.push(CheckedWatch {
                    span: top.span,
                    kind: watch.kind.as_ref().map(|ident| ident.name.clone()),
                    name: watch.name.as_ref().map(|_| top.name.clone()),
                    reference,
                    signature,
                }),
                Source::Binding(_) | Source::Accessor(..) => self.checked.terms.push(CheckedTerm {
                    name: top.name.clone(),
                    reference,
                    signature,
                    span: top.span,
                    source_key: key,
                }),
            }
        }
        self.checked.objects = without_repetition(std::mem::take(&mut self.checked.objects));
        self.checked
    }
}

impl Top<'_> {
    /// Where its name is written.
    pub fn place_of_name(&self) -> Span {
        match self.source {
            Source::Binding(binding) => binding.name.span,
            Source::Watch(_) | Source::Accessor(..) => self.span,
        }
    }
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

/// Equal definitions are one object.
fn without_repetition(objects: Vec<hash::Object>) -> Vec<hash::Object> {
    let mut seen = BTreeSet::new();
    objects.into_iter().filter(|object| seen.insert(object.hash())).collect()
}
