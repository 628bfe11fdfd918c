//! Values as text, as a program would write them, as far as it can.

use super::graph::{Callable, Graph, MapPart, Node};
use super::heap::graph_of;
use crate::Budget;
use crate::builtins::number::float_text;
use crate::heap::Heap;
use crate::machine::Machine;
use crate::trap::Trap;
use crate::word::Word;
use builtin::{BuiltinType, TypeSort};
use ir::{CodeId, FunctionRef, Tag};
use kernel::{DefId, TermRef, TypeRef};
use std::borrow::Cow;
use std::convert::Infallible;

/// What things are called where values are shown; without a name, a hash does.
pub trait Names {
    fn constructor(&self, ty: TypeRef, index: u32) -> Option<String>;
    fn operation(&self, ability: TypeRef, index: u32) -> Option<String>;
    fn term(&self, term: TermRef) -> Option<String>;
    fn ty(&self, ty: TypeRef) -> Option<String>;
}

/// A machine knows what was declared, not what it is called in a codebase.
impl Names for Machine {
    fn constructor(&self, ty: TypeRef, index: u32) -> Option<String> {
        self.descriptor(Tag::Constructor(ty, index)).map(|descriptor| descriptor.name.to_string())
    }

    fn operation(&self, ability: TypeRef, index: u32) -> Option<String> {
        self.descriptor(Tag::Request(ability, index)).map(|descriptor| descriptor.name.to_string())
    }

    fn term(&self, _term: TermRef) -> Option<String> {
        None
    }

    fn ty(&self, _ty: TypeRef) -> Option<String> {
        None
    }
}

/// Text that is longer than asked for, cut.
pub(super) type Cut = String;

/// What is still to be written.
enum Piece<'a> {
    Text(Cow<'a, str>),
    /// A node; whether it stands where an application needs parentheses.
    Value(u32, bool),
    /// The entries of a map, without what stands around them.
    Entries(u32),
    /// Elements, each behind a comma.
    Rest(&'a [u32]),
    /// The rest of a text, without its quotes.
    Quoted(&'a str),
    /// The rest of some bytes.
    Hex(&'a [u8]),
}

/// The text of a value of a heap. Sharing is unfolded, so it is limited by what the heap may hold, and charged.
pub(crate) fn debug_text(value: Word, heap: &mut Heap, names: &dyn Names) -> Result<String, Box<Trap>> {
    let limit = (heap.limit_bytes() / GRAPH_BYTES) as u64;
    let Ok(graph) = graph_of(value, heap, limit) else { return Trap::out_of(Budget::Memory) };
    let text = text_asking(&graph, names, DEBUG_CHARS_MAX, || heap.check_interrupt());
    graph.give_back();
    match text? {
        Ok(text) => {
            heap.reserve(text.len())?;
            Ok(text)
        }
        Err(cut) => Ok(cut + "..."),
    }
}

/// Bytes of memory for a byte of a graph's portable form, at most, roughly.
pub(crate) const GRAPH_BYTES: usize = 32;

/// Text for a programmer to look at is cut here: sharing could make it any length.
const DEBUG_CHARS_MAX: usize = 16 << 20;

/// Pieces between two questions, and bytes of a piece of text.
const PIECES_AT_ONCE: usize = 1 << 10;
const PIECE_BYTES: usize = 16 << 10;

/// Writes a value; if that takes more than `chars_max` bytes, what there is until then.
pub(super) fn text(graph: &Graph, names: &dyn Names, chars_max: usize) -> Result<String, Cut> {
    match text_asking(graph, names, chars_max, || Ok::<(), Infallible>(())) {
        Ok(text) => text,
        Err(never) => match never {},
    }
}

/// The same; asks now and then whether it is still wanted.
fn text_asking<E>(
    graph: &Graph,
    names: &dyn Names,
    chars_max: usize,
    ask: impl Fn() -> Result<(), E>,
) -> Result<Result<String, Cut>, E> {
    let mut out = String::new();
    let mut pieces = vec![Piece::Value(graph.root(), false)];
    for n in 1usize.. {
        let Some(piece) = pieces.pop() else { break };
        if out.len() > chars_max {
            return Ok(Err(out));
        }
        if n.is_multiple_of(PIECES_AT_ONCE) || matches!(piece, Piece::Quoted(_) | Piece::Hex(_)) {
            ask()?;
        }
        let first = pieces.len();
        write_piece(piece, graph, names, &mut out, &mut pieces);
        pieces[first..].reverse();
    }
    Ok(Ok(out))
}

/// Writes what a piece begins with, and leaves the rest in `pieces`, in order.
fn write_piece<'a>(
    piece: Piece<'a>,
    graph: &'a Graph,
    names: &dyn Names,
    out: &mut String,
    pieces: &mut Vec<Piece<'a>>,
) {
    match piece {
        Piece::Text(text) => out.push_str(&text),
        Piece::Value(at, inner) => match graph.map_part(at) {
            Some(_) => whole_map(at, inner, out, pieces),
            None => write(&graph.nodes[at as usize], inner, names, out, pieces),
        },
        Piece::Entries(at) => entries(graph, at, pieces),
        Piece::Rest(elements) => {
            if let Some((next, rest)) = elements.split_first() {
                out.push_str(", ");
                pieces.extend([Piece::Value(*next, false), Piece::Rest(rest)]);
            }
        }
        Piece::Quoted(text) => {
            let (piece, rest) = text.split_at(text.floor_char_boundary(PIECE_BYTES));
            quote(piece, out);
            pieces.extend((!rest.is_empty()).then_some(Piece::Quoted(rest)));
        }
        Piece::Hex(bytes) => {
            let (piece, rest) = bytes.split_at(bytes.len().min(PIECE_BYTES));
            piece.iter().for_each(|byte| out.push_str(&format!("{byte:02x}")));
            pieces.extend((!rest.is_empty()).then_some(Piece::Hex(rest)));
        }
    }
}

/// Writes what begins a node, and leaves the rest in `pieces`, in order.
fn write<'a>(node: &'a Node, inner: bool, names: &dyn Names, out: &mut String, pieces: &mut Vec<Piece<'a>>) {
    match node {
        Node::Nat(n) => out.push_str(&n.to_string()),
        Node::Int(n) => out.push_str(&format!("{n:+}")),
        Node::Float(bits) => out.push_str(&float_text(f64::from_bits(*bits))),
        Node::Char(c) => out.push_str(&char_text(*c)),
        Node::Boolean(b) => out.push_str(if *b { "true" } else { "false" }),
        Node::Text(text) => {
            out.push('"');
            pieces.extend([Piece::Quoted(text), Piece::Text("\"".into())]);
        }
        Node::Bytes(bytes) => {
            out.push_str("0xs");
            pieces.push(Piece::Hex(bytes));
        }
        Node::List(children) => sequence("[", children, "]", out, pieces),
        Node::Constructed(TypeRef::Builtin(BuiltinType::Tuple(_)), 0, children) => {
            sequence("(", children, ")", out, pieces);
        }
        Node::Constructed(TypeRef::Builtin(BuiltinType::Map), 0, children) if children.is_empty() => {
            out.push_str("Map.empty");
        }
        Node::Constructed(TypeRef::Builtin(ty), ..)
            if *ty != BuiltinType::Any && matches!(ty.spec().sort, TypeSort::Hidden(_)) =>
        {
            out.push_str(&format!("<{}>", ty.spec().name));
        }
        Node::Constructed(ty, index, children) => {
            application(&constructor_name(*ty, *index, names), children, inner, out, pieces);
        }
        Node::Request(ty, index, children) => {
            out.push_str(&format!("{{ {}", operation_name(*ty, *index, names)));
            let (args, continuation) = children.split_at(children.len().saturating_sub(1));
            arguments(args, pieces);
            pieces.push(Piece::Text(" -> ".into()));
            pieces.extend(continuation.iter().map(|child| Piece::Value(*child, false)));
            pieces.push(Piece::Text(" }".into()));
        }
        Node::Pure(child) => {
            out.push_str("{ ");
            pieces.push(Piece::Value(*child, false));
            pieces.push(Piece::Text(" }".into()));
        }
        Node::Function(callable, children) => {
            application(&function_name(*callable, names), children, inner, out, pieces)
        }
        Node::TermLink(term) => link("termLink", &term_name(*term, names), inner, out),
        Node::TypeLink(ty) => link("typeLink", &type_name(*ty, names), inner, out),
        Node::Row(row) => {
            let names: Vec<String> = row.iter().map(|ty| type_name(*ty, names)).collect();
            out.push_str(&format!("{{{}}}", names.join(", ")));
        }
        Node::Mutable(ty) => out.push_str(&format!("<{}>", ty.spec().name)),
        Node::Continuation(..) => out.push_str("<continuation>"),
    }
}

/// `Map.fromList [(key, value), ..]`: how the tree has grown is nobody's business.
fn whole_map(at: u32, inner: bool, out: &mut String, pieces: &mut Vec<Piece<'_>>) {
    out.push_str(if inner { "(Map.fromList [" } else { "Map.fromList [" });
    pieces.push(Piece::Entries(at));
    pieces.push(Piece::Text(if inner { "])".into() } else { "]".into() }));
}

fn entries(graph: &Graph, at: u32, pieces: &mut Vec<Piece<'_>>) {
    match graph.map_part(at) {
        Some(MapPart::Node { key, value, smaller, larger }) => {
            let is_empty = |map: u32| graph.nodes[map as usize].children().is_empty();
            if !is_empty(smaller) {
                pieces.extend([Piece::Entries(smaller), Piece::Text(", ".into())]);
            }
            entry(key, value, pieces);
            if !is_empty(larger) {
                pieces.extend([Piece::Text(", ".into()), Piece::Entries(larger)]);
            }
        }
        Some(MapPart::Leaf { keys, values }) => {
            for (i, (key, value)) in keys.iter().zip(values).enumerate() {
                pieces.push(Piece::Text(if i > 0 { ", " } else { "" }.into()));
                entry(*key, *value, pieces);
            }
        }
        // A map from outside may hold anything where it should hold a map.
        None => pieces.push(Piece::Value(at, false)),
    }
}

fn entry(key: u32, value: u32, pieces: &mut Vec<Piece<'_>>) {
    pieces.extend([Piece::Text("(".into()), Piece::Value(key, false), Piece::Text(", ".into())]);
    pieces.extend([Piece::Value(value, false), Piece::Text(")".into())]);
}

fn sequence<'a>(open: &str, children: &'a [u32], close: &'static str, out: &mut String, pieces: &mut Vec<Piece<'a>>) {
    out.push_str(open);
    if let Some((first, rest)) = children.split_first() {
        pieces.extend([Piece::Value(*first, false), Piece::Rest(rest)]);
    }
    pieces.push(Piece::Text(close.into()));
}

fn application(head: &str, args: &[u32], inner: bool, out: &mut String, pieces: &mut Vec<Piece<'_>>) {
    let parentheses = inner && !args.is_empty();
    out.push_str(if parentheses { "(" } else { "" });
    out.push_str(head);
    arguments(args, pieces);
    if parentheses {
        pieces.push(Piece::Text(")".into()));
    }
}

fn link(keyword: &str, name: &str, inner: bool, out: &mut String) {
    out.push_str(&if inner { format!("({keyword} {name})") } else { format!("{keyword} {name}") });
}

fn arguments(args: &[u32], pieces: &mut Vec<Piece<'_>>) {
    for arg in args {
        pieces.push(Piece::Text(" ".into()));
        pieces.push(Piece::Value(*arg, true));
    }
}

pub(super) fn constructor_name(ty: TypeRef, index: u32, names: &dyn Names) -> String {
    names.constructor(ty, index).unwrap_or_else(|| format!("{}.{index}", type_name(ty, names)))
}

fn operation_name(ability: TypeRef, index: u32, names: &dyn Names) -> String {
    names.operation(ability, index).unwrap_or_else(|| format!("{}.{index}", type_name(ability, names)))
}

fn function_name(callable: Callable, names: &dyn Names) -> String {
    match callable {
        Callable::Code(CodeId { def, lambda: 0 }) => term_name(TermRef::Def(def), names),
        Callable::Code(CodeId { def, lambda }) => match names.term(TermRef::Def(def)) {
            Some(name) => format!("<function {lambda} of {name}>"),
            None => "<function>".into(),
        },
        Callable::Function(FunctionRef::Builtin(builtin)) => builtin.name().to_string(),
        Callable::Function(FunctionRef::Constructor(ty, index)) => constructor_name(ty, index, names),
        Callable::Function(FunctionRef::Operation(ty, index)) => operation_name(ty, index, names),
    }
}

pub(super) fn term_name(term: TermRef, names: &dyn Names) -> String {
    names.term(term).unwrap_or_else(|| match term {
        TermRef::Builtin(builtin) => builtin.name().to_string(),
        TermRef::Def(id) => hash_text(id),
        TermRef::Cycle(index) => format!("<cycle {index}>"),
    })
}

pub(super) fn type_name(ty: TypeRef, names: &dyn Names) -> String {
    names.ty(ty).unwrap_or_else(|| match ty {
        TypeRef::Builtin(BuiltinType::Tuple(n)) => format!("Tuple{n}"),
        TypeRef::Builtin(ty) => ty.spec().name.to_string(),
        TypeRef::Def(id) => hash_text(id),
        TypeRef::Cycle(index) => format!("<cycle {index}>"),
    })
}

fn hash_text(id: DefId) -> String {
    let hash = id.component.short();
    if id.index == 0 { hash } else { format!("{hash}.{}", id.index) }
}

fn quote(text: &str, out: &mut String) {
    for c in text.chars() {
        match escape(c) {
            Some(escape) => out.extend(['\\', escape]),
            None if c == '"' => out.push_str("\\\""),
            None => out.push(shown(c)),
        }
    }
}

fn char_text(c: char) -> String {
    match escape(c) {
        Some(escape) => format!("?\\{escape}"),
        None if c == ' ' => "?\\s".to_string(),
        None => format!("?{}", shown(c)),
    }
}

fn escape(c: char) -> Option<char> {
    Some(match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        '\\' => '\\',
        _ => return None,
    })
}

/// A character without an escape. What would move the cursor of a terminal, or worse, is not shown.
fn shown(c: char) -> char {
    if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Asked so often, it is not wanted any more.
    fn stopped_after(asked: usize, nodes: Vec<Node>) -> Result<Result<String, Cut>, ()> {
        let questions = Cell::new(0);
        text_asking(&Graph { nodes }, &Machine::new(), usize::MAX, || {
            questions.set(questions.get() + 1);
            if questions.get() > asked { Err(()) } else { Ok(()) }
        })
    }

    #[test]
    fn what_is_not_wanted_any_more_is_not_written_to_its_end() {
        let list = || (0..10_000).map(Node::Nat).chain([Node::List((0..10_000).collect())]).collect();
        let text = || vec![Node::Text("ab\"".repeat(100_000).into())];
        let bytes = || vec![Node::Bytes(vec![7; 1_000_000].into())];
        for nodes in [list(), text(), bytes()] {
            assert!(stopped_after(3, nodes).is_err());
        }
        assert!(stopped_after(usize::MAX, list()).is_ok_and(|text| text.is_ok_and(|text| text.ends_with(", 9999]"))));
        let quoted = stopped_after(usize::MAX, text()).expect("nobody stops it").expect("it is not cut");
        assert!(quoted.len() == 400_002 && quoted.ends_with("ab\\\"\""));
    }
}
