//! Data as JSON, on one line.
//!
//! Numbers are numbers; what JSON has no number for (a float that is infinite or none) is null. Text and characters are strings, bytes a string of hexadecimal digits. Lists and tuples
//! are arrays, `()` and `None` null. `Some a` is `a`, unless that could be null itself. A map whose keys are text is an object, any other an array of pairs. A constructor is its name as a string, with one
//! argument `{"Name": argument}`, with more `{"Name": [arguments]}`. A `Json` is itself. Functions and what stands for something at a node (a node, a future, a channel) are no data.

use super::graph::{Graph, MapPart, Node};
use super::render::{Names, constructor_name, term_name, type_name};
use crate::builtins::json::{number_end, write_plain, write_string};
use crate::builtins::number::float_text;
use builtin::{BuiltinType, TypeSort};
use kernel::TypeRef;
use std::borrow::Cow;
use std::fmt;

/// Why a value has no JSON form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotJson {
    /// It holds this, which is no data.
    NoData(&'static str),
    /// Its text would be longer than allowed: it shares its parts.
    TooLong,
    /// It is malformed.
    Malformed,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotJson::NoData(what) => write!(f, "the value holds {what}, which has no JSON form"),
            NotJson::TooLong => f.write_str("the JSON form of the value is too long"),
            NotJson::Malformed => f.write_str("the value is malformed"),
        }
    }
}

impl std::error::Error for NotJson {}

/// What is still to be written, the next one last.
enum Piece<'a> {
    Text(Cow<'static, str>),
    /// The rest of a string, without its quotation marks.
    Quoted(&'a str),
    /// The same, of digits.
    Hex(&'a [u8]),
    Value(u32),
    /// Elements or members, each behind a comma.
    Rest(&'a [u32], fn(u32) -> Piece<'a>),
    /// Entries of a map without what stands around them; whether as members of an object.
    Entries(u32, bool),
    /// A member of an object: a pair.
    Member(u32),
}

/// Pieces between two questions.
const PIECES_UNASKED: usize = 1 << 10;

/// Bytes of a string that are written at once.
const PIECE_BYTES: usize = 64 << 10;

const QUOTE: Piece<'_> = Piece::Text(Cow::Borrowed("\""));

/// The value as JSON, of at most about so many bytes. Asks now and then whether it is still wanted.
pub(crate) fn json<E>(
    graph: &Graph,
    names: &dyn Names,
    bytes_max: usize,
    ask: impl Fn() -> Result<(), E>,
) -> Result<Result<String, NotJson>, E> {
    let mut printer = Printer { graph, names, out: String::new(), work: vec![Piece::Value(graph.root())] };
    let mut asked_bytes = 0;
    for n in 1usize.. {
        if n.is_multiple_of(PIECES_UNASKED) || printer.out.len() >= asked_bytes + PIECE_BYTES {
            asked_bytes = printer.out.len();
            ask()?;
        }
        match printer.next(bytes_max) {
            Ok(true) => {}
            Ok(false) => break,
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(Ok(printer.out))
}

struct Printer<'a> {
    graph: &'a Graph,
    names: &'a dyn Names,
    out: String,
    work: Vec<Piece<'a>>,
}

impl<'a> Printer<'a> {
    /// Writes what comes next. False: that was all.
    fn next(&mut self, bytes_max: usize) -> Result<bool, NotJson> {
        let Some(piece) = self.work.pop() else { return Ok(false) };
        if self.out.len() > bytes_max {
            return Err(NotJson::TooLong);
        }
        let first = self.work.len();
        match piece {
            Piece::Text(text) => self.out.push_str(&text),
            Piece::Quoted(text) => self.quoted(text),
            Piece::Hex(bytes) => self.hex(bytes),
            Piece::Value(at) => self.value(at)?,
            Piece::Rest(elements, piece) => self.rest(elements, piece),
            Piece::Entries(at, named) => self.entries(at, named)?,
            Piece::Member(at) => self.member(at)?,
        }
        self.work[first..].reverse();
        Ok(true)
    }

    fn node(&self, at: u32) -> &'a Node {
        &self.graph.nodes[at as usize]
    }

    fn text(&mut self, text: impl Into<Cow<'static, str>>) {
        self.work.push(Piece::Text(text.into()));
    }

    fn value(&mut self, at: u32) -> Result<(), NotJson> {
        match self.node(at) {
            Node::Nat(n) => self.out.push_str(&n.to_string()),
            Node::Int(n) => self.out.push_str(&n.to_string()),
            Node::Float(bits) => self.float(f64::from_bits(*bits)),
            Node::Char(c) => write_string(c.encode_utf8(&mut [0; 4]), &mut self.out),
            Node::Boolean(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Node::Text(text) => self.work.extend([QUOTE, Piece::Quoted(text), QUOTE]),
            Node::Bytes(bytes) => self.work.extend([QUOTE, Piece::Hex(bytes), QUOTE]),
            Node::List(children) => self.array(children),
            Node::Constructed(TypeRef::Builtin(ty), index, fields) => self.builtin(at, *ty, *index, fields)?,
            Node::Constructed(ty, index, fields) => self.constructor(*ty, *index, fields),
            Node::TermLink(term) => write_string(&term_name(*term, self.names), &mut self.out),
            Node::TypeLink(ty) => write_string(&type_name(*ty, self.names), &mut self.out),
            Node::Function(..) => return Err(NotJson::NoData("a function")),
            Node::Mutable(_) => return Err(NotJson::NoData("something mutable")),
            Node::Continuation(..) => return Err(NotJson::NoData("a continuation")),
            Node::Request(..) | Node::Pure(_) => return Err(NotJson::NoData("a request of an ability")),
            Node::Row(_) => return Err(NotJson::NoData("a row of abilities")),
        }
        Ok(())
    }

    fn float(&mut self, x: f64) {
        let text = float_text(x);
        let is_number = number_end(text.as_bytes(), 0) == Ok(text.len());
        self.out.push_str(if is_number { &text } else { "null" });
    }

    fn builtin(&mut self, at: u32, ty: BuiltinType, index: u32, fields: &'a [u32]) -> Result<(), NotJson> {
        match (ty, index, fields) {
            (BuiltinType::Tuple(0), ..) | (BuiltinType::Optional, _, []) => self.out.push_str("null"),
            (BuiltinType::Tuple(_), ..) => self.array(fields),
            (BuiltinType::Optional, _, [inner]) if !self.may_be_null(*inner) => self.work.push(Piece::Value(*inner)),
            (BuiltinType::Any, _, [inner]) => self.work.push(Piece::Value(*inner)),
            (BuiltinType::Map, _, []) => self.out.push_str("{}"),
            (BuiltinType::Map, ..) => self.map(at)?,
            (BuiltinType::Json, ..) => return self.json(index, fields),
            _ if matches!(ty.spec().sort, TypeSort::Hidden(_)) => return Err(NotJson::NoData(hidden(ty))),
            _ => self.constructor(TypeRef::Builtin(ty), index, fields),
        }
        Ok(())
    }

    fn may_be_null(&self, at: u32) -> bool {
        match self.node(at) {
            Node::Constructed(TypeRef::Builtin(ty), ..) => {
                matches!(ty, BuiltinType::Optional | BuiltinType::Tuple(0) | BuiltinType::Json | BuiltinType::Any)
            }
            Node::Float(_) => true,
            _ => false,
        }
    }

    fn constructor(&mut self, ty: TypeRef, index: u32, fields: &'a [u32]) {
        let name = constructor_name(ty, index, self.names);
        let name = name.rsplit('.').next().unwrap_or_default();
        if fields.is_empty() {
            return write_string(name, &mut self.out);
        }
        self.out.push('{');
        write_string(name, &mut self.out);
        self.out.push(':');
        match fields {
            [field] => self.work.push(Piece::Value(*field)),
            _ => self.array(fields),
        }
        self.text("}");
    }

    fn array(&mut self, elements: &'a [u32]) {
        self.sequence("[", elements, Piece::Value, "]");
    }

    fn sequence(&mut self, open: &'static str, elements: &'a [u32], piece: fn(u32) -> Piece<'a>, close: &'static str) {
        self.text(open);
        if let Some((first, rest)) = elements.split_first() {
            self.work.extend([piece(*first), Piece::Rest(rest, piece)]);
        }
        self.text(close);
    }

    fn rest(&mut self, elements: &'a [u32], piece: fn(u32) -> Piece<'a>) {
        if let Some((next, rest)) = elements.split_first() {
            self.out.push(',');
            self.work.extend([piece(*next), Piece::Rest(rest, piece)]);
        }
    }

    fn quoted(&mut self, text: &'a str) {
        let (piece, rest) = text.split_at(text.floor_char_boundary(PIECE_BYTES));
        write_plain(piece, &mut self.out);
        self.work.extend((!rest.is_empty()).then_some(Piece::Quoted(rest)));
    }

    fn hex(&mut self, bytes: &'a [u8]) {
        let (piece, rest) = bytes.split_at(bytes.len().min(PIECE_BYTES));
        piece.iter().for_each(|byte| self.out.push_str(&format!("{byte:02x}")));
        self.work.extend((!rest.is_empty()).then_some(Piece::Hex(rest)));
    }

    fn map(&mut self, at: u32) -> Result<(), NotJson> {
        let key = match self.graph.map_part(at).ok_or(NotJson::Malformed)? {
            MapPart::Node { key, .. } => key,
            MapPart::Leaf { keys, .. } => keys[0],
        };
        let named = matches!(self.node(key), Node::Text(_));
        self.text(if named { "{" } else { "[" });
        self.work.push(Piece::Entries(at, named));
        self.text(if named { "}" } else { "]" });
        Ok(())
    }

    fn entries(&mut self, at: u32, named: bool) -> Result<(), NotJson> {
        match self.graph.map_part(at).ok_or(NotJson::Malformed)? {
            MapPart::Node { key, value, smaller, larger } => {
                let is_empty = |map: u32| self.node(map).children().is_empty();
                let (none_smaller, none_larger) = (is_empty(smaller), is_empty(larger));
                if !none_smaller {
                    self.work.push(Piece::Entries(smaller, named));
                    self.text(",");
                }
                self.entry(key, value, named)?;
                if !none_larger {
                    self.text(",");
                    self.work.push(Piece::Entries(larger, named));
                }
            }
            MapPart::Leaf { keys, values } => {
                for (i, (key, value)) in keys.iter().zip(values).enumerate() {
                    self.text(if i > 0 { "," } else { "" });
                    self.entry(*key, *value, named)?;
                }
            }
        }
        Ok(())
    }

    /// A map from outside may have keys of several types.
    fn entry(&mut self, key: u32, value: u32, named: bool) -> Result<(), NotJson> {
        if named && !matches!(self.node(key), Node::Text(_)) {
            return Err(NotJson::Malformed);
        }
        self.text(if named { "" } else { "[" });
        self.work.push(Piece::Value(key));
        self.text(if named { ":" } else { "," });
        self.work.push(Piece::Value(value));
        self.text(if named { "" } else { "]" });
        Ok(())
    }

    fn json(&mut self, index: u32, fields: &'a [u32]) -> Result<(), NotJson> {
        match (index, fields) {
            (0, []) => self.out.push_str("null"),
            (2, [digits]) => {
                let Node::Text(digits) = self.node(*digits) else { return Err(NotJson::Malformed) };
                match number_end(digits.as_bytes(), 0) == Ok(digits.len()) {
                    true => self.out.push_str(digits),
                    false => write_string(digits, &mut self.out),
                }
            }
            (1 | 3 | 4, [inner]) => self.work.push(Piece::Value(*inner)),
            (5, [members]) => {
                let Node::List(members) = self.node(*members) else { return Err(NotJson::Malformed) };
                self.sequence("{", members, Piece::Member, "}");
            }
            _ => return Err(NotJson::Malformed),
        }
        Ok(())
    }

    fn member(&mut self, at: u32) -> Result<(), NotJson> {
        let [name, value] = self.node(at).children() else { return Err(NotJson::Malformed) };
        self.work.push(Piece::Value(*name));
        self.text(":");
        self.work.push(Piece::Value(*value));
        Ok(())
    }
}

fn hidden(ty: BuiltinType) -> &'static str {
    match ty {
        BuiltinType::Node => "a node",
        BuiltinType::Future => "a future",
        BuiltinType::Channel => "a channel",
        BuiltinType::Cluster => "a cluster",
        BuiltinType::FileHandle => "an open file",
        _ => "something opaque",
    }
}
