//! What a written name may mean outside its definition.
//!
//! In order: what a `use` with names brings in; an exact name of the files (with the namespace where it stands, or one around it); what a `use`
//! of a whole namespace brings in; an exact name of codebase, then standard library; then any suffix. Suffixes of types and
//! constructors stop at the first level that has one (own file, other files, codebase, standard library); those of terms are
//! taken from all levels together, for type-directed resolution. A reference by hash means what is outside the files, whatever it is called.
//!
//! A name that stands in many definitions is looked up once for each file ([`Meanings`]), but for places with clauses of their own. What it means as a suffix, which may
//! be thousands of definitions, is put together once for all files that have no constructor of that name.

use crate::alike::{Alike, own_first_similar, similar_limit};
use crate::coverage::Inhabited;
use crate::environment::{Environment, NamedConstructor, NamedTerm, NamedType};
use crate::hash_reference::{self, HashReference, is_hash};
use crate::meant::{Suggestion, Suggestions};
use crate::overload::Overloads;
use crate::source_key::Candidate;
use base::{Name, Table};
use kernel::{Declaration, DeclarationKind, TermRef, TypeRef};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use syntax::tree::Use;

/// A term, constructor or operation that a name may mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// A definition of the files, by number.
    Top(usize),
    Term {
        reference: TermRef,
        name: Name,
    },
    Constructor(Constructor),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Constructor {
    pub ty: TypeRef,
    pub index: u32,
    pub name: Name,
    /// Of an ability.
    pub operation: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FoundType {
    pub reference: TypeRef,
    pub name: Name,
}

/// The head of a file, which is where all of its definitions stand.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// Index among the files.
    pub file: usize,
    pub namespace: Option<Name>,
    pub uses: Vec<Use>,
}

/// Where a name stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub head: Arc<Head>,
    /// The clauses of blocks, innermost last.
    pub uses: Vec<Use>,
}

impl Place {
    pub fn file(&self) -> usize {
        self.head.file
    }

    /// All clauses, innermost last.
    fn clauses(&self) -> impl Iterator<Item = &Use> {
        self.head.uses.iter().chain(&self.uses)
    }
}

#[derive(Clone, Debug)]
struct Entry<T> {
    name: Name,
    file: usize,
    target: T,
}

/// What the files declare, by each suffix of its name.
type Suffixes<T> = Table<Name, Vec<Entry<T>>>;

/// What a name of a term may mean at a place.
pub(crate) struct Meant {
    pub targets: Vec<Target>,
    /// The targets by their types, once these are known.
    pub overloads: OnceCell<Rc<Overloads>>,
    /// The targets as a definition depends on them, once that was asked.
    pub candidates: OnceCell<Arc<[Candidate]>>,
}

impl Meant {
    fn by(targets: Vec<Target>) -> Rc<Meant> {
        Rc::new(Meant { targets, overloads: OnceCell::new(), candidates: OnceCell::new() })
    }
}

/// What names mean outside the files, as far as it was asked: an environment may have to look into a database.
#[derive(Default)]
struct Outside {
    terms: RefCell<Table<Name, Rc<[NamedTerm]>>>,
    types: RefCell<Table<Name, Rc<[NamedType]>>>,
    constructors: RefCell<Table<Name, Rc<[NamedConstructor]>>>,
}

/// What names mean in each file, where no block has clauses of its own, as far as it was asked.
#[derive(Default)]
struct Meanings {
    terms: RefCell<Vec<Table<Name, Rc<Meant>>>>,
    /// As suffixes, in files without constructors that end so.
    suffixes: RefCell<Table<Name, Rc<Meant>>>,
    types: RefCell<Vec<Table<Name, Rc<[FoundType]>>>>,
    constructors: RefCell<Vec<Table<Name, Rc<[Constructor]>>>>,
}

/// What a name means in a file.
fn in_file<T: Clone>(
    known: &RefCell<Vec<Table<Name, T>>>,
    place: &Place,
    name: &Name,
    look_up: impl FnOnce() -> T,
) -> T {
    let file = place.file();
    if !place.uses.is_empty() {
        return look_up();
    }
    if let Some(found) = known.borrow().get(file).and_then(|names| names.get(name)) {
        return found.clone();
    }
    let found = look_up();
    let mut known = known.borrow_mut();
    if known.len() <= file {
        known.resize_with(file + 1, Table::default);
    }
    known[file].insert(name.clone(), found.clone());
    found
}

fn recall<T>(found: &RefCell<Table<Name, Rc<[T]>>>, name: &Name, look_up: impl FnOnce(&Name) -> Vec<T>) -> Rc<[T]> {
    if let Some(known) = found.borrow().get(name) {
        return known.clone();
    }
    let new: Rc<[T]> = look_up(name).into();
    found.borrow_mut().insert(name.clone(), new.clone());
    new
}

/// What the files declare, by suffix.
#[derive(Clone, Default)]
struct Declared {
    terms: Suffixes<usize>,
    types: Suffixes<TypeRef>,
    constructors: Suffixes<Constructor>,
    declarations: BTreeMap<TypeRef, Arc<Declaration>>,
    type_names: BTreeMap<TypeRef, Name>,
    term_names: Vec<Name>,
    /// Types whose declarations have a mistake: nothing is known of their members.
    broken: BTreeSet<TypeRef>,
    /// Names that stand in what could not be read, and may be defined there.
    unread: BTreeSet<Name>,
}

/// [`Names`] as they get to another thread.
#[derive(Clone)]
pub(crate) struct SharedNames<'a> {
    env: &'a dyn Environment,
    declared: Arc<Declared>,
}

impl<'a> SharedNames<'a> {
    pub fn names(&self) -> Names<'a> {
        Names::over(self.env, self.declared.clone())
    }
}

/// Everything that has a name: what the files declare, by suffix, over an environment.
pub(crate) struct Names<'a> {
    pub env: &'a dyn Environment,
    declared: Arc<Declared>,
    outside: Outside,
    meanings: Meanings,
    hints: Hints,
    /// Which types have values, as far as it was asked.
    pub inhabited: RefCell<Inhabited>,
}

/// What hints are made of, collected when one is asked for.
#[derive(Default)]
struct Hints {
    terms: OnceCell<Alike>,
    types: OnceCell<Alike>,
    suggestions: OnceCell<Suggestions>,
    /// Nobody reads them.
    unwanted: bool,
}

impl<'a> Names<'a> {
    pub fn new(env: &'a dyn Environment) -> Names<'a> {
        Names::over(env, Arc::default())
    }

    fn over(env: &'a dyn Environment, declared: Arc<Declared>) -> Names<'a> {
        let (outside, meanings, hints) = (Outside::default(), Meanings::default(), Hints::default());
        Names { env, declared, outside, meanings, hints, inhabited: RefCell::default() }
    }

    /// The same, for whoever tells nobody what is suggested.
    pub fn without_hints(mut self) -> Names<'a> {
        self.hints.unwanted = true;
        self
    }

    /// The same names for another thread, which remembers by itself what was looked up.
    pub fn shared(&self) -> SharedNames<'a> {
        SharedNames { env: self.env, declared: self.declared.clone() }
    }

    /// What the files declare, to be added to. What was looked up before may mean something else then.
    fn declare(&mut self) -> &mut Declared {
        self.meanings = Meanings::default();
        self.inhabited = RefCell::default();
        self.hints = Hints::default();
        Arc::make_mut(&mut self.declared)
    }

    /// Adds a definition; definitions are added in the order of their numbers.
    pub fn add_term(&mut self, name: &Name, file: usize) {
        let declared = self.declare();
        let target = declared.term_names.len();
        declared.term_names.push(name.clone());
        insert(&mut declared.terms, Entry { name: name.clone(), file, target });
    }

    /// Adds a type's name. While types are being declared its reference is a `Cycle`; see [`Names::clear_types`].
    pub fn add_type(&mut self, name: &Name, file: usize, reference: TypeRef) {
        let declared = self.declare();
        declared.type_names.insert(reference, name.clone());
        insert(&mut declared.types, Entry { name: name.clone(), file, target: reference });
    }

    /// Forgets the types of the files, to add them again under their final references.
    pub fn clear_types(&mut self) {
        let declared = self.declare();
        declared.types.clear();
        declared.type_names.clear();
    }

    /// Adds what a type of the files is, and its constructors.
    pub fn add_declaration(&mut self, name: &Name, file: usize, reference: TypeRef, declaration: Arc<Declaration>) {
        let operation = declaration.kind == DeclarationKind::Ability;
        let declared = self.declare();
        let mut seen = BTreeSet::new();
        // Of members with one name, which is a mistake, the first one counts.
        let members = (0..).zip(&declaration.constructors).filter(|(_, member)| seen.insert(member.name.clone()));
        for (index, constructor) in members {
            let name = name.join(&Name::new(constructor.name.clone()));
            let target = Constructor { ty: reference, index, name: name.clone(), operation };
            insert(&mut declared.constructors, Entry { name, file, target });
        }
        declared.declarations.insert(reference, declaration);
    }

    /// The declaration of this type has a mistake.
    pub fn break_type(&mut self, ty: TypeRef) {
        self.declare().broken.insert(ty);
    }

    pub fn is_broken(&self, ty: TypeRef) -> bool {
        self.declared.broken.contains(&ty)
    }

    /// This name may be defined in something that could not be read.
    pub fn add_unread(&mut self, name: Name) {
        self.declare().unread.insert(name);
    }

    pub fn is_unread(&self, name: &Name) -> bool {
        self.declared.unread.contains(name) || self.declared.unread.contains(&Name::new(name.last()))
    }

    /// Whether it is called like a member of a type whose declaration has a mistake.
    pub fn in_broken_type(&self, name: &Name, place: &Place) -> bool {
        let is_broken = |parent: Name| self.types(&parent, place).iter().any(|found| self.is_broken(found.reference));
        !self.declared.broken.is_empty() && name.parent().is_some_and(is_broken)
    }

    pub fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        self.declared.declarations.get(&ty).cloned().or_else(|| self.env.declaration(ty))
    }

    /// Whether a type is declared in the files.
    pub fn is_of_files(&self, ty: TypeRef) -> bool {
        self.declared.declarations.contains_key(&ty)
    }

    fn outside_terms(&self, name: &Name) -> Rc<[NamedTerm]> {
        recall(&self.outside.terms, name, |name| self.env.terms(name))
    }

    fn outside_types(&self, name: &Name) -> Rc<[NamedType]> {
        recall(&self.outside.types, name, |name| self.env.types(name))
    }

    fn outside_constructors(&self, name: &Name) -> Rc<[NamedConstructor]> {
        recall(&self.outside.constructors, name, |name| self.env.constructors(name))
    }

    /// How many definitions the files have.
    pub fn top_count(&self) -> usize {
        self.declared.term_names.len()
    }

    pub fn top_name(&self, top: usize) -> &Name {
        &self.declared.term_names[top]
    }

    /// How to call a type: the shortest suffix of its name that means nothing else.
    pub fn type_text(&self, ty: TypeRef) -> String {
        let Some(name) = self.declared.type_names.get(&ty).cloned().or_else(|| self.env.type_name(ty)) else {
            return match ty {
                TypeRef::Def(id) => hash_reference::text(id, |digits| self.env.hashes(digits)),
                TypeRef::Builtin(_) | TypeRef::Cycle(_) => "?".to_string(),
            };
        };
        let is_own = self.declared.type_names.contains_key(&ty);
        let same = || self.declared.types.get(&name).is_some_and(|own| own.iter().any(|own| own.name == name));
        if !is_own && same() {
            // A type of the files has taken its name.
            return match ty {
                TypeRef::Def(id) => format!("{name}{}", hash_reference::text(id, |digits| self.env.hashes(digits))),
                TypeRef::Builtin(_) | TypeRef::Cycle(_) => format!("##{name}"),
            };
        }
        let suffixes: Vec<Name> = name.suffixes().collect();
        let unique = |suffix: &&Name| {
            let here = self.declared.types.get(*suffix).map_or(0, Vec::len);
            here + self
                .outside_types(suffix)
                .iter()
                .filter(|found| !self.declared.types.contains_key(&found.name))
                .count()
                <= 1
        };
        suffixes.iter().rev().find(unique).unwrap_or(&name).to_string()
    }

    /// How to call a term in a message.
    pub fn target_name(&self, target: &Target) -> Name {
        match target {
            Target::Top(top) => self.declared.term_names[*top].clone(),
            Target::Term { name, .. } => name.clone(),
            Target::Constructor(constructor) => constructor.name.clone(),
        }
    }

    pub fn terms(&self, name: &Name, place: &Place) -> Rc<Meant> {
        in_file(&self.meanings.terms, place, name, || self.find_terms(name, place))
    }

    fn find_terms(&self, name: &Name, place: &Place) -> Rc<Meant> {
        if is_hash(name) {
            let written = HashReference::of(name);
            return Meant::by(written.map_or(Vec::new(), |written| self.hashed_terms(&written, place)));
        }
        let find = Finder {
            in_files: |name: &Name| self.exact_file_terms(name, place.file()),
            in_environment: |name: &Name| self.exact_environment_terms(name),
            by_suffix: |name: &Name| self.suffix_terms(name, place.file()),
        };
        let nearer = find.before_suffix(name, place);
        if nearer.is_empty() { self.meant_by_suffix(name, place.file()) } else { Meant::by(nearer) }
    }

    fn meant_by_suffix(&self, name: &Name, file: usize) -> Rc<Meant> {
        let of_file = |entries: &Vec<Entry<Constructor>>| entries.iter().any(|entry| entry.file == file);
        if self.declared.constructors.get(name).is_some_and(of_file) {
            return Meant::by(self.suffix_terms(name, file));
        }
        if let Some(meant) = self.meanings.suffixes.borrow().get(name) {
            return meant.clone();
        }
        let meant = Meant::by(self.suffix_terms(name, file));
        self.meanings.suffixes.borrow_mut().insert(name.clone(), meant.clone());
        meant
    }

    pub fn constructors(&self, name: &Name, place: &Place) -> Rc<[Constructor]> {
        in_file(&self.meanings.constructors, place, name, || self.find_constructors(name, place).into())
    }

    fn find_constructors(&self, name: &Name, place: &Place) -> Vec<Constructor> {
        if is_hash(name) {
            return HashReference::of(name).map_or(Vec::new(), |written| self.hashed_constructors(&written, place));
        }
        let find = Finder {
            in_files: |name: &Name| exact(&self.declared.constructors, name, place.file()),
            in_environment: |name: &Name| self.environment_constructors(name, true),
            by_suffix: |name: &Name| self.suffix_constructors(name, place.file()),
        };
        find.find(name, place)
    }

    pub fn types(&self, name: &Name, place: &Place) -> Rc<[FoundType]> {
        in_file(&self.meanings.types, place, name, || self.find_types(name, place).into())
    }

    fn find_types(&self, name: &Name, place: &Place) -> Vec<FoundType> {
        if is_hash(name) {
            return HashReference::of(name).map_or(Vec::new(), |written| self.hashed_types(&written, place));
        }
        let find = Finder {
            in_files: |name: &Name| self.file_types(name, place.file(), true),
            in_environment: |name: &Name| self.environment_types(name, true),
            by_suffix: |name: &Name| {
                let found = self.file_types(name, place.file(), false);
                if found.is_empty() { self.environment_types(name, false) } else { found }
            },
        };
        find.find(name, place)
    }

    fn hashed_terms(&self, written: &HashReference, place: &Place) -> Vec<Target> {
        if written.member.is_some() {
            return self.hashed_constructors(written, place).into_iter().map(Target::Constructor).collect();
        }
        let called = written.name.as_ref().map(|name| self.terms(name, place));
        let is_called = |reference: &TermRef| {
            let is = |target: &Target| matches!(target, Target::Term { reference: found, .. } if found == reference);
            called.as_ref().is_none_or(|called| called.targets.iter().any(is))
        };
        let found = written.terms(|digits| self.env.hashes(digits)).into_iter();
        let found = found.filter(|reference| self.env.signature(*reference).is_some() && is_called(reference));
        found.map(|reference| Target::Term { reference, name: self.name_of(reference) }).collect()
    }

    fn hashed_types(&self, written: &HashReference, place: &Place) -> Vec<FoundType> {
        if written.member.is_some() {
            return Vec::new();
        }
        let called = written.name.as_ref().map(|name| self.types(name, place));
        let is_called = |reference: &TypeRef| {
            called.as_ref().is_none_or(|called| called.iter().any(|found| found.reference == *reference))
        };
        let is_type = |ty: TypeRef| matches!(ty, TypeRef::Builtin(_)) || self.env.declaration(ty).is_some();
        let found = written.types(|digits| self.env.hashes(digits)).into_iter();
        let found = found.filter(|reference| is_type(*reference) && is_called(reference));
        found.map(|reference| FoundType { reference, name: Name::new(self.type_text(reference)) }).collect()
    }

    fn hashed_constructors(&self, written: &HashReference, place: &Place) -> Vec<Constructor> {
        let Some(index) = written.member else { return Vec::new() };
        let called = written.name.as_ref().map(|name| self.constructors(name, place));
        let is_called = |ty: TypeRef| {
            called.as_ref().is_none_or(|called| called.iter().any(|found| found.ty == ty && found.index == index))
        };
        let types = written.types(|digits| self.env.hashes(digits)).into_iter().filter(|ty| is_called(*ty));
        let found = types.filter_map(|ty| {
            let declaration = self.env.declaration(ty)?;
            let member = declaration.constructors.get(index as usize)?;
            let name = Name::new(self.type_text(ty)).join(&Name::new(member.name.clone()));
            Some(Constructor { ty, index, name, operation: declaration.kind == DeclarationKind::Ability })
        });
        found.collect()
    }

    /// How to call a definition outside the files: by its hash, if it has no name.
    fn name_of(&self, term: TermRef) -> Name {
        let unnamed = || match term {
            TermRef::Def(id) => Name::new(hash_reference::text(id, |digits| self.env.hashes(digits))),
            TermRef::Builtin(_) | TermRef::Cycle(_) => Name::new("?"),
        };
        self.env.term_name(term).unwrap_or_else(unnamed)
    }

    fn file_types(&self, name: &Name, file: usize, whole: bool) -> Vec<FoundType> {
        let entries = self.declared.types.get(name).into_iter().flatten().filter(|entry| !whole || entry.name == *name);
        let found = |entry: &Entry<TypeRef>| FoundType { reference: entry.target, name: entry.name.clone() };
        own_first(entries, file).into_iter().map(found).collect()
    }

    fn environment_types(&self, name: &Name, whole: bool) -> Vec<FoundType> {
        let outside = self.outside_types(name);
        let found = outside.iter().filter(|entry| !whole || entry.name == *name).cloned();
        let found = lowest(found.collect(), |entry| entry.level).into_iter();
        unique(found.map(|entry| FoundType { reference: entry.reference, name: entry.name }).collect(), |found| {
            found.reference
        })
    }

    fn environment_constructors(&self, name: &Name, whole: bool) -> Vec<Constructor> {
        let outside = self.outside_constructors(name);
        let found = outside.iter().filter(|entry| !whole || entry.name == *name).cloned();
        let found = lowest(found.collect(), |entry| entry.level).into_iter().map(|entry| Constructor {
            ty: entry.reference,
            index: entry.index,
            operation: self.declaration(entry.reference).is_some_and(|d| d.kind == DeclarationKind::Ability),
            name: entry.name,
        });
        unique(found.collect(), |constructor| (constructor.ty, constructor.index))
    }

    fn suffix_constructors(&self, name: &Name, file: usize) -> Vec<Constructor> {
        let entries = self.declared.constructors.get(name).into_iter().flatten();
        let found: Vec<Constructor> = own_first(entries, file).into_iter().map(|entry| entry.target.clone()).collect();
        if found.is_empty() { self.environment_constructors(name, false) } else { found }
    }

    fn exact_file_terms(&self, name: &Name, file: usize) -> Vec<Target> {
        let terms = exact(&self.declared.terms, name, file).into_iter().map(Target::Top);
        terms.chain(exact(&self.declared.constructors, name, file).into_iter().map(Target::Constructor)).collect()
    }

    fn exact_environment_terms(&self, name: &Name) -> Vec<Target> {
        let found: Vec<_> = self.outside_terms(name).iter().filter(|entry| entry.name == *name).cloned().collect();
        let terms = lowest(found, |entry| entry.level)
            .into_iter()
            .map(|entry| Target::Term { reference: entry.reference, name: entry.name });
        let constructors = self.environment_constructors(name, true).into_iter().map(Target::Constructor);
        unique(terms.chain(constructors).collect(), key)
    }

    /// Definitions of all levels, but one that is hidden by another one of the same full name.
    fn suffix_terms(&self, name: &Name, file: usize) -> Vec<Target> {
        let mut found: Vec<Target> =
            self.declared.terms.get(name).into_iter().flatten().map(|entry| Target::Top(entry.target)).collect();
        let outside = self.outside_terms(name);
        for entry in outside.iter() {
            let hidden =
                self.declared.terms.get(&entry.name).is_some_and(|own| own.iter().any(|own| own.name == entry.name))
                    || outside.iter().any(|other| other.name == entry.name && other.level < entry.level);
            if !hidden {
                found.push(Target::Term { reference: entry.reference, name: entry.name.clone() });
            }
        }
        found.extend(self.suffix_constructors(name, file).into_iter().map(Target::Constructor));
        unique(found, key)
    }

    /// Names like one that means nothing, nearest first.
    pub fn similar_terms(&self, name: &Name, locals: impl Iterator<Item = Name>) -> Vec<Name> {
        if self.hints.unwanted {
            return Vec::new();
        }
        let alike = self.hints.terms.get_or_init(|| {
            let constructors = self.declared.constructors.values().flatten().map(|entry| entry.name.clone());
            let own = self.declared.term_names.iter().cloned().chain(constructors);
            let outside = self.env.all_term_names().into_iter().filter(|name| !is_internal(name));
            Alike::of(own.collect(), outside.collect())
        });
        let (own, outside) = alike.near(name);
        own_first_similar(name, locals.chain(own), outside)
    }

    /// Constructors, or operations, that are called like one that means nothing, nearest first.
    pub fn similar_constructors(&self, name: &Name, place: &Place, operation: bool) -> Vec<Name> {
        let own = self.declared.constructors.values().flatten().map(|entry| entry.name.clone());
        let outside = self.env.all_term_names();
        let limit = similar_limit(name.last());
        let is_near = |other: &Name| base::similar::distance(name.last(), other.last()) <= limit;
        let is_one = |other: &Name| self.constructors(other, place).iter().any(|found| found.operation == operation);
        let outside = outside.into_iter().filter(|other| is_near(other) && is_one(other)).collect();
        own_first_similar(name, own.filter(|other| is_near(other) && is_one(other)), outside)
    }

    /// Whether all constructors (or operations) that are called so belong to this type.
    pub fn is_only_constructor(&self, member: &str, ty: TypeRef) -> bool {
        let name = Name::new(member);
        match self.declared.constructors.get(&name) {
            Some(own) => own.iter().all(|entry| entry.target.ty == ty),
            None => self.outside_constructors(&name).iter().all(|found| found.reference == ty),
        }
    }

    /// The constructors of the files' types, in alphabetical order.
    fn own_constructors(&self) -> Vec<Target> {
        let whole = self.declared.constructors.iter();
        let whole = whole.flat_map(|(name, all)| all.iter().filter(move |entry| entry.name == *name));
        let mut all: Vec<&Entry<Constructor>> = whole.filter(|entry| !entry.target.operation).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all.into_iter().map(|entry| Target::Constructor(entry.target.clone())).collect()
    }

    /// The definitions and constructors outside the files, each under one name.
    fn suggested_outside(&self) -> Vec<Target> {
        let mut names = self.env.all_term_names();
        names.sort();
        names.dedup();
        let mut seen = BTreeSet::new();
        let all = names.iter().take(OUTSIDE_MAX).flat_map(|name| self.exact_environment_terms(name));
        let is_value = |target: &Target| !matches!(target, Target::Constructor(constructor) if constructor.operation);
        all.filter(|target| is_value(target) && seen.insert(key(target))).collect()
    }

    /// What may be suggested: the files' definitions and constructors, then what is outside.
    pub fn suggestions(&self) -> &Suggestions {
        self.hints.suggestions.get_or_init(|| {
            if self.hints.unwanted {
                return Suggestions::default();
            }
            // Watches, which come behind the definitions, are nothing that one could mean.
            let tops = (0..self.top_count()).map(|top| (Target::Top(top), false));
            let constructors = self.own_constructors().into_iter().map(|target| (target, false));
            let outside = self.suggested_outside().into_iter().map(|target| (target, true));
            let all = tops.chain(constructors).chain(outside).map(|(target, outside)| {
                let name = self.target_name(&target);
                Suggestion { target, name, outside }
            });
            let is_meant = |it: &Suggestion| matches!(it.target, Target::Top(_)) || !is_internal(&it.name);
            Suggestions::of(all.filter(is_meant).collect())
        })
    }

    pub fn similar_types(&self, name: &Name) -> Vec<Name> {
        if self.hints.unwanted {
            return Vec::new();
        }
        let alike = self
            .hints
            .types
            .get_or_init(|| Alike::of(self.declared.type_names.values().cloned().collect(), self.env.all_type_names()));
        let (own, outside) = alike.near(name);
        own_first_similar(name, own.into_iter(), outside)
    }
}

/// Whether a name is one that programs do not use.
fn is_internal(name: &Name) -> bool {
    name.as_str().split('.').any(|segment| matches!(segment, "internal" | "impl"))
}

/// The order in which names are looked for.
struct Finder<F, E, S> {
    in_files: F,
    in_environment: E,
    by_suffix: S,
}

impl<F, E, S> Finder<F, E, S> {
    fn find<T: PartialEq>(&self, name: &Name, place: &Place) -> Vec<T>
    where
        F: Fn(&Name) -> Vec<T>,
        E: Fn(&Name) -> Vec<T>,
        S: Fn(&Name) -> Vec<T>,
    {
        let nearer = self.before_suffix(name, place);
        if nearer.is_empty() { (self.by_suffix)(name) } else { nearer }
    }

    /// What a name means if it does not mean whatever ends in it.
    fn before_suffix<T: PartialEq>(&self, name: &Name, place: &Place) -> Vec<T>
    where
        F: Fn(&Name) -> Vec<T>,
        E: Fn(&Name) -> Vec<T>,
        S: Fn(&Name) -> Vec<T>,
    {
        let named = place.clauses().filter(|clause| brings(clause, name));
        let mut found = self.through(named, name);
        if found.is_empty() {
            found =
                qualified(name, place).iter().map(&self.in_files).find(|found| !found.is_empty()).unwrap_or_default();
        }
        if found.is_empty() {
            found = self.through(place.clauses().filter(|clause| clause.names.is_empty()), name);
        }
        if found.is_empty() { (self.in_environment)(name) } else { found }
    }

    fn through<'u, T: PartialEq>(&self, uses: impl Iterator<Item = &'u Use>, name: &Name) -> Vec<T>
    where
        S: Fn(&Name) -> Vec<T>,
    {
        let mut all = Vec::new();
        for found in uses.flat_map(|clause| (self.by_suffix)(&clause.prefix.name.join(name))) {
            if !all.contains(&found) {
                all.push(found);
            }
        }
        all
    }
}

/// Whether `use Prefix a b` is about this name: `a`, or `a.c`.
fn brings(clause: &Use, name: &Name) -> bool {
    clause.names.iter().any(|brought| {
        let rest = name.as_str().strip_prefix(brought.name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The name in the namespace where it stands, then in those around it, then alone.
fn qualified(name: &Name, place: &Place) -> Vec<Name> {
    let mut namespace = place.head.namespace.clone();
    let mut all = Vec::new();
    while let Some(current) = namespace {
        all.push(current.join(name));
        namespace = current.parent();
    }
    all.push(name.clone());
    all
}

fn insert<T: Clone>(map: &mut Suffixes<T>, entry: Entry<T>) {
    for suffix in entry.name.suffixes() {
        map.entry(suffix).or_default().push(entry.clone());
    }
}

fn exact<T: Clone>(map: &Suffixes<T>, name: &Name, file: usize) -> Vec<T> {
    let entries = map.get(name).into_iter().flatten().filter(|entry| entry.name == *name);
    own_first(entries, file).into_iter().map(|entry| entry.target.clone()).collect()
}

/// The entries of the own file, or if there are none, all.
fn own_first<'e, T>(entries: impl Iterator<Item = &'e Entry<T>>, file: usize) -> Vec<&'e Entry<T>> {
    let all: Vec<&Entry<T>> = entries.collect();
    let own: Vec<&Entry<T>> = all.iter().copied().filter(|entry| entry.file == file).collect();
    if own.is_empty() { all } else { own }
}

/// Those of the lowest level that has any.
fn lowest<T>(entries: Vec<T>, level: impl Fn(&T) -> u8) -> Vec<T> {
    let lowest = entries.iter().map(&level).min();
    entries.into_iter().filter(|entry| Some(level(entry)) == lowest).collect()
}

/// One of each key, the first.
fn unique<T, K: Ord>(mut entries: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    if entries.len() > 1 {
        let mut seen = BTreeSet::new();
        entries.retain(|entry| seen.insert(key(entry)));
    }
    entries
}

/// What a target is, whatever its name.
fn key(target: &Target) -> (Option<usize>, Option<TermRef>, Option<(TypeRef, u32)>) {
    match target {
        Target::Top(top) => (Some(*top), None, None),
        Target::Term { reference, .. } => (None, Some(*reference), None),
        Target::Constructor(constructor) => (None, None, Some((constructor.ty, constructor.index))),
    }
}

/// How many names are looked at for their types.
const OUTSIDE_MAX: usize = 20_000;
