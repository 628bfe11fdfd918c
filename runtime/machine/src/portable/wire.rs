//! The bytes of a portable value.
//!
//! - Items are those of `base::bytes`: bytes, varints, length-prefixed strings; nothing is left over.
//! - First the version, a byte: 2. Then a table of what is named: a count, and for each entry its kind and content: 0 component of terms (hash), 1 component of types (hash),
//!   2 builtin term (name), 3 builtin type (name), 4 tuple type (a byte: its length). Every entry is used, in the order of first use, and stands there once.
//! - Then the nodes: a count, at least 1, and for each a tag and content. Children come before parents; a child is given as the distance back to it, 1 being the node before. The
//!   last node is the value; every other one is a child of a later one.
//! - Tags: 0 Nat (varint), 1 Int (zigzag varint), 2 Float (8 bytes, little-endian; one NaN), 3 Char (varint), 4 false, 5 true, 6 Text, 7 Bytes, 8 list (children), 9 constructed value
//!   (type, constructor, children), 10 request (ability, operation, children), 11 pure result (one child), 12 function of code (component, index, lambda, children), 13 of a builtin (entry,
//!   children), 14 of a constructor (type, constructor, children), 15 of an operation (ability, operation, children), 16 link to a definition (component, index), 17 link to a builtin term
//!   (entry), 18 link to a type (type), 19 row (count, types), 20 continuation (IR version, count, frames, the outermost first).
//! - A frame is a kind and content: 0 waiting code (code, resume point, children), 1 a call that waits for its function (children), 2 a prompt (code, resume point, the handler as one child), 3 what a clause is attached to (how many frames
//!   below the prompt is). Code is a kind and content: 0 of a definition, lambda or clause (component, index, number), 1 around a definition (component, index), 2 of an operation (ability, operation), 3 of an
//!   operation for an evaluation elsewhere (ability, operation), 4 around a lambda (component, index, number).
//! - Children are a count and that many distances. A component or entry is its place in the table; a type is the place of a builtin type, or of a component and then an index.
//!
//! Decoding reads at most as many items as its budget allows. Whether code and types exist, and fit, is checked where the value enters a heap.

use super::Portable;
use super::graph::{Callable, EncodeError, Frame, FrameCode, FrameKind, Graph, Node};
use base::Hash;
use base::bytes::{DecodeError, Reader, Writer};
use builtin::{Builtin, BuiltinType, TUPLE_MAX};
use ir::{CodeId, FunctionRef, IR_VERSION};
use kernel::{DefId, TermRef, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const VERSION: u8 = 2;

/// An entry of the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Entry {
    Terms(Hash),
    Types(Hash),
    Builtin(Builtin),
    BuiltinType(BuiltinType),
}

#[derive(Default)]
struct Encoder {
    table: Vec<Entry>,
    places: BTreeMap<Entry, u64>,
    nodes: Writer,
}

/// Writes a graph.
pub(super) fn encode(graph: &Graph) -> Result<Portable, EncodeError> {
    encode_as_long_as(graph, || true)
}

/// Nodes that are written or read before it is asked whether somebody still wants them.
const NODES_UNASKED: usize = 4096;

/// The same, for somebody who may stop it: then it is too large.
pub(super) fn encode_as_long_as(graph: &Graph, is_wanted: impl Fn() -> bool) -> Result<Portable, EncodeError> {
    let mut encoder = Encoder::default();
    for (at, node) in graph.nodes.iter().enumerate() {
        if at.is_multiple_of(NODES_UNASKED) && !is_wanted() {
            return Err(EncodeError::TooLarge);
        }
        encoder.node(at as u32, node)?;
    }
    let mut writer = Writer::new();
    writer.u8(VERSION);
    writer.len(encoder.table.len());
    encoder.table.iter().for_each(|entry| write_entry(&mut writer, *entry));
    writer.len(graph.nodes.len());
    writer.raw(&encoder.nodes.finish());
    Ok(Portable::new(writer.finish()))
}

fn write_entry(writer: &mut Writer, entry: Entry) {
    match entry {
        Entry::Terms(hash) => {
            writer.u8(0);
            writer.hash(&hash);
        }
        Entry::Types(hash) => {
            writer.u8(1);
            writer.hash(&hash);
        }
        Entry::Builtin(builtin) => {
            writer.u8(2);
            writer.text(builtin.name());
        }
        Entry::BuiltinType(BuiltinType::Tuple(n)) => {
            writer.u8(4);
            writer.u8(n);
        }
        Entry::BuiltinType(ty) => {
            writer.u8(3);
            writer.text(ty.spec().name);
        }
    }
}

impl Encoder {
    fn node(&mut self, at: u32, node: &Node) -> Result<(), EncodeError> {
        match node {
            Node::Nat(n) => self.tagged(0, *n),
            Node::Int(n) => self.tagged(1, ((n << 1) ^ (n >> 63)) as u64),
            Node::Float(bits) => {
                self.nodes.u8(2);
                self.nodes.raw(&bits.to_le_bytes());
            }
            Node::Char(c) => self.tagged(3, u64::from(u32::from(*c))),
            Node::Boolean(b) => self.nodes.u8(4 + u8::from(*b)),
            Node::Text(text) => {
                self.nodes.u8(6);
                self.nodes.text(text);
            }
            Node::Bytes(bytes) => {
                self.nodes.u8(7);
                self.nodes.bytes(bytes);
            }
            Node::List(children) => {
                self.nodes.u8(8);
                self.children(at, children);
            }
            Node::Constructed(TypeRef::Builtin(BuiltinType::FileHandle), ..) => return Err(EncodeError::OpenFile),
            Node::Mutable(ty) => return Err(EncodeError::Mutable(*ty)),
            Node::Constructed(ty, index, children) => self.member(9, at, *ty, *index, children)?,
            Node::Request(ty, index, children) => self.member(10, at, *ty, *index, children)?,
            Node::Pure(child) => self.tagged(11, u64::from(at - child)),
            Node::Function(callable, children) => self.function(at, *callable, children)?,
            Node::TermLink(TermRef::Def(id)) => {
                self.nodes.u8(16);
                self.def(Entry::Terms(id.component), id.index);
            }
            Node::TermLink(TermRef::Builtin(builtin)) => {
                self.nodes.u8(17);
                self.entry(Entry::Builtin(*builtin));
            }
            Node::TermLink(TermRef::Cycle(_)) => return Err(EncodeError::Cycle),
            Node::TypeLink(ty) => {
                self.nodes.u8(18);
                self.ty(*ty)?;
            }
            Node::Row(row) => {
                self.tagged(19, row.len() as u64);
                row.iter().try_for_each(|ty| self.ty(*ty))?;
            }
            Node::Continuation(frames, children) => self.continuation(at, frames, children)?,
        }
        Ok(())
    }

    fn tagged(&mut self, tag: u8, n: u64) {
        self.nodes.u8(tag);
        self.nodes.varint(n);
    }

    fn children(&mut self, at: u32, children: &[u32]) {
        self.nodes.len(children.len());
        children.iter().for_each(|child| self.nodes.varint(u64::from(at - child)));
    }

    fn member(&mut self, tag: u8, at: u32, ty: TypeRef, index: u32, children: &[u32]) -> Result<(), EncodeError> {
        self.nodes.u8(tag);
        self.ty(ty)?;
        self.nodes.varint(u64::from(index));
        self.children(at, children);
        Ok(())
    }

    fn function(&mut self, at: u32, callable: Callable, children: &[u32]) -> Result<(), EncodeError> {
        match callable {
            Callable::Code(id) => {
                self.nodes.u8(12);
                self.def(Entry::Terms(id.def.component), id.def.index);
                self.nodes.varint(u64::from(id.lambda));
            }
            Callable::Function(FunctionRef::Builtin(builtin)) => {
                self.nodes.u8(13);
                self.entry(Entry::Builtin(builtin));
            }
            Callable::Function(FunctionRef::Constructor(ty, index)) => return self.member(14, at, ty, index, children),
            Callable::Function(FunctionRef::Operation(ty, index)) => return self.member(15, at, ty, index, children),
        }
        self.children(at, children);
        Ok(())
    }

    fn continuation(&mut self, at: u32, frames: &[Frame], children: &[u32]) -> Result<(), EncodeError> {
        self.tagged(20, u64::from(IR_VERSION));
        self.nodes.len(frames.len());
        let mut rest = children;
        for frame in frames {
            let (words, after) = rest.split_at(frame.words as usize);
            rest = after;
            match frame.kind {
                FrameKind::Resume(code, index) => {
                    self.frame(0, code, index)?;
                    self.children(at, words);
                }
                FrameKind::Apply => {
                    self.nodes.u8(1);
                    self.children(at, words);
                }
                FrameKind::Prompt(code, index) => {
                    self.frame(2, code, index)?;
                    words.iter().for_each(|handler| self.nodes.varint(u64::from(at - handler)));
                }
                FrameKind::Clause(below) => {
                    self.nodes.u8(3);
                    self.nodes.varint(u64::from(below));
                }
            }
        }
        Ok(())
    }

    fn frame(&mut self, kind: u8, code: FrameCode, index: u32) -> Result<(), EncodeError> {
        self.nodes.u8(kind);
        match code {
            FrameCode::Code(id) => {
                self.nodes.u8(0);
                self.def(Entry::Terms(id.def.component), id.def.index);
                self.nodes.varint(u64::from(id.lambda));
            }
            FrameCode::Generic(id) => {
                self.nodes.u8(if id.lambda == 0 { 1 } else { 4 });
                self.def(Entry::Terms(id.def.component), id.def.index);
                if id.lambda != 0 {
                    self.nodes.varint(u64::from(id.lambda));
                }
            }
            FrameCode::Operation(ty, operation) | FrameCode::Crossing(ty, operation) => {
                self.nodes.u8(if matches!(code, FrameCode::Operation(..)) { 2 } else { 3 });
                self.ty(ty)?;
                self.nodes.varint(u64::from(operation));
            }
        }
        self.nodes.varint(u64::from(index));
        Ok(())
    }

    fn ty(&mut self, ty: TypeRef) -> Result<(), EncodeError> {
        match ty {
            TypeRef::Builtin(ty) => self.entry(Entry::BuiltinType(ty)),
            TypeRef::Def(id) => self.def(Entry::Types(id.component), id.index),
            TypeRef::Cycle(_) => return Err(EncodeError::Cycle),
        }
        Ok(())
    }

    fn def(&mut self, component: Entry, index: u32) {
        self.entry(component);
        self.nodes.varint(u64::from(index));
    }

    fn entry(&mut self, entry: Entry) {
        let place = *self.places.entry(entry).or_insert_with(|| {
            self.table.push(entry);
            self.table.len() as u64 - 1
        });
        self.nodes.varint(place);
    }
}

struct Decoder<'a> {
    reader: Reader<'a>,
    table: Vec<Entry>,
    /// How many entries of the table have been used: always the first ones.
    used: usize,
    /// Which nodes are children.
    wanted: Vec<bool>,
    blanks: Option<Blanks>,
}

/// Reads a graph. See the module for what is refused.
pub(super) fn decode(bytes: &[u8], budget: u64) -> Result<Graph, DecodeError> {
    read(bytes, budget, None, &|| true)
}

/// The same, for somebody who may stop it: then it is over its budget.
pub(super) fn decode_as_long_as(bytes: &[u8], budget: u64, is_wanted: &dyn Fn() -> bool) -> Result<Graph, DecodeError> {
    read(bytes, budget, None, is_wanted)
}

/// As [`decode`], with long bytes and texts left out of the graph.
pub(super) fn skim(bytes: &[u8], budget: u64) -> Result<Graph, DecodeError> {
    read(bytes, budget, Some(([].into(), "".into())), &|| true)
}

/// What stands for long bytes and for long text.
type Blanks = (Arc<[u8]>, Arc<str>);

/// Bytes up to this length are never left out: a node's name is shorter.
const SHORT: usize = 64;

fn read(bytes: &[u8], budget: u64, blanks: Option<Blanks>, is_wanted: &dyn Fn() -> bool) -> Result<Graph, DecodeError> {
    let reader = Reader::new(bytes, budget);
    let mut decoder = Decoder { reader, table: Vec::new(), used: 0, wanted: Vec::new(), blanks };
    let version = decoder.reader.u8()?;
    if version != VERSION {
        return Err(DecodeError::BadTag("version of a portable value", u64::from(version)));
    }
    decoder.table()?;
    let nodes = decoder.nodes(is_wanted)?;
    if decoder.used != decoder.table.len() {
        return Err(DecodeError::Forbidden("a name that is not used"));
    }
    decoder.wanted.pop();
    if decoder.wanted.contains(&false) {
        return Err(DecodeError::Forbidden("a part that is not used"));
    }
    decoder.reader.finish()?;
    Ok(Graph { nodes })
}

impl Decoder<'_> {
    fn table(&mut self) -> Result<(), DecodeError> {
        let mut seen = BTreeSet::new();
        for _ in 0..self.reader.count()? {
            let entry = self.table_entry()?;
            if !seen.insert(entry) {
                return Err(DecodeError::Forbidden("a name twice"));
            }
            self.table.push(entry);
        }
        Ok(())
    }

    fn table_entry(&mut self) -> Result<Entry, DecodeError> {
        let unknown = |what| DecodeError::Forbidden(what);
        Ok(match self.reader.u8()? {
            0 => Entry::Terms(self.reader.hash()?),
            1 => Entry::Types(self.reader.hash()?),
            2 => {
                let builtin = Builtin::from_name(self.reader.text()?);
                Entry::Builtin(builtin.ok_or(unknown("a builtin that this version does not have"))?)
            }
            3 => {
                let ty = BuiltinType::from_name(self.reader.text()?);
                Entry::BuiltinType(ty.ok_or(unknown("a builtin type that this version does not have"))?)
            }
            4 => match self.reader.u8()? {
                1 => return Err(unknown("a tuple of one")),
                n if n > TUPLE_MAX => return Err(unknown("a tuple that is too long")),
                n => Entry::BuiltinType(BuiltinType::Tuple(n)),
            },
            other => return Err(DecodeError::BadTag("kind of name", u64::from(other))),
        })
    }

    fn nodes(&mut self, is_wanted: &dyn Fn() -> bool) -> Result<Vec<Node>, DecodeError> {
        let count = self.reader.count()?;
        if count == 0 || u32::try_from(count).is_err() {
            return Err(DecodeError::Forbidden("no value, or too large a one"));
        }
        let mut nodes = Vec::new();
        for at in 0..count {
            if at.is_multiple_of(NODES_UNASKED) && !is_wanted() {
                return Err(DecodeError::OverBudget);
            }
            nodes.push(self.node(at as u32)?);
            self.wanted.push(false);
        }
        Ok(nodes)
    }

    fn node(&mut self, at: u32) -> Result<Node, DecodeError> {
        Ok(match self.reader.u8()? {
            0 => Node::Nat(self.reader.varint()?),
            1 => {
                let n = self.reader.varint()?;
                Node::Int((n >> 1) as i64 ^ -((n & 1) as i64))
            }
            2 => Node::Float(self.float()?),
            3 => {
                let scalar = char::from_u32(self.reader.u32()?);
                Node::Char(scalar.ok_or(DecodeError::Forbidden("a character that is none"))?)
            }
            4 => Node::Boolean(false),
            5 => Node::Boolean(true),
            6 => Node::Text(self.text()?),
            7 => Node::Bytes(self.bytes()?),
            8 => Node::List(self.children(at)?),
            9 => Node::Constructed(self.ty()?, self.reader.u32()?, self.children(at)?),
            10 => Node::Request(self.ty()?, self.reader.u32()?, self.children(at)?),
            11 => Node::Pure(self.child(at)?),
            12 => {
                let code = CodeId { def: self.term_def()?, lambda: self.reader.u32()? };
                Node::Function(Callable::Code(code), self.children(at)?)
            }
            13 => Node::Function(Callable::Function(FunctionRef::Builtin(self.builtin()?)), self.children(at)?),
            14 => {
                let constructor = FunctionRef::Constructor(self.ty()?, self.reader.u32()?);
                Node::Function(Callable::Function(constructor), self.children(at)?)
            }
            15 => {
                let operation = FunctionRef::Operation(self.ty()?, self.reader.u32()?);
                Node::Function(Callable::Function(operation), self.children(at)?)
            }
            16 => Node::TermLink(TermRef::Def(self.term_def()?)),
            17 => Node::TermLink(TermRef::Builtin(self.builtin()?)),
            18 => Node::TypeLink(self.ty()?),
            19 => {
                let count = self.reader.count()?;
                Node::Row((0..count).map(|_| self.ty()).collect::<Result<_, _>>()?)
            }
            20 => self.continuation(at)?,
            other => return Err(DecodeError::BadTag("kind of value", u64::from(other))),
        })
    }

    fn continuation(&mut self, at: u32) -> Result<Node, DecodeError> {
        let version = self.reader.u32()?;
        if version != IR_VERSION {
            return Err(DecodeError::BadTag(
                "IR version of a continuation: what was captured there cannot go on here",
                version.into(),
            ));
        }
        let (mut frames, mut children) = (Vec::new(), Vec::new());
        for _ in 0..self.reader.count()? {
            let first = children.len();
            let kind = match self.reader.u8()? {
                0 => {
                    let kind = FrameKind::Resume(self.frame_code()?, self.reader.u32()?);
                    children.extend(self.children(at)?);
                    kind
                }
                1 => {
                    children.extend(self.children(at)?);
                    FrameKind::Apply
                }
                2 => {
                    let kind = FrameKind::Prompt(self.frame_code()?, self.reader.u32()?);
                    children.push(self.child(at)?);
                    kind
                }
                3 => FrameKind::Clause(self.reader.u32()?),
                other => return Err(DecodeError::BadTag("kind of frame", u64::from(other))),
            };
            frames.push(Frame { kind, words: (children.len() - first) as u32 });
        }
        Ok(Node::Continuation(frames, children))
    }

    fn frame_code(&mut self) -> Result<FrameCode, DecodeError> {
        Ok(match self.reader.u8()? {
            0 => FrameCode::Code(CodeId { def: self.term_def()?, lambda: self.reader.u32()? }),
            1 => FrameCode::Generic(CodeId { def: self.term_def()?, lambda: 0 }),
            2 => FrameCode::Operation(self.ty()?, self.reader.u32()?),
            3 => FrameCode::Crossing(self.ty()?, self.reader.u32()?),
            4 => match (self.term_def()?, self.reader.u32()?) {
                (_, 0) => return Err(DecodeError::Forbidden("a definition that stands as a lambda")),
                (def, lambda) => FrameCode::Generic(CodeId { def, lambda }),
            },
            other => return Err(DecodeError::BadTag("code of a frame", u64::from(other))),
        })
    }

    fn text(&mut self) -> Result<Arc<str>, DecodeError> {
        let text = self.reader.text()?;
        Ok(match &self.blanks {
            Some((_, blank)) if text.len() > SHORT => blank.clone(),
            _ => text.into(),
        })
    }

    fn bytes(&mut self) -> Result<Arc<[u8]>, DecodeError> {
        let bytes = self.reader.bytes()?;
        Ok(match &self.blanks {
            Some((blank, _)) if bytes.len() > SHORT => blank.clone(),
            _ => bytes.into(),
        })
    }

    fn float(&mut self) -> Result<u64, DecodeError> {
        let bytes: [u8; 8] = self.reader.raw(8)?.try_into().expect("8 bytes were asked for");
        let bits = u64::from_le_bytes(bytes);
        if f64::from_bits(bits).is_nan() && bits != f64::NAN.to_bits() {
            return Err(DecodeError::Forbidden("another NaN than the one there is"));
        }
        Ok(bits)
    }

    fn child(&mut self, at: u32) -> Result<u32, DecodeError> {
        let distance = self.reader.u32()?;
        if distance == 0 || distance > at {
            return Err(DecodeError::Forbidden("a part that does not stand before the whole"));
        }
        self.wanted[(at - distance) as usize] = true;
        Ok(at - distance)
    }

    fn children(&mut self, at: u32) -> Result<Vec<u32>, DecodeError> {
        let count = self.reader.count()?;
        (0..count).map(|_| self.child(at)).collect()
    }

    fn entry(&mut self) -> Result<Entry, DecodeError> {
        let place = self.reader.u32()? as usize;
        if place > self.used {
            return Err(DecodeError::Forbidden("names out of order"));
        }
        let entry = *self.table.get(place).ok_or(DecodeError::Forbidden("a name that is not in the table"))?;
        self.used = self.used.max(place + 1);
        Ok(entry)
    }

    fn builtin(&mut self) -> Result<Builtin, DecodeError> {
        match self.entry()? {
            Entry::Builtin(builtin) => Ok(builtin),
            _ => Err(DecodeError::Forbidden("a name of another kind than a builtin's")),
        }
    }

    fn term_def(&mut self) -> Result<DefId, DecodeError> {
        match self.entry()? {
            Entry::Terms(component) => Ok(DefId { component, index: self.reader.u32()? }),
            _ => Err(DecodeError::Forbidden("a name of another kind than a term's")),
        }
    }

    fn ty(&mut self) -> Result<TypeRef, DecodeError> {
        match self.entry()? {
            Entry::Types(component) => Ok(TypeRef::Def(DefId { component, index: self.reader.u32()? })),
            Entry::BuiltinType(ty) => Ok(TypeRef::Builtin(ty)),
            _ => Err(DecodeError::Forbidden("a name of another kind than a type's")),
        }
    }
}
