//! What all tasks of a process share: code and descriptors.
//!
//! # Safety
//! Entries and descriptors are allocated once, never moved, and freed only when the machine is dropped. [`EntryRef`] and [`DescRef`] are held by
//! the machine's own code and by tasks (in their heaps, stacks and states), and each task keeps its machine alive; so a reference never outlives
//! what it points at. Neither type leaves the crate.

use crate::code::{Clauses, Code};
use crate::compile;
use crate::instructions::Dispatch;
use crate::native::{Generator, Native, Sites, Source, Tier, When};
use crate::profile::Profile;
use crate::wrapper;
use builtin::{BuiltinType, NAMED_TYPES, TUPLE_MAX};
use ir::{CodeId, Function, FunctionRef, Rep, Tag};
use kernel::{Declaration, DeclarationKind, DefId, TypeRef};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Code and descriptors by identity. They are never replaced or removed while the machine lives.
pub struct Machine {
    tables: RwLock<Tables>,
    pub(crate) known: Known,
    dispatch: Dispatch,
    tier: Option<Tier>,
    /// What its machine code remembers.
    pub(crate) sites: Sites,
    profile: Option<Arc<Profile>>,
    /// How the names of this process's nodes begin, if it is known.
    home: OnceLock<[u8; 32]>,
}

/// Descriptors that builtins and the interpreter make values of.
pub(crate) struct Known {
    pub(crate) pure: DescRef,
    pub(crate) raise: DescRef,
    pub(crate) unit: DescRef,
    pub(crate) pair: DescRef,
    pub(crate) none: DescRef,
    pub(crate) some: DescRef,
    pub(crate) left: DescRef,
    pub(crate) right: DescRef,
    pub(crate) any: DescRef,
    pub(crate) failure: DescRef,
    pub(crate) cluster: DescRef,
    pub(crate) node: DescRef,
    pub(crate) future: DescRef,
    pub(crate) channel: DescRef,
    pub(crate) ticket: DescRef,
}

/// Why code was not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DefineError {
    /// It names types that are not defined yet: define them first.
    MissingTypes(Vec<TypeRef>),
    /// It does not agree with other code on the parameters or result of this one. A consistent store never causes it.
    Inconsistent(CodeId),
    /// It works on more values at once than an instruction can name.
    TooLarge(CodeId),
}

/// What an entry is the code of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Target {
    /// Of a definition or lambda, called with its arguments in their declared reps.
    Code(CodeId),
    /// Of a definition as a function value: everything tagged.
    Generic(CodeId),
    /// Of a builtin, constructor or operation as a function value.
    Function(FunctionRef),
    /// Performs an operation for an evaluation elsewhere, and has that go on with the answer: see [`wrapper::crossing`].
    Crossing(TypeRef, u32),
}

impl Target {
    /// The definition in whose text the code stands.
    pub(crate) fn definition(&self) -> Option<DefId> {
        match self {
            Target::Code(code) | Target::Generic(code) => Some(code.def),
            Target::Function(_) | Target::Crossing(..) => None,
        }
    }
}

/// Where calls go through: it stays where it is while the code behind it appears, or is replaced by a faster one.
#[repr(align(16))]
pub(crate) struct DefEntry {
    pub(crate) target: Target,
    /// Where the code begins; null until it is defined.
    start: AtomicPtr<u64>,
    /// Its machine code, for calls from machine code; null while there is none.
    direct: AtomicPtr<u8>,
    /// Those of its code; null if they say nothing.
    clauses: AtomicPtr<Clauses>,
    code: OnceLock<Arc<Code>>,
    /// Parameters and result, as the first caller or the definition itself said.
    shape: OnceLock<(Vec<Rep>, Rep)>,
}

/// Where in an entry it says where its code begins.
pub(crate) const START_OFFSET: usize = std::mem::offset_of!(DefEntry, start);
/// And where the address of its machine code is.
pub(crate) const DIRECT_OFFSET: usize = std::mem::offset_of!(DefEntry, direct);

/// What a constructed value is, how many fields it has and which are raw. One for each tag.
#[repr(align(16))]
pub(crate) struct Descriptor {
    pub(crate) tag: Tag,
    pub(crate) fields: Vec<Rep>,
    pub(crate) name: Arc<str>,
    /// Of the ability, if it is a request.
    pub(crate) ability: u64,
    /// Which constructor or operation it is.
    pub(crate) number: u32,
    /// Which of the first 64 fields are tagged, as bits.
    pub(crate) tagged: u64,
    /// Those bits say all that a collection has to know.
    pub(crate) is_simple: bool,
    /// A full collection tells the host which of these it has met.
    pub(crate) is_future: bool,
}

/// Where in a descriptor its number is.
pub(crate) const NUMBER_OFFSET: usize = std::mem::offset_of!(Descriptor, number);

impl Descriptor {
    fn new(tag: Tag, fields: Vec<Rep>, name: Arc<str>, ability: u64) -> Descriptor {
        let number = match tag {
            Tag::Constructor(_, number) | Tag::Request(_, number) => number,
            Tag::Pure => 0,
        };
        let tagged = fields.iter().take(64).enumerate().map(|(i, rep)| u64::from(!rep.is_raw()) << i).sum();
        let is_future = matches!(tag, Tag::Constructor(TypeRef::Builtin(BuiltinType::Future), _));
        let is_simple = fields.len() <= 64 && !is_future;
        Descriptor { tag, fields, name, ability, number, tagged, is_simple, is_future }
    }
}

macro_rules! reference {
    ($name:ident, $of:ty) => {
        /// A reference to something that lives as long as the machine. Equality is identity.
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(NonNull<$of>);

        // SAFETY: a shared reference to something `Sync`, see the module.
        unsafe impl Send for $name {}
        // SAFETY: as above.
        unsafe impl Sync for $name {}

        impl Deref for $name {
            type Target = $of;
            #[inline(always)]
            fn deref(&self) -> &$of {
                // SAFETY: it is alive, see the module.
                unsafe { self.0.as_ref() }
            }
        }

        impl $name {
            fn new(value: $of) -> $name {
                $name(NonNull::from(Box::leak(Box::new(value))))
            }

            /// Frees it. Only the machine's destructor calls this, once for each.
            fn free(self) {
                // SAFETY: made by `new` from a box; nobody else refers to it any more.
                drop(unsafe { Box::from_raw(self.0.as_ptr()) });
            }

            #[inline(always)]
            pub(crate) fn address(self) -> u64 {
                self.0.as_ptr() as u64
            }

            /// The inverse of `address`. Headers and immediates hold addresses of this type only.
            #[inline(always)]
            pub(crate) fn from_address(address: u64) -> $name {
                debug_assert!(address != 0 && address % 16 == 0);
                // SAFETY: not null, see above.
                $name(unsafe { NonNull::new_unchecked(address as *mut $of) })
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:x}", self.address())
            }
        }
    };
}

reference!(EntryRef, DefEntry);
reference!(DescRef, Descriptor);

impl EntryRef {
    /// The code, for as long as the machine lives: what refers to it must not outlive that.
    pub(crate) fn code_forever(self) -> Option<&'static Code> {
        // SAFETY: the entry and its code stay where they are while the machine lives, see the module.
        unsafe { self.0.as_ref() }.code.get().map(|code| &**code)
    }
}

impl DefEntry {
    fn new(target: Target) -> DefEntry {
        let start = AtomicPtr::new(std::ptr::null_mut());
        let direct = AtomicPtr::new(std::ptr::null_mut());
        DefEntry {
            target,
            start,
            direct,
            clauses: AtomicPtr::new(std::ptr::null_mut()),
            code: OnceLock::new(),
            shape: OnceLock::new(),
        }
    }

    pub(crate) fn code(&self) -> Option<&Code> {
        self.code.get().map(|code| &**code)
    }

    /// Where the code begins; null until it is defined.
    #[inline(always)]
    pub(crate) fn start(&self) -> *const u64 {
        self.start.load(Ordering::Acquire)
    }

    /// Takes the code, if there is none yet; gives what there is then.
    fn define(&self, code: Arc<Code>) -> &Arc<Code> {
        let code = self.code.get_or_init(|| code);
        if !code.clauses.of.is_empty() || code.clauses.gives_back {
            self.clauses.store((&raw const *code.clauses).cast_mut(), Ordering::Release);
        }
        let (start, nowhere) = (code.words.as_ptr().cast_mut(), std::ptr::null_mut());
        // If there is another start already, it is that of machine code.
        let _ = self.start.compare_exchange(nowhere, start, Ordering::Release, Ordering::Relaxed);
        code
    }

    /// What its code, as a handler, does with operations by code of their own, and with results; none if that is nothing.
    #[inline(always)]
    pub(crate) fn clauses(&self) -> Option<&Clauses> {
        // SAFETY: null, or inside the code, which the entry keeps.
        unsafe { self.clauses.load(Ordering::Acquire).as_ref() }
    }

    /// The machine code; null while there is none.
    #[inline(always)]
    pub(crate) fn direct(&self) -> *const u8 {
        self.direct.load(Ordering::Acquire)
    }

    /// Calls go to this machine code from now on.
    fn lead_to(&self, native: &Native) {
        self.direct.store(native.address().cast_mut(), Ordering::Release);
        self.start.store(native.start().cast_mut(), Ordering::Release);
    }

    /// The code, for whoever keeps it.
    pub(crate) fn shared_code(&self) -> Option<Arc<Code>> {
        self.code.get().cloned()
    }

    /// The code of a definition or lambda that has to be defined before this entry runs.
    pub(crate) fn definition(&self) -> Option<CodeId> {
        match self.target {
            Target::Code(id) | Target::Generic(id) => Some(id),
            Target::Function(_) | Target::Crossing(..) => None,
        }
    }

    /// Notes what parameters and result are; false if something else was noted before.
    fn agree(&self, params: &[Rep], ret: Rep) -> bool {
        let (known_params, known_ret) = self.shape.get_or_init(|| (params.to_vec(), ret));
        known_params == params && *known_ret == ret
    }
}

/// What is known of a type or ability.
#[derive(Clone)]
pub(crate) struct TypeInfo {
    pub(crate) kind: DeclarationKind,
    /// Of its constructors, or of requests of its operations.
    pub(crate) constructors: Arc<[DescRef]>,
}

#[derive(Default)]
struct Tables {
    entries: BTreeMap<Target, EntryRef>,
    types: BTreeMap<TypeRef, TypeInfo>,
    /// Numbers of the abilities that code names, or that are defined.
    abilities: BTreeMap<TypeRef, u64>,
}

impl Tables {
    fn ability_key(&mut self, ability: TypeRef) -> u64 {
        let next = self.abilities.len() as u64 + 1;
        *self.abilities.entry(ability).or_insert(next)
    }

    fn define_type(&mut self, ty: TypeRef, declaration: &Declaration) {
        if self.types.contains_key(&ty) {
            return;
        }
        let ability = match declaration.kind {
            DeclarationKind::Type => 0,
            DeclarationKind::Ability => self.ability_key(ty),
        };
        let describe = |(index, constructor): (usize, &kernel::Constructor)| {
            let (tag, fields) = match declaration.kind {
                DeclarationKind::Type => {
                    let fields = constructor.fields().into_iter().map(Rep::of).collect();
                    (Tag::Constructor(ty, index as u32), fields)
                }
                DeclarationKind::Ability => {
                    (Tag::Request(ty, index as u32), vec![Rep::V; constructor.arity as usize + 1])
                }
            };
            DescRef::new(Descriptor::new(tag, fields, constructor.name.clone(), ability))
        };
        let constructors = declaration.constructors.iter().enumerate().map(describe).collect();
        self.types.insert(ty, TypeInfo { kind: declaration.kind, constructors });
    }
}

impl Default for Machine {
    fn default() -> Machine {
        Machine::new()
    }
}

impl Machine {
    pub fn new() -> Machine {
        Machine::dispatching(Dispatch::Threaded)
    }

    /// Of which definition the code is in which an instruction stands. It looks at all code: for what happens seldom.
    pub(crate) fn definition_at(&self, pc: *const u64) -> Option<DefId> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let has = |entry: &&EntryRef| entry.code().is_some_and(|code| code.words.as_ptr_range().contains(&pc));
        tables.entries.values().find(has).and_then(|entry| entry.target.definition())
    }

    /// A machine that gets from one instruction to the next in this way.
    pub fn dispatching(dispatch: Dispatch) -> Machine {
        let mut tables = Tables::default();
        let tuples = (0..=TUPLE_MAX).filter(|n| *n != 1).map(BuiltinType::Tuple);
        for ty in NAMED_TYPES.iter().copied().chain(tuples) {
            if let Some(declaration) = kernel::builtins::declaration(ty) {
                tables.define_type(TypeRef::Builtin(ty), &declaration);
            }
        }
        let of = |ty, index: usize| tables.types[&TypeRef::Builtin(ty)].constructors[index];
        let known = Known {
            pure: DescRef::new(Descriptor::new(Tag::Pure, vec![Rep::V], Arc::from("Pure"), 0)),
            raise: of(BuiltinType::Exception, 0),
            unit: of(BuiltinType::Tuple(0), 0),
            pair: of(BuiltinType::Tuple(2), 0),
            none: of(BuiltinType::Optional, 0),
            some: of(BuiltinType::Optional, 1),
            left: of(BuiltinType::Either, 0),
            right: of(BuiltinType::Either, 1),
            any: of(BuiltinType::Any, 0),
            failure: of(BuiltinType::Failure, 0),
            cluster: of(BuiltinType::Cluster, 0),
            node: of(BuiltinType::Node, 0),
            future: of(BuiltinType::Future, 0),
            channel: of(BuiltinType::Channel, 0),
            ticket: of(BuiltinType::Ticket, 0),
        };
        Machine {
            tables: RwLock::new(tables),
            known,
            dispatch,
            tier: None,
            sites: Sites::default(),
            profile: None,
            home: OnceLock::new(),
        }
    }

    /// A machine with a second tier: what this makes of its code.
    pub fn with_generator(generator: Arc<dyn Generator>, when: When) -> Machine {
        let mut machine = Machine::new();
        machine.tier = Some(Tier::new(generator, when));
        machine
    }

    /// From now on its tasks are sampled.
    pub fn sample(&mut self) -> Arc<Profile> {
        self.profile.get_or_insert_default().clone()
    }

    /// Its tasks run at nodes whose names begin like this.
    pub fn lives_at(&self, home: [u8; 32]) {
        // Whoever said so first is right: a machine belongs to one host.
        _ = self.home.set(home);
    }

    pub(crate) fn home(&self) -> Option<&[u8; 32]> {
        self.home.get()
    }

    pub(crate) fn profile(&self) -> Option<&Arc<Profile>> {
        self.profile.as_ref()
    }

    pub(crate) fn tier(&self) -> Option<&Tier> {
        self.tier.as_ref()
    }

    /// Some of its code may be machine code.
    pub(crate) fn has_native(&self) -> bool {
        self.tier.is_some()
    }

    /// Entries to count before a function is compiled; 0 if they are not counted.
    pub(crate) fn heat(&self) -> i32 {
        self.tier.as_ref().map_or(0, Tier::heat)
    }

    /// Leads calls to the machine code of a function.
    pub(crate) fn lead_to(&self, code: &Code, native: &Native) {
        let entry = code.entrance.entry;
        entry.lead_to(native);
        if let Target::Code(id) = entry.target
            && let Some(generic) = self.known(Target::Generic(id))
            && generic.code().is_some_and(|other| std::ptr::eq(other, code))
        {
            generic.lead_to(native);
        }
    }

    pub(crate) fn dispatch(&self) -> Dispatch {
        self.dispatch
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the code of a definition or lambda. Doing it again changes nothing.
    pub fn define(&self, code: ir::Verified) -> Result<(), DefineError> {
        let function = code.function();
        let entry = self.entry(Target::Code(function.id));
        if entry.code().is_some() {
            return Ok(());
        }
        if !entry.agree(&function.params, function.ret) {
            return Err(DefineError::Inconsistent(function.id));
        }
        let compiled = Arc::new(compile::compile(function, entry, self)?);
        let raw = function.ret.is_raw() || compiled.entrance.takes_raw();
        if function.id.lambda == 0 || raw {
            self.define_generic(function, &compiled)?;
        }
        self.taken(entry.define(compiled));
        Ok(())
    }

    /// The same function with everything tagged; its own code if that is so already.
    fn define_generic(&self, function: &Function, code: &Arc<Code>) -> Result<(), DefineError> {
        let entry = self.entry(Target::Generic(function.id));
        if entry.code().is_some() {
            return Ok(());
        }
        let raw = function.ret.is_raw() || code.entrance.takes_raw();
        let generic =
            if raw { Arc::new(compile::compile(&wrapper::generic(function), entry, self)?) } else { code.clone() };
        let generic = entry.define(generic);
        if raw {
            self.taken(generic);
        }
        Ok(())
    }

    /// Takes the declaration of a type or ability. Doing it again changes nothing. Builtin types are always defined.
    pub fn define_type(&self, ty: TypeRef, declaration: &Declaration) {
        self.write().define_type(ty, declaration);
    }

    pub fn is_defined(&self, code: CodeId) -> bool {
        self.read().entries.get(&Target::Code(code)).is_some_and(|entry| entry.code().is_some())
    }

    pub fn is_type_defined(&self, ty: TypeRef) -> bool {
        self.read().types.contains_key(&ty)
    }

    /// The flat code of a definition or lambda as text.
    pub fn disassemble(&self, code: CodeId) -> Option<String> {
        Some(self.known(Target::Code(code))?.code()?.to_string())
    }

    /// The flat code of a definition or lambda, taken apart.
    pub fn source(&self, code: CodeId) -> Option<Source> {
        Some(Source::of(self.known(Target::Code(code))?.code()?))
    }

    /// What stands for an ability in prompts and descriptors of requests: never 0. Only for abilities that code names.
    pub(crate) fn ability_key(&self, ability: TypeRef) -> u64 {
        if let Some(key) = self.read().abilities.get(&ability) {
            return *key;
        }
        self.write().ability_key(ability)
    }

    pub(crate) fn type_info(&self, ty: TypeRef) -> Option<TypeInfo> {
        self.read().types.get(&ty).cloned()
    }

    /// The descriptor of a constructor or request; `None` if the type is not defined, or has no such.
    pub(crate) fn descriptor(&self, tag: Tag) -> Option<DescRef> {
        let (ty, index, kind) = match tag {
            Tag::Constructor(ty, index) => (ty, index, DeclarationKind::Type),
            Tag::Request(ty, index) => (ty, index, DeclarationKind::Ability),
            Tag::Pure => return Some(self.known.pure),
        };
        let info = self.type_info(ty)?;
        if info.kind != kind {
            return None;
        }
        info.constructors.get(index as usize).copied()
    }

    /// The entry of a target if there is one already.
    pub(crate) fn known(&self, target: Target) -> Option<EntryRef> {
        self.read().entries.get(&target).copied()
    }

    /// The entry of a target, without code if it is new.
    pub(crate) fn entry(&self, target: Target) -> EntryRef {
        if let Some(entry) = self.known(target) {
            return entry;
        }
        let mut tables = self.write();
        *tables.entries.entry(target).or_insert_with(|| EntryRef::new(DefEntry::new(target)))
    }

    /// The entry through which code calls other code with arguments in these reps.
    pub(crate) fn callee(&self, id: CodeId, params: &[Rep], ret: Rep) -> Result<EntryRef, DefineError> {
        let entry = self.entry(Target::Code(id));
        if entry.agree(params, ret) { Ok(entry) } else { Err(DefineError::Inconsistent(id)) }
    }

    /// The entry of a builtin, constructor or operation as a function value, with its code. `None` if its type is not defined or it takes no arguments.
    pub(crate) fn function_entry(&self, function: FunctionRef) -> Option<EntryRef> {
        let entry = self.entry_of_function(function)?;
        if entry.code().is_none() {
            let code = wrapper::function(function, self)?;
            let compiled = Arc::new(compile::compile(&code, entry, self).ok()?);
            self.taken(entry.define(compiled));
        }
        Some(entry)
    }

    /// The entry of the code that performs an operation for an evaluation elsewhere. `None` if there is no such operation.
    pub(crate) fn crossing_entry(&self, ability: TypeRef, operation: u32) -> Option<EntryRef> {
        self.descriptor(Tag::Request(ability, operation))?;
        let entry = self.entry(Target::Crossing(ability, operation));
        if entry.code().is_none() {
            let code = wrapper::crossing(ability, operation, self)?;
            let compiled = Arc::new(compile::compile(&code, entry, self).ok()?);
            self.taken(entry.define(compiled));
        }
        Some(entry)
    }

    /// Only for functions that exist, so that names from outside leave nothing behind.
    fn entry_of_function(&self, function: FunctionRef) -> Option<EntryRef> {
        let arity = match function {
            FunctionRef::Builtin(builtin) => kernel::builtins::arity(builtin) as usize,
            FunctionRef::Constructor(ty, index) => self.descriptor(Tag::Constructor(ty, index))?.fields.len(),
            FunctionRef::Operation(ty, index) => self.descriptor(Tag::Request(ty, index))?.fields.len() - 1,
        };
        (arity > 0).then(|| self.entry(Target::Function(function)))
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Machine({} entries)", self.read().entries.len())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let tables = self.tables.get_mut().unwrap_or_else(PoisonError::into_inner);
        tables.entries.values().for_each(|entry| entry.free());
        tables.types.values().flat_map(|info| info.constructors.iter()).for_each(|desc| desc.free());
        self.known.pure.free();
    }
}
