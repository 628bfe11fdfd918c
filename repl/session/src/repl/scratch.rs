//! What has been entered: pieces of source in order, checked together.
//!
//! A definition that is entered again replaces the one before; whatever uses it is checked anew (unchanged cycles are known by their source
//! key). What does not check any more is kept and told, and is back as soon as it checks again.
//!
//! **Invariant:** the source of an entry never changes, so `undo` is the list of entries as it was.

use crate::workspace::Workspace;
use base::{Diagnostic, Name, SourceId, Sources};
use check::{CheckedTerm, CheckedType, CheckedWatch};
use compiler::{Compiled, pipeline};
use std::collections::BTreeSet;
use std::sync::Arc;
use syntax::token::{Token, TokenKind};
use syntax::tree::{Expr, ExprKind, File, Item, ItemKind, Use, Watch};

/// A piece of source.
#[derive(Debug)]
pub struct Entry {
    /// What messages call it.
    pub path: Arc<str>,
    pub text: Arc<str>,
    /// Whether it was entered, so that its `use` clauses hold for what is entered after it; else it is a file.
    pub typed: bool,
}

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
    /// What has been defined and does not check at present.
    pub broken: BTreeSet<Defined>,
}

/// What became of all entries with one more.
pub struct Trial {
    entries: Vec<Arc<Entry>>,
    pub sources: Sources,
    pub compiled: Compiled,
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
        let newest = Arc::new(Entry { path, text: text.into(), typed: true });
        check(workspace, self.entries.iter().cloned().chain([newest]).collect())
    }

    /// Checks a file as if it were loaded, instead of what was loaded from it before.
    pub fn try_file(&self, workspace: &Workspace, path: &str, text: Arc<str>) -> Trial {
        let newest = Arc::new(Entry { path: path.into(), text, typed: false });
        let others = self.entries.iter().filter(|entry| entry.typed || *entry.path != *path);
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

    fn settle(&mut self, trial: &Trial) -> Effects {
        let sound = trial.sound();
        let broken: BTreeSet<Defined> = trial.others.difference(&sound).cloned().collect();
        let newly = broken.difference(&self.broken).cloned().collect();
        self.broken = broken;
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
        for ((source, text), entry) in sources.iter().zip(&entries) {
            let parse = if entry.typed { syntax::parse_prompt } else { syntax::parse };
            let (file, problems) = parse(source, &text.text);
            diagnostics.extend(problems.iter().map(syntax::Problem::render));
            files.push(file);
        }
        share_uses(&mut files, &entries);
        let watch_count = ready_watches(&mut files);
        let (defined, others) = shadow(&mut files);
        let (project, environment) = (&workspace.project.name, &workspace.environment);
        let compiled = pipeline::check_files(&files, diagnostics, &sources, project, environment);
        let newest = files.last().map_or_else(SourceId::default, |file| file.source);
        Trial { entries, sources: sources.clone(), compiled, newest, defined, others, watch_count }
    })
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
        let terms = checked.terms.iter().map(|term| Defined::Term(term.name.clone()));
        terms.chain(checked.types.iter().map(|ty| Defined::Type(ty.name.clone()))).collect()
    }

    /// Whether the newest entry means anything for those that follow: it is a file, defines something, or has a `use` clause.
    fn lasts(&self) -> bool {
        let has_use = |entry: &Entry| {
            let (tokens, _) = syntax::tokens(SourceId::default(), &entry.text);
            tokens.iter().any(|token| token.kind == TokenKind::Use)
        };
        !self.defined.is_empty() || self.entries.last().is_some_and(|entry| !entry.typed || has_use(entry))
    }
}

/// Gives each entered piece the `use` clauses that were entered before it.
fn share_uses(files: &mut [File], entries: &[Arc<Entry>]) {
    let mut uses: Vec<Item> = Vec::new();
    for (file, _) in files.iter_mut().zip(entries).filter(|(_, entry)| entry.typed) {
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

/// Takes out definitions that a later file has too. Gives what the last file defines, and what only the others do.
fn shadow(files: &mut [File]) -> (Vec<Defined>, BTreeSet<Defined>) {
    let (mut newest, mut seen) = (Vec::new(), BTreeSet::new());
    for (i, file) in files.iter_mut().rev().enumerate() {
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
    (newest, seen)
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
