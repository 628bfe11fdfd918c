//! The codebase as others see it.

use crate::cache::{Cache, Interface};
use crate::error::CodebaseError;
use crate::filter::Filter;
use crate::findings;
use crate::history::{self, Change, ChangeId, ChangeKind, Log, NameChange, Note};
use crate::names::{self, Named, Reference, Sort};
use crate::objects::{self, Origin};
use crate::open::{self, Opened};
use crate::presence::Presence;
use crate::shape::Shape;
use crate::shapes::{self, Column, Shaped};
use crate::sources::{self, SourceText};
use crate::uses::Uses;
use base::{Hash, Name};
use hash::store::StoreId;
use hash::{Object, SourceKey, parse_term_ref, parse_type_ref};
use kernel::{Declaration, DefId, Signature, TermRef, TypeRef};
use rusqlite::{Connection, TransactionBehavior};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// An open codebase. Threads may share it.
pub struct Codebase {
    connection: Mutex<Connection>,
    /// Taken when the codebase is closed.
    presence: Option<Presence>,
    id: StoreId,
    epoch: u64,
    cache: Cache,
    filter: Filter,
    used: Mutex<Uses>,
    /// The first failure of a lookup that cannot report one.
    failure: Mutex<Option<CodebaseError>>,
}

/// So many objects of one batch need more memory than others.
const MANY_OBJECTS: usize = 5_000;

/// The pages in memory then: 64 MB, in the unit of SQLite.
const LARGE_CACHE: i64 = -64 << 10;

/// What lands together, or not at all.
#[derive(Clone, Default, Debug)]
pub struct Batch {
    /// In any order. Those that are there already are left alone.
    pub objects: Vec<Object>,
    /// Names to give. A name that meant something else means this from now on.
    pub terms: Vec<(Name, TermRef)>,
    pub types: Vec<(Name, TypeRef)>,
    /// The text from which a definition came, under a name.
    pub sources: Vec<SourceText>,
    /// What checking gave, by the key of its source.
    pub source_keys: Vec<(SourceKey, Vec<TermRef>)>,
    /// Names to take away if they mean this, unless they are given anew.
    pub removed: Vec<(Name, Reference)>,
    /// What the history says about it.
    pub note: Note,
    /// The batch was made for the names as they were after this change; if there is a later one, nothing lands.
    pub since: Option<ChangeId>,
}

impl Codebase {
    /// Opens the file, and makes it and its directories if they are not there.
    pub fn open(path: &Path) -> Result<Codebase, CodebaseError> {
        open::file(path).map(Codebase::from)
    }

    /// Opens a file that nobody changes meanwhile, where perhaps nothing can be written.
    pub fn open_read_only(path: &Path) -> Result<Codebase, CodebaseError> {
        let opened = open::image(path)?;
        let mut image = Codebase::from(opened);
        image.filter = Filter::fixed();
        Ok(image)
    }

    /// A codebase that ends with the process.
    pub fn in_memory() -> Result<Codebase, CodebaseError> {
        open::memory().map(Codebase::from)
    }

    /// Closes it, and reports what dropping it would not. If nobody else has it open, everything is in the one file then, which may be moved.
    pub fn close(mut self) -> Result<(), CodebaseError> {
        if self.leave()? { open::gather(&self.connection()) } else { Ok(()) }
    }

    /// Says whether nobody has it open any more.
    fn leave(&mut self) -> Result<bool, CodebaseError> {
        if self.presence.is_none() {
            return Ok(false);
        }
        self.note_uses()?;
        let Some(presence) = self.presence.take() else { return Ok(false) };
        let mut connection = self.connection();
        end_reading(&connection)?;
        open::leave(&mut connection, presence)
    }

    pub fn id(&self) -> StoreId {
        self.id
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Lands a batch, unless a lookup has failed before. Gives the entry of the history, if names have changed.
    pub fn add(&self, batch: &Batch, now_ms: u64) -> Result<Option<ChangeId>, CodebaseError> {
        self.failure()?;
        self.with_room_for(batch.objects.len(), || self.land(batch, now_ms))
    }

    /// Where very much lands, its pages stay in memory until it is there: it lands in the order of its hashes, which is none.
    fn with_room_for<T>(
        &self,
        objects: usize,
        act: impl FnOnce() -> Result<T, CodebaseError>,
    ) -> Result<T, CodebaseError> {
        if objects < MANY_OBJECTS {
            return act();
        }
        let kept: i64 = self.read(|db| Ok(db.query_row("PRAGMA cache_size", [], |row| row.get(0))?))?;
        self.read(|db| Ok(db.pragma_update(None, "cache_size", LARGE_CACHE)?))?;
        let result = act();
        self.read(|db| Ok(db.pragma_update(None, "cache_size", kept)?))?;
        result
    }

    fn land(&self, batch: &Batch, now_ms: u64) -> Result<Option<ChangeId>, CodebaseError> {
        self.write(|db| {
            if let Some(since) = batch.since
                && history::head(db)? != since
            {
                return Err(CodebaseError::Moved);
            }
            let landed = objects::put(db, &batch.objects, &BTreeSet::new(), Origin::Added, now_ms)?;
            let change = self.give_names(db, batch, now_ms)?;
            for source in &batch.sources {
                self.must_exist(db, source.of)?;
                sources::put_text(db, source)?;
            }
            for (key, references) in &batch.source_keys {
                let is_new = |term: &TermRef| matches!(term, TermRef::Def(id) if landed.contains(&id.component));
                let old = references.iter().filter(|term| !is_new(term));
                old.into_iter().try_for_each(|term| self.must_exist(db, Reference::Term(*term)))?;
                sources::put_key(db, *key, references)?;
            }
            Ok(change)
        })
    }

    fn give_names(&self, db: &Connection, batch: &Batch, now_ms: u64) -> Result<Option<ChangeId>, CodebaseError> {
        let terms = batch.terms.iter().map(|(name, term)| (name.clone(), Reference::Term(*term)));
        let types = batch.types.iter().map(|(name, ty)| (name.clone(), Reference::Type(*ty)));
        let named: Vec<(Name, Reference)> = types.chain(terms).collect();
        named.iter().try_for_each(|(_, reference)| self.must_exist(db, *reference))?;
        let again: BTreeSet<(Sort, &Name)> = named.iter().map(|(name, of)| (of.sort(), name)).collect();
        let mut log = Log::new(&batch.note, None, now_ms);
        for (name, reference) in batch.removed.iter().filter(|(name, of)| !again.contains(&(of.sort(), name))) {
            names::remove(db, &mut log, name, *reference)?;
        }
        for (name, reference) in &named {
            self.give_name(db, &mut log, name, *reference)?;
        }
        Ok(log.entry())
    }

    pub(crate) fn give_name(
        &self,
        db: &Connection,
        log: &mut Log<'_>,
        name: &Name,
        reference: Reference,
    ) -> Result<(), CodebaseError> {
        if !names::assign(db, log, name, reference)? {
            return Ok(());
        }
        match reference {
            Reference::Term(term) => shapes::put_term(db, term),
            Reference::Type(ty) => {
                self.name_constructors(db, name, ty)?;
                shapes::put_type(db, ty)
            }
        }
    }

    /// Takes the latest change of names back that stands. Gives what was taken back; nothing if there is none.
    pub fn undo(&self, now_ms: u64) -> Result<Option<Change>, CodebaseError> {
        self.write(|db| {
            let Some(change) = history::undoable(db)? else { return Ok(None) };
            self.turn(db, &change, ChangeKind::Undo, now_ms)?;
            Ok(Some(change))
        })
    }

    /// Takes one change back. Nothing if it is taken back already, or if one of its names has come to mean something else since.
    pub fn undo_change(&self, id: ChangeId, now_ms: u64) -> Result<Option<Change>, CodebaseError> {
        self.write(|db| {
            let Some(change) = history::with_id(db, id)?.filter(|change| !change.undone) else { return Ok(None) };
            for NameChange { name, old, new } in &change.names {
                let Some(of) = new.or(*old) else { continue };
                if names::current(db, of.sort(), name)? != new.map(Reference::text) {
                    return Ok(None);
                }
            }
            self.turn(db, &change, ChangeKind::Undo, now_ms)?;
            Ok(Some(change))
        })
    }

    /// Brings back what the last undo took back. Gives what was brought back; nothing if nothing was taken back, or something else was changed since.
    pub fn redo(&self, now_ms: u64) -> Result<Option<Change>, CodebaseError> {
        self.write(|db| {
            let Some(change) = history::redoable(db)? else { return Ok(None) };
            self.turn(db, &change, ChangeKind::Redo, now_ms)?;
            Ok(Some(change))
        })
    }

    fn turn(&self, db: &Connection, change: &Change, kind: ChangeKind, now_ms: u64) -> Result<(), CodebaseError> {
        let note = Note { kind, what: format!("{} {}", change.note.kind.text(), change.note.what).trim().to_string() };
        let mut log = Log::new(&note, Some(change.id), now_ms);
        for NameChange { name, old, new } in &change.names {
            let (from, to) = if kind == ChangeKind::Undo { (new, old) } else { (old, new) };
            match (from, to) {
                (_, Some(to)) => self.give_name(db, &mut log, name, *to)?,
                (Some(from), None) => _ = names::remove(db, &mut log, name, *from)?,
                (None, None) => {}
            }
        }
        history::mark(db, change.id, kind == ChangeKind::Undo)
    }

    /// The failure that a lookup met, if there was one: what was looked up since may be wrong.
    pub fn failure(&self) -> Result<(), CodebaseError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    /// All terms whose name has this suffix.
    pub fn terms_by_suffix(&self, suffix: &Name) -> Vec<(Name, TermRef)> {
        let found = self.by_suffix(Sort::Term, suffix);
        found.into_iter().filter_map(|named| Some((named.name, parse_term_ref(&named.reference)?))).collect()
    }

    /// All types and abilities whose name has this suffix.
    pub fn types_by_suffix(&self, suffix: &Name) -> Vec<(Name, TypeRef)> {
        let found = self.by_suffix(Sort::Type, suffix);
        found.into_iter().filter_map(|named| Some((named.name, parse_type_ref(&named.reference)?))).collect()
    }

    /// All constructors and operations whose name (that of the type, a dot, its own) has this suffix.
    pub fn constructors_by_suffix(&self, suffix: &Name) -> Vec<(Name, TypeRef, u32)> {
        let found = self.by_suffix(Sort::Constructor, suffix);
        let constructor = |named: Named| Some((named.name, parse_type_ref(&named.reference)?, named.member));
        found.into_iter().filter_map(constructor).collect()
    }

    fn by_suffix(&self, sort: Sort, suffix: &Name) -> Vec<Named> {
        self.lookup(|db| match self.filter.may_have_name(db, sort, suffix)? {
            true => names::by_suffix(db, sort, suffix),
            false => Ok(Vec::new()),
        })
    }

    pub fn term_names(&self) -> Vec<Name> {
        self.lookup(|db| names::all(db, Sort::Term))
    }

    pub fn type_names(&self) -> Vec<Name> {
        self.lookup(|db| names::all(db, Sort::Type))
    }

    /// A name of this term; if it has several, the first one.
    pub fn name_of_term(&self, term: TermRef) -> Option<Name> {
        self.lookup(|db| names::of(db, Reference::Term(term)))
    }

    /// A name of this type; if it has several, the first one.
    pub fn name_of_type(&self, ty: TypeRef) -> Option<Name> {
        self.lookup(|db| names::of(db, Reference::Type(ty)))
    }

    /// The type of a definition. Nothing for a builtin.
    pub fn signature(&self, term: TermRef) -> Option<Arc<Signature>> {
        let TermRef::Def(DefId { component, index }) = term else { return None };
        match self.lookup(|db| self.interface(db, component))? {
            Interface::Terms(signatures) => signatures.get(index as usize).cloned(),
            Interface::Types(_) => None,
        }
    }

    /// The declaration of a type or ability as it looks from outside, without `Cycle`. Nothing for a builtin.
    pub fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        let TypeRef::Def(DefId { component, index }) = ty else { return None };
        match self.lookup(|db| self.interface(db, component))? {
            Interface::Types(declarations) => declarations.get(index as usize).cloned(),
            Interface::Terms(_) => None,
        }
    }

    /// The components whose text form starts with these digits, at most so many.
    pub fn hashes_like(&self, digits: &str, limit: u32) -> Vec<Hash> {
        self.lookup(|db| objects::with_prefix(db, digits, limit))
    }

    /// What checking this source gave, if it was checked before.
    pub fn known(&self, key: SourceKey) -> Option<Vec<TermRef>> {
        self.lookup(|db| match self.filter.may_have_key(db, key)? {
            true => sources::known(db, key),
            false => Ok(None),
        })
    }

    /// What a definition without parameters has been computed to, by a compiler of this version: the bytes of a portable value.
    pub fn result(&self, of: DefId, compiler: &str) -> Result<Option<Vec<u8>>, CodebaseError> {
        self.read(|db| findings::result(db, of, compiler))
    }

    /// Remembers results of definitions, all in one transaction.
    pub fn keep_results(&self, compiler: &str, results: &[(DefId, &[u8])]) -> Result<(), CodebaseError> {
        self.write(|db| results.iter().try_for_each(|(of, value)| findings::put_result(db, *of, compiler, value)))
    }

    /// How many definitions the files of a place have, if they were found to be free of mistakes in this state and in no other one since.
    pub fn clean(&self, place: &Hash, state: &Hash) -> Result<Option<u64>, CodebaseError> {
        self.read(|db| findings::clean(db, place, state))
    }

    /// Remembers that the files of a place are free of mistakes in this state. Fails if a lookup has failed before.
    pub fn keep_clean(&self, place: &Hash, state: &Hash, definitions: u64) -> Result<(), CodebaseError> {
        self.failure()?;
        self.write(|db| findings::put_clean(db, place, state, definitions))
    }

    /// An object, verified.
    pub fn object(&self, hash: &Hash) -> Result<Option<Object>, CodebaseError> {
        self.read(|db| objects::get(db, hash))
    }

    /// The components that refer to this one, ascending.
    pub fn dependents(&self, hash: &Hash) -> Result<Vec<Hash>, CodebaseError> {
        self.read(|db| objects::dependents(db, hash))
    }

    /// The components whose text form starts so, with or without the `#`; at most so many.
    pub fn resolve_hash_prefix(&self, prefix: &str, limit: u32) -> Result<Vec<Hash>, CodebaseError> {
        self.read(|db| objects::with_prefix(db, prefix.strip_prefix('#').unwrap_or(prefix), limit))
    }

    /// How a hash is shown here: the shortest prefix that no other object has, at least [`base::hash::SHORT_LEN`] digits.
    pub fn short(&self, hash: &Hash) -> Result<String, CodebaseError> {
        let digits = self.read(|db| objects::unique_digits(db, hash))?;
        Ok(format!("#{}", &hash.to_text()[..digits]))
    }

    /// The text from which a definition came, under this name: the latest one.
    pub fn source_of(&self, name: &Name, of: Reference) -> Result<Option<SourceText>, CodebaseError> {
        Ok(self.sources_of(of)?.into_iter().find(|source| source.name == *name))
    }

    /// The texts of a definition under all names that it has or had, the latest of each name first.
    pub fn sources_of(&self, of: Reference) -> Result<Vec<SourceText>, CodebaseError> {
        self.read(|db| sources::texts(db, of))
    }

    /// The accessors that a type's declaration made, as far as they have their names.
    pub fn made_by(&self, maker: &Name) -> Result<Vec<(Name, Reference)>, CodebaseError> {
        self.read(|db| sources::made_by(db, maker))
    }

    /// The names whose text or comments contain a word, with their texts; at most so many.
    pub fn texts_containing(&self, word: &str, limit: u32) -> Result<Vec<(Name, String)>, CodebaseError> {
        self.read(|db| sources::containing(db, word, limit))
    }

    /// Every term and type below a namespace, or every one: types first, each in alphabetical order.
    pub fn named(&self, namespace: Option<&Name>) -> Result<Vec<(Name, Reference)>, CodebaseError> {
        self.read(|db| {
            let types = names::below(db, Sort::Type, namespace)?.into_iter();
            let types = types.filter_map(|n| Some((n.name, Reference::Type(parse_type_ref(&n.reference)?))));
            let terms = names::below(db, Sort::Term, namespace)?.into_iter();
            let terms = terms.filter_map(|n| Some((n.name, Reference::Term(parse_term_ref(&n.reference)?))));
            Ok(types.chain(terms).collect())
        })
    }

    /// Every constructor and operation below a namespace, or every one.
    pub fn named_constructors(&self, namespace: Option<&Name>) -> Result<Vec<(Name, TypeRef, u32)>, CodebaseError> {
        let found = self.read(|db| names::below(db, Sort::Constructor, namespace))?;
        Ok(found.into_iter().filter_map(|n| Some((n.name, parse_type_ref(&n.reference)?, n.member))).collect())
    }

    /// The members of a component that have names, with each of their names.
    pub fn names_in(&self, component: &Hash) -> Result<Vec<(Name, Reference)>, CodebaseError> {
        self.read(|db| names::of_component(db, component))
    }

    /// What a name means: as a type, and as a term.
    pub fn meanings(&self, name: &Name) -> Result<Vec<Reference>, CodebaseError> {
        self.read(|db| {
            let mut found = Vec::new();
            for sort in [Sort::Type, Sort::Term] {
                let text = names::current(db, sort, name)?;
                found.extend(text.and_then(|text| Reference::parse(sort as i64, &text)));
            }
            Ok(found)
        })
    }

    /// Terms and constructors of exactly this type, up to names of variables, abilities, and (`in_any_order`) the order of arguments.
    pub fn of_shape(&self, shape: &Shape, in_any_order: bool, limit: u32) -> Result<Vec<Shaped>, CodebaseError> {
        self.read(|db| match in_any_order {
            true => shapes::find(db, Column::Loose, &shape.loose, limit),
            false => shapes::find(db, Column::Shape, &shape.shape, limit),
        })
    }

    /// Terms and constructors that take as many arguments and may give the same: those of a more general type are among them.
    pub fn of_result(&self, shape: &Shape, limit: u32) -> Result<Vec<Shaped>, CodebaseError> {
        self.read(|db| {
            let mut found = shapes::find(db, Column::Result, &shape.result, limit)?;
            if shape.result != shape.any_result() {
                found.extend(shapes::find(db, Column::Result, &shape.any_result(), limit)?);
            }
            Ok(found)
        })
    }

    /// The latest changes of names, latest first.
    pub fn history(&self, limit: u32) -> Result<Vec<Change>, CodebaseError> {
        self.read(|db| history::latest(db, limit))
    }

    /// The changes of one name, latest first.
    pub fn history_of(&self, name: &Name, limit: u32) -> Result<Vec<Change>, CodebaseError> {
        self.read(|db| history::of_name(db, name, limit))
    }

    /// The changes after one ([`ORIGIN`](crate::ORIGIN): from the beginning), up to another one, earliest first.
    pub fn changes_between(&self, after: ChangeId, until: ChangeId) -> Result<Vec<Change>, CodebaseError> {
        self.read(|db| history::between(db, after, until))
    }

    /// Every name that there is or was.
    pub fn names_ever(&self) -> Result<Vec<Name>, CodebaseError> {
        self.read(history::all_names)
    }

    /// The latest change, or [`ORIGIN`](crate::ORIGIN).
    pub fn head(&self) -> Result<ChangeId, CodebaseError> {
        self.read(history::head)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic interrupted was rolled back when it was dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, CodebaseError>,
    ) -> Result<T, CodebaseError> {
        query(&self.connection())
    }

    /// The lookups of `act` share one read transaction, so that SQLite locks the file once instead of at each of them. A write ends it: what
    /// is looked up after that is what there is then.
    pub fn reading<T>(&self, act: impl FnOnce() -> T) -> T {
        // Inside of another one, there is one.
        let begun = self.read(|db| Ok(db.execute_batch("BEGIN")?));
        if begun.is_ok() {
            self.filter.set_steady(true);
        }
        let result = act();
        if begun.is_ok() {
            self.filter.set_steady(false);
            // If it cannot be ended, the next write tells.
            let _ = self.read(end_reading);
        }
        result
    }

    /// One transaction, which has the write lock from the start: it never has to be given up because another one wrote first.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, CodebaseError>,
    ) -> Result<T, CodebaseError> {
        let mut connection = self.connection();
        end_reading(&connection)?;
        self.filter.set_steady(false);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = change(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Somebody was told that these are there, and may rely on it.
    pub(crate) fn uses(&self, hashes: impl Iterator<Item = Hash>) {
        self.used().add(hashes, Instant::now());
    }

    /// Writes down what was used since it was last done.
    pub(crate) fn note_uses(&self) -> Result<(), CodebaseError> {
        let used = self.used().take_new();
        self.touch(&used)
    }

    /// Writes down as used now what was used for so long, and forgets what was used before.
    pub(crate) fn renew_uses(&self, lasting: Duration) -> Result<(), CodebaseError> {
        let used = self.used().lasting(lasting, Instant::now());
        self.touch(&used)
    }

    fn touch(&self, used: &BTreeSet<Hash>) -> Result<(), CodebaseError> {
        if used.is_empty() { Ok(()) } else { self.write(|db| objects::touch(db, used)) }
    }

    fn used(&self) -> MutexGuard<'_, Uses> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no other process has it open. For use in a transaction that writes.
    pub(crate) fn has_no_company(&self) -> Result<bool, CodebaseError> {
        Ok(self.presence.as_ref().map_or(Ok(true), Presence::has_no_company)?)
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    fn lookup<T: Default>(&self, query: impl FnOnce(&Connection) -> Result<T, CodebaseError>) -> T {
        self.read(query).unwrap_or_else(|error| {
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            T::default()
        })
    }

    fn interface(&self, db: &Connection, component: Hash) -> Result<Option<Interface>, CodebaseError> {
        if let Some(interface) = self.cache.get(&component) {
            return Ok(Some(interface));
        }
        let Some(object) = objects::get(db, &component)? else { return Ok(None) };
        let interface = Interface::of(&object);
        self.cache.put(component, interface.clone());
        Ok(Some(interface))
    }

    /// Only what is there gets a name. The cache cannot answer this within a transaction that may be rolled back.
    pub(crate) fn must_exist(&self, db: &Connection, reference: Reference) -> Result<(), CodebaseError> {
        let (Reference::Term(TermRef::Def(id)) | Reference::Type(TypeRef::Def(id))) = reference else { return Ok(()) };
        if objects::has(db, &id.component)? { Ok(()) } else { Err(CodebaseError::Dangling(id.component)) }
    }

    fn name_constructors(&self, db: &Connection, name: &Name, ty: TypeRef) -> Result<(), CodebaseError> {
        let declaration = match ty {
            TypeRef::Def(id) => match self.interface(db, id.component)? {
                Some(Interface::Types(declarations)) => declarations.get(id.index as usize).cloned(),
                _ => None,
            },
            TypeRef::Builtin(ty) => kernel::builtins::declaration(ty),
            TypeRef::Cycle(_) => None,
        };
        declaration.map_or(Ok(()), |declaration| names::assign_constructors(db, name, ty, &declaration))
    }
}

/// Ends the transaction of [`Codebase::reading`], if it goes on.
fn end_reading(db: &Connection) -> Result<(), CodebaseError> {
    if db.is_autocommit() { Ok(()) } else { Ok(db.execute_batch("COMMIT")?) }
}

impl From<Opened> for Codebase {
    fn from(opened: Opened) -> Codebase {
        let Opened { connection, presence, id, epoch } = opened;
        let connection = Mutex::new(connection);
        let (cache, filter, used) = (Cache::default(), Filter::default(), Mutex::default());
        Codebase { connection, presence, id, epoch, cache, filter, used, failure: Mutex::new(None) }
    }
}

impl Drop for Codebase {
    fn drop(&mut self) {
        // Whoever wants to know whether it worked calls `close`. If it did not, the next one to open takes it for a crash, which is safe.
        let _ = self.leave();
    }
}
