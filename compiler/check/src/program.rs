//! A run of the checker over files: collect, declare types, order definitions, check cycle by cycle, hash.

use crate::calls::{Calls, Wanted};
use crate::checked::{Checked, CheckedTerm, CheckedType, CheckedWatch};
use crate::declare::{Body, Declarer, TypeItem};
use crate::environment::Environment;
use crate::kind::Kinds;
use crate::names::{Head, Names, Place};
use crate::plan::Plan;
use crate::problem::{NameProblem, PatternProblem, Problem};
use crate::run::Run;
use crate::source_key::{Digests, derived_key};
use crate::traced::Tracing;
use crate::ty::{Scheme, Ty};
use base::{Name, Sources, Span};
use hash::SourceKey;
use kernel::{DefId, Definition, Signature, TermRef, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use syntax::tree::{Binding, File, ItemKind, PatternKind, TypeBody, Use, Watch};

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

/// What became of a definition without mistakes.
#[derive(Clone, Debug)]
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
    pub names: Names<'a>,
    pub kinds: Kinds,
    pub tops: Vec<Top<'a>>,
    /// Of each definition, once all are checked.
    pub outcomes: Vec<Option<Outcome>>,
    /// Definitions whose name is taken.
    pub duplicates: BTreeSet<usize>,
    /// Those of them that are further equations of a function whose parameters take only some values, which is told of the first one.
    pub equations: Vec<Span>,
    /// If definitions are to be traced, by what.
    pub tracing: Option<Arc<Tracing>>,
    pub wanted: &'a Wanted,
    pub checked: Checked,
}

/// Checks files: resolves, infers, elaborates and hashes what they define. `project` is the name in `unison.toml`, or empty.
pub fn check(files: &[File], sources: &Sources, project: &str, env: &dyn Environment) -> Checked {
    check_on(None, files, sources, project, env)
}

/// As [`check`], with notes in properties.
pub fn check_traced(
    files: &[File],
    sources: &Sources,
    project: &str,
    env: &dyn Environment,
    tracing: Tracing,
) -> Checked {
    run(None, files, sources, project, env, Some(Arc::new(tracing)), &Wanted::new())
}

/// As [`check`], with the calls of some definitions.
pub fn check_calls(
    files: &[File],
    sources: &Sources,
    project: &str,
    env: &dyn Environment,
    wanted: &BTreeSet<TermRef>,
) -> Vec<(TermRef, Calls)> {
    run(None, files, sources, project, env, None, wanted).calls
}

/// As [`check`], on so many threads; without a number, on as many as it is worth. The outcome is the same.
pub fn check_on(
    threads: Option<usize>,
    files: &[File],
    sources: &Sources,
    project: &str,
    env: &dyn Environment,
) -> Checked {
    run(threads, files, sources, project, env, None, &Wanted::new())
}

fn run(
    threads: Option<usize>,
    files: &[File],
    sources: &Sources,
    project: &str,
    env: &dyn Environment,
    tracing: Option<Arc<Tracing>>,
    wanted: &Wanted,
) -> Checked {
    let mut program = Program {
        files,
        sources,
        project,
        names: Names::new(env),
        kinds: Kinds::default(),
        tops: Vec::new(),
        outcomes: Vec::new(),
        duplicates: BTreeSet::new(),
        equations: Vec::new(),
        tracing,
        wanted,
        checked: Checked::default(),
    };
    let types = program.declare_types();
    program.collect_terms(&types);
    let threads = threads.unwrap_or_else(|| crate::run::threads(program.tops.len()));
    program.check_terms(threads);
    program.finish()
}

/// The clauses at the head of a file, for all of it.
fn file_place(index: usize, file: &File) -> Place {
    let uses: Vec<Use> = file
        .items
        .iter()
        .filter_map(|item| if let ItemKind::Use(clause) = &item.kind { Some(clause.clone()) } else { None })
        .collect();
    let head = Arc::new(Head { file: index, namespace: file.namespace.clone(), uses });
    Place { head, uses: Vec::new() }
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
            self.names.add_term(&top.name, top.place.file());
        }
        self.tops.push(top);
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
            let are_equations = takes_some(&first.source) && takes_some(&top.source);
            if are_equations {
                self.equations.push(top.span);
            }
            let is_equation = are_equations || is_equation(&first.source) || is_equation(&top.source);
            if !is_equation && !self.is_of_repeated_record(first, top) {
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

    fn check_terms(&mut self, threads: usize) {
        let outcomes: Vec<OnceLock<Outcome>> = self.tops.iter().map(|_| OnceLock::new()).collect();
        let failed = self.define_accessors(&outcomes);
        let mut surveys = crate::run::surveys(&self.tops, &self.names, threads);
        let plan = Plan::of(&mut surveys);
        let run = Run {
            files: self.files,
            sources: self.sources,
            project: self.project,
            tracing: self.tracing.clone(),
            wanted: self.wanted,
            kinds: &self.kinds,
            tops: &self.tops,
            digests: Digests::new(&surveys),
            surveys,
            plan,
            outcomes,
        };
        for product in run.check(&self.names, failed, threads) {
            self.checked.checked_count += product.checked;
            self.checked.skipped_count += product.known;
            self.checked.objects.extend(product.objects);
            self.checked.keys.extend(product.key);
            self.checked.calls.extend(product.calls);
            self.checked.problems.extend(product.problems);
        }
        self.outcomes = run.outcomes.into_iter().map(OnceLock::into_inner).collect();
    }

    /// Hashes the accessors of records. Those of types with a mistake are yielded, with their types.
    fn define_accessors(&mut self, outcomes: &[OnceLock<Outcome>]) -> Vec<(usize, Scheme)> {
        let mut failed = Vec::new();
        for (index, top) in self.tops.iter().enumerate() {
            let Source::Accessor(definition, ty) = &top.source else { continue };
            if let TypeRef::Cycle(_) = ty {
                let broken = self.names.is_broken(*ty);
                let known = if broken { Ty::Error } else { Ty::from_kernel(&definition.signature.ty) };
                failed.push((index, Scheme { ty: known, by_name: false }));
                continue;
            }
            let key = derived_key(self.project, &top.name, *ty);
            let hashed = hash::hash_terms(std::slice::from_ref(definition));
            let reference = TermRef::Def(DefId { component: hashed.object.hash(), index: 0 });
            let signature = Arc::new(definition.signature.clone());
            self.checked.objects.push(hashed.object);
            let set = outcomes[index].set(Outcome { reference, signature, key });
            debug_assert!(set.is_ok(), "each definition has one outcome");
        }
        failed
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
        let is_further = |problem: &Problem| match problem {
            Problem::Pattern(PatternProblem::NotExhaustive { span, binds: true, .. }) => {
                self.equations.iter().any(|it| it.source == span.source && it.start <= span.start && span.end <= it.end)
            }
            _ => false,
        };
        self.checked.problems.retain(|problem| !is_further(problem));
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

/// Equal definitions are one object.
fn without_repetition(objects: Vec<hash::Object>) -> Vec<hash::Object> {
    let mut seen = BTreeSet::new();
    objects.into_iter().filter(|object| seen.insert(object.hash())).collect()
}

/// Whether it has a constructor, a literal or a list for a parameter.
fn takes_some(source: &Source) -> bool {
    let Source::Binding(binding) = source else { return false };
    let is_one = |kind: &PatternKind| {
        matches!(
            kind,
            PatternKind::Constructor(..) | PatternKind::Literal(_) | PatternKind::List(_) | PatternKind::Cons(..)
        )
    };
    binding.params.iter().any(|param| is_one(&param.kind) || matches!(param.kind, PatternKind::Error))
}

/// Whether it has a parameter that takes only some values, which was told: one of several equations, then.
fn is_equation(source: &Source) -> bool {
    let Source::Binding(binding) = source else { return false };
    binding.params.iter().any(|param| matches!(param.kind, PatternKind::Error))
}
