//! What has been entered: pieces of source in order, checked together.
//!
//! A definition that is entered again replaces the one before; whatever uses it is checked anew (unchanged cycles are known by their source
//! key). What does not check any more is kept and told, and is back as soon as it checks again.
//!
//! **Invariant:** the source of an entry never changes, so `undo` is the list of entries as it was.

use super::environment::ValueEnvironment;
use super::input;
use super::values::{Value, Values};
use crate::workspace::Workspace;
use base::{Diagnostic, Name, SourceId, Sources, Span};
use check::{CheckedTerm, CheckedType, CheckedWatch};
use compiler::{Compiled, pipeline};
use std::collections::BTreeSet;
use std::sync::Arc;
use syntax::token::{Token, TokenKind};
use syntax::tree::{Expr, ExprKind, File, Ident, Item, ItemKind, Use, Watch};

/// A piece of source, or what takes the place of one.
#[derive(Debug)]
pub struct Entry {
    /// What messages call it.
    pub path: Arc<str>,
    pub text: Arc<str>,
    pub kind: EntryKind,
}

#[derive(Debug)]
pub enum EntryKind {
    /// It was entered, so its `use` clauses hold for what is entered after it. `it` is what it was then.
    Typed {
        it: Option<Arc<Value>>,
    },
    File,
    /// A value that was given a name. There is no text.
    Bound(Arc<Value>),
}

impl Entry {
    fn is_typed(&self) -> bool {
        matches!(self.kind, EntryKind::Typed { .. })
    }

    fn parsed(&self) -> File {
        self.parse(SourceId::default()).0
    }

    fn parse(&self, source: SourceId) -> (File, Vec<syntax::Problem>) {
        match self.kind {
            EntryKind::Typed { .. } => syntax::parse_prompt(source, &input::as_source(&self.text)),
            EntryKind::File | EntryKind::Bound(_) => syntax::parse(source, &self.text),
        }
    }

    fn bound(&self) -> Option<&Arc<Value>> {
        match &self.kind {
            EntryKind::Bound(value) => Some(value),
            _ => None,
        }
    }
}

/// What the last result is called.
pub const IT: &str = "it";

/// Types and terms have names of their own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Defined {
    Type(Name),
    Term(Name),
}

impl Defined {
    pub fn name(&self) -> &Name {
        match self {
            Defined::Type(name) | Defined::Term(name) => name,
        }
    }
}

/// The entries of a session.
#[derive(Default)]
pub struct Scratch {
    entries: Vec<Arc<Entry>>,
    /// As they were before each change.
    earlier: Vec<Vec<Arc<Entry>>>,
    typed_count: u32,
    pub terms: Vec<CheckedTerm>,
    pub types: Vec<CheckedType>,
    pub values: Values,
    /// What has been defined and does not check at present.
    pub broken: BTreeSet<Defined>,
}

/// A piece of what was entered.
#[derive(Debug)]
pub struct Text {
    /// None for a `use` clause.
    pub name: Option<Name>,
    pub text: String,
}

/// What became of all entries with one more.
pub struct Trial {
    entries: Vec<Arc<Entry>>,
    pub sources: Sources,
    pub compiled: Compiled,
    /// The values that have a name.
    bound: Vec<Arc<Value>>,
    /// The entry that was tried.
    newest: SourceId,
    /// What the newest entry defines; what the others define and the newest does not.
    pub defined: Vec<Defined>,
    others: BTreeSet<Defined>,
    /// How many expressions the newest entry has.
    watch_count: usize,
}

/// What a change means for what had been defined before.
#[derive(Default)]
pub struct Effects {
    /// It does not check any more.
    pub broken: Vec<Defined>,
    /// It has another type now, or checks again.
    pub changed: Vec<Defined>,
}

impl Scratch {
    /// Checks a text as if it were entered.
    pub fn try_text(&mut self, workspace: &Workspace, text: &str) -> Trial {
        self.typed_count += 1;
        let path = format!("input {}", self.typed_count).into();
        let kind = EntryKind::Typed { it: self.values.it.clone() };
        let newest = Arc::new(Entry { path, text: text.into(), kind });
        self.try_entry(workspace, newest)
    }

    /// Checks everything as if this value had its name.
    pub fn try_value(&self, workspace: &Workspace, value: Arc<Value>) -> Trial {
        let (path, text) = (value.name.as_str().into(), "".into());
        self.try_entry(workspace, Arc::new(Entry { path, text, kind: EntryKind::Bound(value) }))
    }

    fn try_entry(&self, workspace: &Workspace, newest: Arc<Entry>) -> Trial {
        check(workspace, self.entries.iter().cloned().chain([newest]).collect())
    }

    /// Checks a file as if it were loaded, instead of what was loaded from it before.
    pub fn try_file(&self, workspace: &Workspace, path: &str, text: Arc<str>) -> Trial {
        let newest = Arc::new(Entry { path: path.into(), text, kind: EntryKind::File });
        let is_same = |entry: &&Arc<Entry>| matches!(entry.kind, EntryKind::File) && *entry.path == *path;
        let others = self.entries.iter().filter(|entry| !is_same(entry));
        check(workspace, others.cloned().chain([newest]).collect())
    }

    /// Keeps what was tried.
    pub fn keep(&mut self, trial: &Trial) -> Effects {
        if !trial.lasts() {
            return Effects::default();
        }
        let before = std::mem::replace(&mut self.entries, trial.entries.clone());
        self.earlier.push(before);
        self.settle(trial)
    }

    /// Goes back to before the last change. Gives what that change had defined, unless there was none.
    pub fn undo(&mut self, workspace: &Workspace) -> Option<Vec<Defined>> {
        let entries = self.earlier.pop()?;
        let undone = check(workspace, std::mem::take(&mut self.entries)).defined;
        self.entries = entries.clone();
        let trial = check(workspace, entries);
        self.settle(&trial);
        Some(undone)
    }

    /// The definitions with these names as they were written, and whatever else they rest on: `use` clauses. All, if no name is given.
    pub fn texts(&self, wanted: impl Fn(&Name) -> bool) -> Vec<Text> {
        let mut texts = Vec::new();
        for (number, entry) in self.entries.iter().enumerate() {
            let file = entry.parsed();
            let slice = |span: Span| entry.text.get(span.start as usize..span.end as usize).unwrap_or("").to_string();
            for item in &file.items {
                let defined = defined(item, file.namespace.as_ref());
                let is_last = |name: &Defined| !self.is_defined_after(name, number);
                match defined {
                    None if clause(item).is_some() => texts.push(Text { name: None, text: slice(item.span) }),
                    Some(name) if wanted(name.name()) && is_last(&name) && self.has(&name) => {
                        texts.push(Text { name: Some(name.name().clone()), text: slice(item.span) });
                    }
                    _ => {}
                }
            }
        }
        texts
    }

    /// Whether an entry behind this one defines the name again.
    fn is_defined_after(&self, name: &Defined, number: usize) -> bool {
        self.entries[number + 1..].iter().any(|entry| {
            if let Some(value) = entry.bound() {
                return *name == Defined::Term(value.name.clone());
            }
            let file = entry.parsed();
            file.items.iter().any(|item| defined(item, file.namespace.as_ref()).as_ref() == Some(name))
        })
    }

    /// What is entered and loaded: what each piece is called, and its text.
    pub fn at_hand(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let pieces = self.entries.iter().filter(|entry| entry.bound().is_none());
        pieces.map(|entry| (entry.path.clone(), entry.text.clone())).collect()
    }

    /// How many changes can be taken back.
    pub fn changes(&self) -> usize {
        self.earlier.len()
    }

    /// Whether this is defined and sound.
    pub fn has(&self, defined: &Defined) -> bool {
        match defined {
            Defined::Type(name) => self.types.iter().any(|ty| ty.name == *name),
            Defined::Term(name) => {
                let values = self.values.bound.iter().map(|value| &value.name);
                self.terms.iter().map(|term| &term.name).chain(values).any(|term| term == name)
            }
        }
    }

    /// The files that were loaded and still hold, the oldest first.
    pub fn files(&self) -> Vec<Arc<str>> {
        let files = self.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::File));
        files.map(|entry| entry.path.clone()).collect()
    }

    fn settle(&mut self, trial: &Trial) -> Effects {
        let sound = trial.sound();
        let broken: BTreeSet<Defined> = trial.others.difference(&sound).cloned().collect();
        let newly = broken.difference(&self.broken).cloned().collect();
        self.broken = broken;
        self.values.bound.clone_from(&trial.bound);
        let before = std::mem::replace(&mut self.terms, trial.compiled.checked.terms.clone());
        self.types.clone_from(&trial.compiled.checked.types);
        let other_type = |term: &&CheckedTerm| {
            let before = before.iter().find(|before| before.name == term.name);
            let is_other = before.is_none_or(|before| before.signature != term.signature);
            is_other && trial.others.contains(&Defined::Term(term.name.clone()))
        };
        let changed = self.terms.iter().filter(other_type).map(|term| Defined::Term(term.name.clone())).collect();
        Effects { broken: newly, changed }
    }
}

/// Parses and checks entries, the last one being the newest.
fn check(workspace: &Workspace, entries: Vec<Arc<Entry>>) -> Trial {
    let mut sources = Sources::default();
    for entry in &entries {
        sources.add(entry.path.clone(), entry.text.clone());
    }
    compiler::on_compiler_stack(|| {
        let (mut files, mut diagnostics) = (Vec::new(), Vec::new());
        for ((source, _), entry) in sources.iter().zip(&entries) {
            let (file, problems) = entry.parse(source);
            diagnostics.extend(problems.iter().map(syntax::Problem::render));
            files.push(file);
        }
        share_uses(&mut files, &entries);
        let watch_count = ready_watches(&mut files);
        let (defined, others, bound) = shadow(&mut files, &entries);
        pin_results(&mut files, &entries, &defined, &others);
        let results: Vec<Arc<Value>> = entries.iter().filter_map(|entry| result(entry)).cloned().collect();
        let environment = ValueEnvironment { bound: &bound, results: &results, outside: &workspace.environment };
        let compiled = pipeline::check_files(&files, diagnostics, &sources, &workspace.project.name, &environment);
        let newest = files.last().map_or_else(SourceId::default, |file| file.source);
        Trial { entries, sources: sources.clone(), compiled, bound, newest, defined, others, watch_count }
    })
}

fn result(entry: &Entry) -> Option<&Arc<Value>> {
    match &entry.kind {
        EntryKind::Typed { it } => it.as_ref(),
        _ => None,
    }
}

/// Makes `it` mean in each entry what it meant when that was entered, unless there is a definition of that name.
fn pin_results(files: &mut [File], entries: &[Arc<Entry>], defined: &[Defined], others: &BTreeSet<Defined>) {
    let it = Defined::Term(Name::new(IT));
    if defined.contains(&it) || others.contains(&it) {
        return;
    }
    for (file, entry) in files.iter_mut().zip(entries) {
        let Some(value) = result(entry) else { continue };
        let span = Span { source: file.source, ..Span::default() };
        let ident = |name: Name| Ident { name, span };
        let clause = Use { span, prefix: ident(value.space()), names: vec![ident(value.name.clone())] };
        file.items.insert(0, Item { span, tokens: 0..0, kind: ItemKind::Use(clause) });
    }
}

impl Trial {
    /// What is wrong with the newest entry: its own mistakes; else, if it rests on what is broken, the mistakes there. Nothing if it is sound.
    pub fn mistakes(&self) -> Vec<Diagnostic> {
        let is_own = |d: &&Diagnostic| d.labels.first().is_none_or(|label| label.span.source == self.newest);
        let own: Vec<Diagnostic> = self.compiled.diagnostics.iter().filter(is_own).cloned().collect();
        let sound = self.sound();
        let is_sound =
            self.defined.iter().all(|name| sound.contains(name)) && self.watches().count() == self.watch_count;
        if own.is_empty() && !is_sound { self.compiled.diagnostics.clone() } else { own }
    }

    /// The expressions of the newest entry that are sound, as delays.
    pub fn watches(&self) -> impl Iterator<Item = &CheckedWatch> {
        self.compiled.checked.watches.iter().filter(|watch| watch.span.source == self.newest)
    }

    fn sound(&self) -> BTreeSet<Defined> {
        let checked = &self.compiled.checked;
        let terms = checked.terms.iter().map(|term| term.name.clone());
        let values = self.bound.iter().map(|value| value.name.clone());
        let terms = terms.chain(values).map(Defined::Term);
        terms.chain(checked.types.iter().map(|ty| Defined::Type(ty.name.clone()))).collect()
    }

    /// Whether the newest entry means anything for those that follow: it is a file, defines something, or has a `use` clause.
    fn lasts(&self) -> bool {
        let has_use = |entry: &Entry| {
            let (tokens, _) = syntax::tokens(SourceId::default(), &entry.text);
            tokens.iter().any(|token| token.kind == TokenKind::Use)
        };
        !self.defined.is_empty() || self.entries.last().is_some_and(|entry| !entry.is_typed() || has_use(entry))
    }
}

/// Gives each entered piece the `use` clauses that were entered before it.
fn share_uses(files: &mut [File], entries: &[Arc<Entry>]) {
    let mut uses: Vec<Item> = Vec::new();
    for (file, _) in files.iter_mut().zip(entries).filter(|(_, entry)| entry.is_typed()) {
        let own: Vec<Item> = file.items.iter().filter(|item| clause(item).is_some()).cloned().collect();
        file.items.splice(0..0, uses.iter().cloned());
        uses.extend(own);
    }
}

fn clause(item: &Item) -> Option<&Use> {
    match &item.kind {
        ItemKind::Use(clause) => Some(clause),
        _ => None,
    }
}

/// Makes delays of the expressions of the last file, so that they may use abilities, and drops those of the others, which have been evaluated. How many there are.
fn ready_watches(files: &mut [File]) -> usize {
    let Some((last, others)) = files.split_last_mut() else { return 0 };
    others.iter_mut().for_each(|file| file.items.retain(|item| !matches!(item.kind, ItemKind::Watch(_))));
    let tokens = &last.tokens;
    let mut count = 0;
    for item in &mut last.items {
        let ItemKind::Watch(watch) = &mut item.kind else { continue };
        item.tokens.start = first_token(tokens, item.tokens.clone(), watch);
        let span = watch.expr.span;
        let body = std::mem::replace(&mut watch.expr, Expr { span, kind: ExprKind::Error });
        watch.expr.kind = ExprKind::Delay { quoted: true, body: Box::new(body) };
        count += 1;
    }
    count
}

/// The token behind `>` or `test> name =`: in a file the same tokens mean an expression that is not delayed, and source keys tell by tokens.
fn first_token(tokens: &[Token], range: std::ops::Range<usize>, watch: &Watch) -> usize {
    let kinds = || tokens[range.clone()].iter().map(|token| token.kind);
    let before = match kinds().next() {
        Some(TokenKind::NamedWatch) if watch.name.is_some() => kinds().position(|kind| kind == TokenKind::Equals),
        Some(TokenKind::Watch | TokenKind::NamedWatch) => Some(0),
        _ => None,
    };
    before.map_or(range.start, |before| range.start + before + 1)
}

/// Takes out definitions that a later entry has too. Gives what the last entry defines, what only the others do, and the values that still have their name.
fn shadow(files: &mut [File], entries: &[Arc<Entry>]) -> (Vec<Defined>, BTreeSet<Defined>, Vec<Arc<Value>>) {
    let (mut newest, mut seen, mut bound) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (i, (file, entry)) in files.iter_mut().zip(entries).rev().enumerate() {
        if let Some(value) = entry.bound() {
            let name = Defined::Term(value.name.clone());
            if seen.insert(name.clone()) {
                bound.insert(0, value.clone());
                newest.extend((i == 0).then_some(name));
            }
            continue;
        }
        let namespace = file.namespace.clone();
        let name = |item: &Item| defined(item, namespace.as_ref());
        file.items.retain(|item| name(item).is_none_or(|name| !seen.contains(&name)));
        let own: Vec<Defined> = file.items.iter().filter_map(name).collect();
        seen.extend(own.iter().cloned());
        if i == 0 {
            newest = own;
        }
    }
    newest.iter().for_each(|name| _ = seen.remove(name));
    (newest, seen, bound)
}

fn defined(item: &Item, namespace: Option<&Name>) -> Option<Defined> {
    let full = |name: &Name| namespace.map_or_else(|| name.clone(), |namespace| namespace.join(name));
    match &item.kind {
        ItemKind::Binding(binding) => Some(Defined::Term(full(&binding.name.name))),
        ItemKind::Type(declaration) => Some(Defined::Type(full(&declaration.name.name))),
        ItemKind::Ability(declaration) => Some(Defined::Type(full(&declaration.name.name))),
        ItemKind::Use(_) | ItemKind::Watch(_) => None,
    }
}
