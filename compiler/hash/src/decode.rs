//! Reads the format, strictly: what it accepts is well-formed and, but for the order of members, canonical.
//!
//! Bytes come from the network, so: terms and types are read with a stack of our own; nothing is allocated for a count before its items are there; every binder, index
//! and row is checked; depth is limited while reading; and a term that is given up half-way is taken apart without recursion. References, types and declarations
//! are read here and in [`mod@ty`], terms in [`mod@term`].

mod term;
mod ty;

use crate::dismantle::dismantle_term;
use crate::object::Kind;
use crate::{dismantle, format};
use base::Hash;
use base::bytes::{DecodeError, Reader};
use base::limits::TERM_DEPTH_MAX;
use builtin::{ALL_BUILTINS, Builtin, BuiltinType, TUPLE_MAX};
use kernel::{Constructor, Declaration, DeclarationKind, DefId, Definition, Identity, Signature, TermRef, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The builtins that a term can name, by name. Those whose names end in `#` are for lowering only.
static BUILTINS: LazyLock<BTreeMap<&str, Builtin>> = LazyLock::new(|| {
    let named = ALL_BUILTINS.iter().map(|builtin| (builtin.name(), *builtin));
    named.filter(|(name, _)| !name.ends_with('#')).collect()
});

/// How deep terms and types may be nested.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    term_depth: usize,
    type_depth: usize,
    row_depth: usize,
}

impl Limits {
    /// For bytes that come from elsewhere.
    pub const STRICT: Limits =
        Limits { term_depth: TERM_DEPTH_MAX, type_depth: format::TYPE_DEPTH_MAX, row_depth: format::ROW_DEPTH_MAX };

    /// For bytes that were checked before, or made here.
    pub const NONE: Limits = Limits { term_depth: usize::MAX, type_depth: usize::MAX, row_depth: usize::MAX };
}

pub(crate) fn terms(bytes: &[u8], limits: Limits) -> Result<Vec<Definition>, DecodeError> {
    let mut definitions = Vec::new();
    match read_terms(bytes, limits, &mut definitions) {
        Ok(()) => Ok(definitions),
        Err(error) => {
            definitions.into_iter().for_each(dismantle);
            Err(error)
        }
    }
}

fn read_terms(bytes: &[u8], limits: Limits, definitions: &mut Vec<Definition>) -> Result<(), DecodeError> {
    let mut decoder = Decoder::new(bytes, limits, Cyclic::Terms)?;
    for signature in decoder.all_signatures()? {
        definitions.push(Definition { signature, body: decoder.term()? });
    }
    decoder.reader.finish()
}

/// The components that these bytes refer to. They were checked before.
pub(crate) fn dependencies(kind: Kind, bytes: &[u8]) -> Result<BTreeSet<Hash>, DecodeError> {
    let found = match kind {
        Kind::Term => {
            let mut decoder = Decoder::new(bytes, Limits::NONE, Cyclic::Terms)?;
            decoder.all_signatures()?;
            (0..decoder.members).try_for_each(|_| decoder.term().map(dismantle_term))?;
            decoder.dependencies
        }
        Kind::Type => {
            let mut decoder = Decoder::new(bytes, Limits::NONE, Cyclic::Types)?;
            decoder.declarations()?;
            decoder.dependencies
        }
    };
    Ok(found.into_iter().collect())
}

/// The signatures alone.
pub(crate) fn signatures(bytes: &[u8]) -> Result<Vec<Signature>, DecodeError> {
    Decoder::new(bytes, Limits::NONE, Cyclic::Terms)?.all_signatures()
}

/// With `own`, references to members of the component become references to members of the component of that hash.
pub(crate) fn types(bytes: &[u8], limits: Limits, own: Option<Hash>) -> Result<Vec<Declaration>, DecodeError> {
    let mut decoder = Decoder::new(bytes, limits, Cyclic::Types)?;
    decoder.own = own;
    let declarations = decoder.declarations()?;
    decoder.reader.finish()?;
    Ok(declarations)
}

/// What a reference within the component can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cyclic {
    Terms,
    Types,
}

struct Decoder<'a> {
    bytes: &'a [u8],
    reader: Reader<'a>,
    members: u32,
    cyclic: Cyclic,
    limits: Limits,
    /// If there is one, references within the component are made absolute.
    own: Option<Hash>,
    /// Levels of types around what is being read, rows included.
    type_depth: usize,
    row_depth: usize,
    /// Components that were referred to, in the order of the references.
    dependencies: Vec<Hash>,
}

impl<'a> Decoder<'a> {
    fn new(bytes: &'a [u8], limits: Limits, cyclic: Cyclic) -> Result<Decoder<'a>, DecodeError> {
        // Every item takes at least one byte, so the length pays for all of them.
        let mut reader = Reader::new(bytes, bytes.len() as u64);
        match reader.u8()? {
            format::VERSION => {}
            other => return Err(DecodeError::BadTag("version", u64::from(other))),
        }
        let members = u32::try_from(reader.count()?).map_err(|_| DecodeError::OverBudget)?;
        if members == 0 {
            return Err(DecodeError::Forbidden("a component without members"));
        }
        Ok(Decoder {
            bytes,
            reader,
            members,
            cyclic,
            limits,
            own: None,
            type_depth: 0,
            row_depth: 0,
            dependencies: Vec::new(),
        })
    }

    fn all_signatures(&mut self) -> Result<Vec<Signature>, DecodeError> {
        let mut signatures = Vec::new();
        for _ in 0..self.members {
            let by_name = self.flag()?;
            signatures.push(Signature { ty: self.ty(0)?, by_name });
        }
        Ok(signatures)
    }

    fn declarations(&mut self) -> Result<Vec<Declaration>, DecodeError> {
        let mut declarations = Vec::new();
        for _ in 0..self.members {
            declarations.push(self.declaration_head()?);
        }
        for declaration in &mut declarations {
            declaration.constructors = self.constructors(declaration.params)?;
        }
        Ok(declarations)
    }

    fn declaration_head(&mut self) -> Result<Declaration, DecodeError> {
        let kind = if self.flag()? { DeclarationKind::Ability } else { DeclarationKind::Type };
        let identity = if self.flag()? { Identity::Unique(self.reader.bytes()?.into()) } else { Identity::Structural };
        let params = self.reader.u32()?;
        if params > format::BINDERS_MAX {
            return Err(DecodeError::OverBudget);
        }
        Ok(Declaration { kind, identity, params, constructors: Vec::new() })
    }

    fn constructors(&mut self, params: u32) -> Result<Vec<Constructor>, DecodeError> {
        let mut constructors = Vec::new();
        for _ in 0..self.reader.count()? {
            let name = self.reader.text()?.into();
            let by_name = self.flag()?;
            let arity = self.reader.u32()?;
            let constructor = Constructor { name, by_name, arity, ty: self.ty(params)? };
            if constructor.fields().len() != arity as usize {
                return Err(DecodeError::Forbidden("a constructor with fewer fields than it says"));
            }
            constructors.push(constructor);
        }
        Ok(constructors)
    }

    fn type_ref(&mut self) -> Result<TypeRef, DecodeError> {
        match self.reader.u8()? {
            format::reference::BUILTIN => BuiltinType::from_name(self.reader.text()?)
                .map(TypeRef::Builtin)
                .ok_or(DecodeError::Forbidden("a builtin type that is not known here")),
            format::reference::TUPLE => {
                let len = self.reader.u8()?;
                let exists = len != 1 && len <= TUPLE_MAX;
                exists
                    .then_some(TypeRef::Builtin(BuiltinType::Tuple(len)))
                    .ok_or(DecodeError::BadTag("tuple", u64::from(len)))
            }
            format::reference::DEFINITION => Ok(TypeRef::Def(self.definition()?)),
            format::reference::CYCLE => {
                let index = self.cycle(Cyclic::Types)?;
                Ok(self.own.map_or(TypeRef::Cycle(index), |component| TypeRef::Def(DefId { component, index })))
            }
            tag => Err(DecodeError::BadTag("type reference", u64::from(tag))),
        }
    }

    fn term_ref(&mut self) -> Result<TermRef, DecodeError> {
        match self.reader.u8()? {
            format::reference::BUILTIN => {
                let builtin = BUILTINS.get(self.reader.text()?).copied();
                builtin.map(TermRef::Builtin).ok_or(DecodeError::Forbidden("a builtin that is not known here"))
            }
            format::reference::DEFINITION => Ok(TermRef::Def(self.definition()?)),
            format::reference::CYCLE => Ok(TermRef::Cycle(self.cycle(Cyclic::Terms)?)),
            tag => Err(DecodeError::BadTag("term reference", u64::from(tag))),
        }
    }

    fn definition(&mut self) -> Result<DefId, DecodeError> {
        let id = DefId { component: self.reader.hash()?, index: self.reader.u32()? };
        self.dependencies.push(id.component);
        Ok(id)
    }

    fn cycle(&mut self, of: Cyclic) -> Result<u32, DecodeError> {
        let member = self.reader.u32()?;
        let exists = of == self.cyclic && member < self.members;
        exists
            .then_some(member)
            .ok_or(DecodeError::Forbidden("a reference to a member that the component does not have"))
    }

    /// Items in ascending order of their bytes, each once.
    fn ascending<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let mut items = Vec::new();
        let mut previous: &[u8] = &[];
        for _ in 0..self.reader.count()? {
            let start = self.position();
            items.push(item(self)?);
            let bytes = &self.bytes[start..self.position()];
            if bytes <= previous {
                return Err(DecodeError::Forbidden("a row that is not in order"));
            }
            previous = bytes;
        }
        Ok(items)
    }

    fn position(&self) -> usize {
        self.bytes.len() - self.reader.remaining()
    }

    fn flag(&mut self) -> Result<bool, DecodeError> {
        match self.reader.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            tag => Err(DecodeError::BadTag("flag", u64::from(tag))),
        }
    }

    /// How many variables a binder binds.
    fn binders(&mut self) -> Result<u32, DecodeError> {
        match self.reader.u32()? {
            0 => Err(DecodeError::Forbidden("a binder of no variable")),
            n if n > format::BINDERS_MAX => Err(DecodeError::OverBudget),
            n => Ok(n),
        }
    }
}
