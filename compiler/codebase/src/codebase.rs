//! The codebase as others see it.

use crate::cache::{Cache, Interface};
use crate::error::CodebaseError;
use crate::names::{self, Change, Named, Reference, Sort};
use crate::objects::{self, Origin};
use crate::open::{self, Opened};
use crate::presence::Presence;
use crate::sources;
use base::{Hash, Name};
use hash::store::StoreId;
use hash::{Object, SourceKey, parse_term_ref, parse_type_ref};
use kernel::{Declaration, DefId, Signature, TermRef, TypeRef};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An open codebase. Threads may share it.
pub struct Codebase {
    connection: Mutex<Connection>,
    /// Taken when the codebase is closed.
    presence: Option<Presence>,
    id: StoreId,
    epoch: u64,
    cache: Cache,
    /// The first failure of a lookup that cannot report one.
    failure: Mutex<Option<CodebaseError>>,
}

/// What lands together, or not at all.
#[derive(Clone, Default, Debug)]
pub struct Batch {
    /// In any order. Those that are there already are left alone.
    pub objects: Vec<Object>,
    /// Names to give. A name that meant something else means this from now on.
    pub terms: Vec<(Name, TermRef)>,
    pub types: Vec<(Name, TypeRef)>,
    /// The text from which a definition came, under a name.
    pub sources: Vec<(Name, Reference, Arc<str>)>,
    /// What checking gave, by the key of its source.
    pub source_keys: Vec<(SourceKey, Vec<TermRef>)>,
}

impl Codebase {
    /// Opens the file, and makes it and its directories if they are not there.
    pub fn open(path: &Path) -> Result<Codebase, CodebaseError> {
        open::file(path).map(Codebase::from)
    }

    /// Opens a file that nobody changes meanwhile, where perhaps nothing can be written.
    pub fn open_read_only(path: &Path) -> Result<Codebase, CodebaseError> {
        open::image(path).map(Codebase::from)
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
        let Some(presence) = self.presence.take() else { return Ok(false) };
        open::leave(&mut self.connection(), presence)
    }

    pub fn id(&self) -> StoreId {
        self.id
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Lands a batch, unless a lookup has failed before.
    pub fn add(&self, batch: &Batch, now_ms: u64) -> Result<(), CodebaseError> {
        self.failure()?;
        self.write(|db| {
            objects::put(db, &batch.objects, Origin::Added, now_ms)?;
            let terms = batch.terms.iter().map(|(name, term)| (name.clone(), Reference::Term(*term)));
            let types = batch.types.iter().map(|(name, ty)| (name.clone(), Reference::Type(*ty)));
            let named: Vec<(Name, Reference)> = types.chain(terms).collect();
            named.iter().try_for_each(|(_, reference)| self.must_exist(db, *reference))?;
            let changed = names::assign(db, &named, now_ms)?;
            for ((name, reference), changed) in named.iter().zip(changed) {
                if let (Reference::Type(ty), true) = (reference, changed) {
                    self.name_constructors(db, name, *ty)?;
                }
            }
            for (name, of, text) in &batch.sources {
                self.must_exist(db, *of)?;
                sources::put_text(db, name, *of, text)?;
            }
            for (key, references) in &batch.source_keys {
                references.iter().try_for_each(|term| self.must_exist(db, Reference::Term(*term)))?;
                sources::put_key(db, *key, references)?;
            }
            Ok(())
        })
    }

    /// The failure that a lookup met, if there was one: what was looked up since may be wrong.
    pub fn failure(&self) -> Result<(), CodebaseError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    /// All terms whose name has this suffix.
    pub fn terms_by_suffix(&self, suffix: &Name) -> Vec<(Name, TermRef)> {
        let found = self.lookup(|db| names::by_suffix(db, Sort::Term, suffix));
        found.into_iter().filter_map(|named| Some((named.name, parse_term_ref(&named.reference)?))).collect()
    }

    /// All types and abilities whose name has this suffix.
    pub fn types_by_suffix(&self, suffix: &Name) -> Vec<(Name, TypeRef)> {
        let found = self.lookup(|db| names::by_suffix(db, Sort::Type, suffix));
        found.into_iter().filter_map(|named| Some((named.name, parse_type_ref(&named.reference)?))).collect()
    }

    /// All constructors and operations whose name (that of the type, a dot, its own) has this suffix.
    pub fn constructors_by_suffix(&self, suffix: &Name) -> Vec<(Name, TypeRef, u32)> {
        let found = self.lookup(|db| names::by_suffix(db, Sort::Constructor, suffix));
        let constructor = |named: Named| Some((named.name, parse_type_ref(&named.reference)?, named.member));
        found.into_iter().filter_map(constructor).collect()
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

    /// What checking this source gave, if it was checked before.
    pub fn known(&self, key: SourceKey) -> Option<Vec<TermRef>> {
        self.lookup(|db| sources::known(db, key))
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

    /// The text from which a definition came, under this name.
    pub fn source_of(&self, name: &Name, of: Reference) -> Result<Option<String>, CodebaseError> {
        self.read(|db| sources::text(db, name, of))
    }

    /// The latest changes of names, latest first.
    pub fn history(&self, limit: u32) -> Result<Vec<Change>, CodebaseError> {
        self.read(|db| names::history(db, limit))
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

    /// One transaction, which has the write lock from the start: it never has to be given up because another one wrote first.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, CodebaseError>,
    ) -> Result<T, CodebaseError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = change(&transaction)?;
        transaction.commit()?;
        Ok(result)
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
    fn must_exist(&self, db: &Connection, reference: Reference) -> Result<(), CodebaseError> {
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

impl From<Opened> for Codebase {
    fn from(opened: Opened) -> Codebase {
        let Opened { connection, presence, id, epoch } = opened;
        let connection = Mutex::new(connection);
        Codebase { connection, presence, id, epoch, cache: Cache::default(), failure: Mutex::new(None) }
    }
}

impl Drop for Codebase {
    fn drop(&mut self) {
        // Whoever wants to know whether it worked calls `close`. If it did not, the next one to open takes it for a crash, which is safe.
        let _ = self.leave();
    }
}
