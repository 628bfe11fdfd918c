//! Between a task's heap and a graph.
//!
//! Reading trusts nothing: every constructor is looked up, its fields counted and unboxed with a check; a function holds at least what its code captures and less than what it takes.

use super::graph::{Callable, EncodeError, FrameCode, Graph, Node};
use super::parcel::{Parcel, Reach};
use super::{Form, Portable, frames, quick, tree, wire};
use crate::blob::Blob;
use crate::builtins::asking;
use crate::hasher::Places;
use crate::heap::Heap;
use crate::list::{self, Elements};
use crate::machine::{DescRef, EntryRef, Machine, Target};
use crate::trap::Trap;
use crate::word::{Header, Immediate, ObjectKind, Word};
use crate::{Budget, Datum, Missing};
use base::bytes::DecodeError;
use builtin::BuiltinType;
use ir::{FunctionRef, Rep, Scalar, Tag};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes of a node in memory, roughly: what it is charged while it is built.
const NODE_BYTES: usize = 64;

/// Nodes that are written for one unit of fuel.
const NODES_PER_FUEL: u64 = 4;

/// The portable form of a value, of so many bytes at most.
pub(crate) fn write(
    value: Word,
    heap: &mut Heap,
    machine: &Arc<Machine>,
    bytes_max: u64,
    reach: Reach,
) -> Result<Portable, EncodeError> {
    if value.is_scalar() {
        return Ok(Portable(Form::Scalar(value)));
    }
    if let Some(parcel) = Parcel::of(value, heap, machine, bytes_max, reach) {
        return Ok(Portable(Form::Parcel(Arc::new(parcel))));
    }
    let graph = graph_of(value, heap, bytes_max)?;
    let portable = wire::encode_as_long_as(&graph, || !heap.is_interrupted());
    graph.give_back();
    let portable = portable?;
    heap.charge_bytes(portable.size());
    if portable.size() as u64 > bytes_max { Err(EncodeError::TooLarge) } else { Ok(portable) }
}

/// A value's nodes. `bytes_max` bounds the bytes that they take on the wire, roughly (a node takes one at least).
pub(crate) fn graph_of(value: Word, heap: &mut Heap, bytes_max: u64) -> Result<Graph, EncodeError> {
    let mut builder = Builder {
        heap,
        graph: Graph { nodes: Vec::new() },
        places: Places::default(),
        bytes: 0,
        elements: 0,
        bytes_max,
    };
    let built = builder.build(value);
    let graph = builder.graph;
    if let Err(error) = built {
        graph.give_back();
        return Err(error);
    }
    heap.work += graph.nodes.len() as u64 / NODES_PER_FUEL;
    Ok(graph)
}

/// Steps before it is asked again whether the result is still wanted.
const STEPS_UNASKED: u32 = 4096;

/// What to do next.
enum Work {
    /// See to it that this value has a node.
    Visit(Word),
    /// Its children have theirs: make the node.
    Make(Word),
}

struct Builder<'a> {
    heap: &'a Heap,
    graph: Graph,
    /// Where the node of a word is. Equal words are the same value.
    places: Places,
    bytes: u64,
    /// Elements of the lists that were begun.
    elements: u64,
    bytes_max: u64,
}

impl Builder<'_> {
    fn build(&mut self, value: Word) -> Result<(), EncodeError> {
        let mut work = vec![Work::Visit(value)];
        let mut steps = 0_u32;
        while let Some(next) = work.pop() {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(STEPS_UNASKED) && self.heap.is_interrupted() {
                return Err(EncodeError::TooLarge);
            }
            match next {
                Work::Visit(word) if self.places.get(word.0).is_some() => {}
                Work::Visit(word) => {
                    self.count_elements(word)?;
                    work.push(Work::Make(word));
                    let first = work.len();
                    if word.is_list() {
                        for (n, element) in Elements::of(word).enumerate() {
                            self.ask(n)?;
                            work.push(Work::Visit(element));
                        }
                    } else {
                        each_tagged_child(word, |child| work.push(Work::Visit(child)));
                    }
                    work[first..].reverse();
                }
                Work::Make(word) if self.places.get(word.0).is_some() => {}
                Work::Make(word) => {
                    let node = self.node(word)?;
                    let place = self.push(node)?;
                    self.places.insert(word.0, place);
                }
            }
        }
        Ok(())
    }

    /// Counts the elements of a list before they are looked at: lists share what they are made of, so that they, one in another, may have more than memory holds. Each is
    /// looked at once, and takes a byte for each element at least.
    fn count_elements(&mut self, word: Word) -> Result<(), EncodeError> {
        if word.is_list() {
            self.elements = self.elements.saturating_add(list::size(word) as u64);
        }
        if self.elements > self.bytes_max { Err(EncodeError::TooLarge) } else { Ok(()) }
    }

    fn push(&mut self, node: Node) -> Result<u32, EncodeError> {
        self.bytes += match &node {
            Node::Text(text) => text.len() as u64,
            Node::Bytes(bytes) => bytes.len() as u64,
            other => 1 + other.children().len() as u64,
        };
        if self.bytes > self.bytes_max || self.graph.nodes.len() >= u32::MAX as usize {
            return Err(EncodeError::TooLarge);
        }
        self.graph.nodes.push(node);
        Ok(self.graph.root())
    }

    fn place(&self, child: Word) -> u32 {
        self.places.get(child.0).expect("children are made first")
    }

    fn node(&mut self, word: Word) -> Result<Node, EncodeError> {
        if let Some(descriptor) = word.descriptor() {
            return self.constructed(word, descriptor);
        }
        if let Some((entry, held)) = word.as_function() {
            let children = (0..held).map(|i| self.place(word.field(1 + i))).collect();
            return Ok(Node::Function(callable(entry), children));
        }
        if word.is_list() {
            return self.list(word);
        }
        Ok(match (word.immediate_kind(), word.plain()) {
            (Some(Immediate::Int), _) | (_, Some((ObjectKind::Int, _))) => Node::Int(word.as_int().unwrap_or_default()),
            (Some(Immediate::Char), _) => Node::Char(word.as_char().unwrap_or_default()),
            (Some(Immediate::Boolean), _) => Node::Boolean(word == Word::TRUE),
            (_, Some((ObjectKind::Float, _))) => Node::Float(word.raw_field(0)),
            (_, Some((ObjectKind::Text, _))) => Node::Text(self.heap.copied_text(word).ok_or(EncodeError::TooLarge)?),
            (_, Some((ObjectKind::Bytes | ObjectKind::Name, _))) => {
                Node::Bytes(self.heap.copied_bytes(word).ok_or(EncodeError::TooLarge)?)
            }
            (_, Some((ObjectKind::Opaque, _))) => match self.heap.blob(word) {
                Blob::TermLink(term) => Node::TermLink(*term),
                Blob::TypeLink(ty) => Node::TypeLink(*ty),
                Blob::Row(row) => Node::Row(row.clone()),
                Blob::Text(_) | Blob::Bytes(_) | Blob::Growing(_) => {
                    unreachable!("text and bytes have their own kinds of object")
                }
            },
            (_, Some((ObjectKind::Ref, _))) => Node::Mutable(BuiltinType::Ref),
            (_, Some((ObjectKind::Array, _))) => Node::Mutable(BuiltinType::MutableArray),
            (_, Some((ObjectKind::Continuation, _))) => frames::node(self, word, Builder::place, Builder::push)?,
            _ => Node::Nat(word.as_nat().unwrap_or_default()),
        })
    }

    fn list(&self, word: Word) -> Result<Node, EncodeError> {
        let mut places = Vec::with_capacity(list::size(word));
        for (n, element) in Elements::of(word).enumerate() {
            self.ask(n)?;
            places.push(self.place(element));
        }
        Ok(Node::List(places))
    }

    /// For each of many elements. What is not wanted any more is too large.
    #[inline]
    fn ask(&self, n: usize) -> Result<(), EncodeError> {
        let asks = n.is_multiple_of(STEPS_UNASKED as usize);
        if asks && self.heap.is_interrupted() { Err(EncodeError::TooLarge) } else { Ok(()) }
    }

    fn constructed(&mut self, word: Word, descriptor: DescRef) -> Result<Node, EncodeError> {
        let mut children = Vec::with_capacity(descriptor.fields.len());
        for (i, rep) in descriptor.fields.iter().enumerate() {
            children.push(match rep {
                Rep::V => self.place(word.field(i)),
                Rep::W(scalar) => self.push(scalar_node(*scalar, word.raw_field(i)))?,
            });
        }
        Ok(match descriptor.tag {
            Tag::Constructor(ty, index) => Node::Constructed(ty, index, children),
            Tag::Request(ty, index) => Node::Request(ty, index, children),
            Tag::Pure => Node::Pure(children[0]),
        })
    }
}

fn callable(entry: EntryRef) -> Callable {
    match entry.target {
        Target::Code(id) | Target::Generic(id) => Callable::Code(id),
        Target::Function(function) => Callable::Function(function),
        Target::Crossing(..) => unreachable!("no function value is made of it"),
    }
}

pub(super) fn scalar_node(scalar: Scalar, bits: u64) -> Node {
    match scalar {
        Scalar::Nat => Node::Nat(bits),
        Scalar::Int => Node::Int(bits as i64),
        Scalar::Float => Node::Float(bits),
        Scalar::Char => Node::Char(char::from_u32(bits as u32).unwrap_or(char::REPLACEMENT_CHARACTER)),
        Scalar::Boolean => Node::Boolean(bits != 0),
    }
}

/// Of what is no list.
fn each_tagged_child(word: Word, mut visit: impl FnMut(Word)) {
    match word.header() {
        Some(Header::Constructed(descriptor)) => {
            let tagged = descriptor.fields.iter().enumerate().filter(|(_, rep)| !rep.is_raw());
            tagged.for_each(|(i, _)| visit(word.field(i)));
        }
        Some(Header::Plain(ObjectKind::Closure, len)) => (1..len).for_each(|i| visit(word.field(i))),
        Some(Header::Plain(ObjectKind::Continuation, _)) => frames::each_child(word, visit),
        _ => {}
    }
}

/// Why a portable value did not become a value of a heap.
pub(crate) enum Undecodable {
    /// These have to be defined first.
    Missing(Vec<Missing>),
    Malformed(DecodeError),
    Trap(Box<Trap>),
}

impl From<Box<Trap>> for Undecodable {
    fn from(trap: Box<Trap>) -> Undecodable {
        Undecodable::Trap(trap)
    }
}

impl From<DecodeError> for Undecodable {
    fn from(error: DecodeError) -> Undecodable {
        Undecodable::Malformed(error)
    }
}

/// Puts a portable value into a heap.
pub(crate) fn read(value: &Portable, heap: &mut Heap, machine: &Machine) -> Result<Word, Undecodable> {
    match &value.0 {
        Form::Scalar(word) => return Ok(*word),
        Form::Parcel(parcel) => {
            if let Some(word) = parcel.unpack(heap, machine) {
                return word.map_err(Undecodable::Trap);
            }
        }
        Form::Bytes(_) => {}
    }
    let held = value.bytes().len();
    let work = heap.work;
    heap.reserve(held).map_err(Undecodable::Trap)?;
    // An item takes a byte at least, and is paid for once or twice; but a byte may become a node, so the heap's limit bounds them too.
    let items = 4 * held as u64 + 64;
    let affordable = (heap.limit_bytes() / (NODE_BYTES / 4)) as u64;
    let graph = match wire::decode_as_long_as(&value.bytes(), items.min(affordable), &|| !heap.is_interrupted()) {
        Err(DecodeError::OverBudget) => return Trap::out_of(Budget::Memory).map_err(Undecodable::Trap),
        decoded => decoded?,
    };
    let word = read_graph(&graph, held, heap, machine);
    graph.give_back();
    if matches!(word, Err(Undecodable::Missing(_))) {
        // It will be read again: fuel must not depend on what was defined already.
        heap.work = work;
    }
    word
}

/// As [`read`], for a host's value.
pub(crate) fn read_datum(value: &Datum, heap: &mut Heap, machine: &Machine) -> Result<Word, Undecodable> {
    if let Some(word) = quick::read(value, heap, machine) {
        return word.map_err(Undecodable::Trap);
    }
    let graph = tree::graph_of(value)?;
    let held = graph.nodes.iter().map(Node::content_bytes).sum();
    read_graph(&graph, held, heap, machine)
}

/// Puts a graph, whose texts and bytes are `held` long, into a heap.
fn read_graph(graph: &Graph, held: usize, heap: &mut Heap, machine: &Machine) -> Result<Word, Undecodable> {
    let missing = missing(graph, machine, heap);
    heap.check_interrupt()?;
    if !missing.is_empty() {
        return Err(Undecodable::Missing(missing));
    }
    let bytes = graph.nodes.iter().map(bytes_of).sum::<usize>();
    heap.reserve(held + bytes).map_err(Undecodable::Trap)?;
    let mut words: Vec<Word> = Vec::with_capacity(graph.nodes.len());
    for (at, node) in graph.nodes.iter().enumerate() {
        if at.is_multiple_of(STEPS_UNASKED as usize) {
            heap.check_interrupt().map_err(Undecodable::Trap)?;
        }
        let word = value_of(node, &words, heap, machine)?;
        words.push(word);
    }
    words.last().copied().ok_or(Undecodable::Malformed(DecodeError::Truncated))
}

/// Bytes of memory that a node takes.
fn bytes_of(node: &Node) -> usize {
    let own = if let Node::Continuation(frames, _) = node { frames::overhead_bytes(frames) } else { 0 };
    NODE_BYTES + 8 * node.children().len() + own
}

/// What is not defined yet, as far as it is still asked for.
fn missing(graph: &Graph, machine: &Machine, heap: &Heap) -> Vec<Missing> {
    let mut missing = BTreeSet::new();
    let code = |id| (!machine.is_defined(id)).then_some(Missing::Code(id));
    let ty = |ty| (!machine.is_type_defined(ty)).then_some(Missing::Type(ty));
    let frame = |of| match of {
        FrameCode::Code(id) | FrameCode::Generic(id) => code(id),
        FrameCode::Operation(of, _) | FrameCode::Crossing(of, _) => ty(of),
    };
    for (at, node) in graph.nodes.iter().enumerate() {
        if at.is_multiple_of(STEPS_UNASKED as usize) && heap.is_interrupted() {
            break;
        }
        match node {
            Node::Constructed(of, ..)
            | Node::Request(of, ..)
            | Node::Function(Callable::Function(FunctionRef::Constructor(of, _) | FunctionRef::Operation(of, _)), _) => {
                missing.extend(ty(*of));
            }
            Node::Function(Callable::Code(id), _) => missing.extend(code(*id)),
            Node::Continuation(frames, _) => {
                missing.extend(frames.iter().filter_map(|of| of.code().and_then(frame)));
            }
            _ => {}
        }
    }
    missing.into_iter().collect()
}

fn value_of(node: &Node, words: &[Word], heap: &mut Heap, machine: &Machine) -> Result<Word, Undecodable> {
    let child = |place: &u32| words[*place as usize];
    Ok(match node {
        Node::Nat(n) => heap.nat(*n),
        Node::Int(n) => heap.int(*n),
        Node::Float(bits) => heap.float(*bits),
        Node::Char(c) => Word::char(*c),
        Node::Boolean(b) => Word::boolean(*b),
        Node::Text(text) => heap.text_shared(text.clone()),
        Node::Bytes(bytes) => heap.bytes_value(bytes.clone()),
        Node::List(children) => {
            let elements = asking::collect(heap, children.iter().map(child), children.len())?;
            asking::list_of(heap, &elements)?
        }
        Node::Constructed(ty, index, children) => {
            let fields: Vec<Word> = children.iter().map(child).collect();
            constructed(Tag::Constructor(*ty, *index), &fields, heap, machine)?
        }
        Node::Request(ty, index, children) => {
            let fields: Vec<Word> = children.iter().map(child).collect();
            constructed(Tag::Request(*ty, *index), &fields, heap, machine)?
        }
        Node::Pure(of) => constructed(Tag::Pure, &[child(of)], heap, machine)?,
        Node::Function(callable, children) => {
            let held: Vec<Word> = children.iter().map(child).collect();
            function(*callable, &held, heap, machine)?
        }
        Node::TermLink(term) => heap.opaque(Blob::TermLink(*term)),
        Node::TypeLink(ty) => heap.opaque(Blob::TypeLink(*ty)),
        Node::Row(row) => heap.opaque(Blob::Row(row.clone())),
        Node::Mutable(_) => return Err(DecodeError::Forbidden("something mutable").into()),
        Node::Continuation(frames, children) => {
            let words: Vec<Word> = children.iter().map(child).collect();
            frames::value(frames, &words, heap, machine)?
        }
    })
}

fn constructed(tag: Tag, fields: &[Word], heap: &mut Heap, machine: &Machine) -> Result<Word, DecodeError> {
    let descriptor =
        machine.descriptor(tag).ok_or(DecodeError::Forbidden("a constructor that its type does not have"))?;
    if descriptor.fields.len() != fields.len() {
        return Err(DecodeError::Forbidden("a constructor with another number of fields"));
    }
    let mut raw = Vec::with_capacity(fields.len());
    for (rep, field) in descriptor.fields.iter().zip(fields) {
        raw.push(unboxed(*rep, *field).ok_or(DecodeError::Forbidden("a field of another type"))?);
    }
    Ok(heap.constructed(descriptor, &raw))
}

/// A field in the rep that its type has.
pub(super) fn unboxed(rep: Rep, value: Word) -> Option<u64> {
    match rep {
        Rep::V => Some(value.0),
        Rep::W(Scalar::Nat) => value.as_nat(),
        Rep::W(Scalar::Int) => value.as_int().map(|n| n as u64),
        Rep::W(Scalar::Float) => value.as_float().map(f64::to_bits),
        Rep::W(Scalar::Char) => value.as_char().map(|c| u64::from(u32::from(c))),
        Rep::W(Scalar::Boolean) => value.as_boolean().map(u64::from),
    }
}

fn function(callable: Callable, held: &[Word], heap: &mut Heap, machine: &Machine) -> Result<Word, DecodeError> {
    let entry = match callable {
        // A lambda has one of its own only if it takes or returns raw words. Nobody here makes a value of it then, but somebody did before.
        Callable::Code(id) => machine.known(Target::Generic(id)).or_else(|| machine.known(Target::Code(id))),
        Callable::Function(function) => machine.function_entry(function),
    };
    let entry = entry.ok_or(DecodeError::Forbidden("a function that does not exist"))?;
    let code = entry.code().ok_or(DecodeError::Forbidden("a function without code"))?;
    if code.ret.is_raw() {
        return Err(DecodeError::Forbidden("a function that gives a raw word"));
    }
    if held.len() < code.captures
        || held.len() >= code.entrance.params.len()
        || code.entrance.takes_raw()
        || code.is_clause
    {
        return Err(DecodeError::Forbidden("a function that holds more or less than its code takes"));
    }
    Ok(heap.closure(entry, held))
}
