//! The hash of a value: of what it is, whatever of it is shared, how its lists are put together and how its maps have grown.
//!
//! It is a Merkle hash: each node's is made of its own content and of its children's, children first. A map is the list of its entries.

use super::graph::{Callable, FrameCode, FrameKind, Graph, MapPart, Node};
use base::bytes::Writer;
use builtin::BuiltinType;
use ir::FunctionRef;
use kernel::{DefId, TermRef, TypeRef};

/// What hashes of values are derived with.
const CONTEXT: &str = "unison-rust 2026 value v1";

pub(crate) type Digest = [u8; 32];

/// The hash of the value, and how many steps it took; none if it would take more than `steps_max`: maps that share parts have more entries than nodes.
/// It is asked now and then whether it is still wanted.
pub(crate) fn digest<E>(
    graph: &Graph,
    steps_max: u64,
    ask: impl Fn() -> Result<(), E>,
) -> Result<Option<(Digest, u64)>, E> {
    let whole = whole_maps(graph, &ask)?;
    let mut digests: Vec<Digest> = Vec::with_capacity(graph.nodes.len());
    let mut steps = 0;
    let mut asked = 0;
    for (at, node) in graph.nodes.iter().enumerate() {
        if steps >= asked + STEPS_UNASKED {
            asked = steps;
            ask()?;
        }
        let mut hash = Hash { bytes: Writer::new(), before: None, ask: &ask };
        if graph.map_part(at as u32).is_none() {
            content(node, &mut hash.bytes);
            steps += 1 + node.children().len() as u64 + node.content_bytes() as u64 / 64;
            hash.content(node)?;
            hash.bytes.len(node.children().len());
            node.children().iter().try_for_each(|child| hash.child(&digests[*child as usize]))?;
        } else if whole[at] {
            let Some(taken) = entries(graph, at as u32, &digests, &mut hash, steps_max.saturating_sub(steps))? else {
                return Ok(None);
            };
            steps += taken;
        } else {
            digests.push([0; 32]);
            continue;
        }
        if steps > steps_max {
            return Ok(None);
        }
        digests.push(hash.finish());
    }
    Ok(Some((digests[graph.root() as usize], steps)))
}

/// Steps before it is asked again.
const STEPS_UNASKED: u64 = 4096;

/// Bytes that are hashed at once.
const HASHED_BYTES: usize = 64 << 10;

/// The hash of one node. Its bytes are hashed when they have become many, so that most are hashed at once.
struct Hash<'a, A> {
    bytes: Writer,
    before: Option<Box<blake3::Hasher>>,
    ask: &'a A,
}

impl<E, A: Fn() -> Result<(), E>> Hash<'_, A> {
    /// The text or bytes of a node, which stand behind their length.
    fn content(&mut self, node: &Node) -> Result<(), E> {
        let content = match node {
            Node::Text(text) => text.as_bytes(),
            Node::Bytes(bytes) => bytes,
            _ => return Ok(()),
        };
        for piece in content.chunks(HASHED_BYTES) {
            self.bytes.raw(piece);
            self.rest()?;
        }
        Ok(())
    }

    fn child(&mut self, digest: &Digest) -> Result<(), E> {
        self.bytes.raw(digest);
        self.rest()
    }

    #[inline]
    fn rest(&mut self) -> Result<(), E> {
        if self.bytes.written() < HASHED_BYTES {
            return Ok(());
        }
        (self.ask)()?;
        let bytes = std::mem::take(&mut self.bytes).finish();
        let before = self.before.get_or_insert_with(|| Box::new(blake3::Hasher::new_derive_key(CONTEXT)));
        before.update(&bytes);
        Ok(())
    }

    fn finish(self) -> Digest {
        let bytes = self.bytes.finish();
        match self.before {
            Some(mut hasher) => *hasher.update(&bytes).finalize().as_bytes(),
            None => blake3::derive_key(CONTEXT, &bytes),
        }
    }
}

/// Which nodes stand for themselves: all but the parts of maps.
fn whole_maps<E>(graph: &Graph, ask: impl Fn() -> Result<(), E>) -> Result<Vec<bool>, E> {
    let mut whole = vec![false; graph.nodes.len()];
    whole[graph.root() as usize] = true;
    for (at, node) in graph.nodes.iter().enumerate() {
        if (at as u64).is_multiple_of(STEPS_UNASKED) {
            ask()?;
        }
        let part = graph.map_part(at as u32);
        for child in node.children() {
            let is_part =
                matches!(part, Some(MapPart::Node { smaller, larger, .. }) if [smaller, larger].contains(child));
            let is_entry = matches!(part, Some(MapPart::Node { key, value, .. }) if [key, value].contains(child));
            whole[*child as usize] |= !is_part || is_entry;
        }
    }
    Ok(whole)
}

/// Writes the entries of a map in order. Gives how many steps that took, if those are not too many.
fn entries<E, A: Fn() -> Result<(), E>>(
    graph: &Graph,
    map: u32,
    digests: &[Digest],
    hash: &mut Hash<'_, A>,
    steps_max: u64,
) -> Result<Option<u64>, E> {
    hash.bytes.u8(MAP);
    // Nodes that are still to be visited, with whether what has smaller keys was.
    let mut rest = vec![(map, false)];
    let mut steps = 0;
    while let Some((at, visited)) = rest.pop() {
        steps += 1;
        if steps > steps_max {
            return Ok(None);
        }
        let mut write = |at: u32| hash.child(&digests[at as usize]);
        match graph.map_part(at) {
            Some(MapPart::Node { smaller, larger, .. }) if !visited => {
                rest.extend([(larger, false), (at, true), (smaller, false)]);
            }
            Some(MapPart::Node { key, value, .. }) => [key, value].into_iter().try_for_each(write)?,
            Some(MapPart::Leaf { keys, values }) => {
                steps += keys.len() as u64;
                keys.iter()
                    .zip(values)
                    .try_for_each(|(key, value)| [*key, *value].into_iter().try_for_each(&mut write))?;
            }
            // The end of a branch; a map from outside may hold anything there.
            None if graph.nodes[at as usize].children().is_empty() => {}
            None => write(at)?,
        }
    }
    Ok(Some(steps))
}

/// The kind of a map that is not empty. That of every other node is below.
const MAP: u8 = 32;

/// What a node is, without its children, and of text or bytes the length only.
fn content(node: &Node, writer: &mut Writer) {
    match node {
        Node::Nat(n) => number(writer, 0, *n),
        Node::Int(n) => number(writer, 1, *n as u64),
        Node::Float(bits) => number(writer, 2, *bits),
        Node::Char(c) => number(writer, 3, u64::from(u32::from(*c))),
        Node::Boolean(b) => number(writer, 4, u64::from(*b)),
        Node::Text(text) => {
            writer.u8(5);
            writer.len(text.len());
        }
        Node::Bytes(bytes) => {
            writer.u8(6);
            writer.len(bytes.len());
        }
        Node::List(_) => writer.u8(7),
        Node::Constructed(of, index, _) => member(writer, 8, *of, *index),
        Node::Request(of, index, _) => member(writer, 9, *of, *index),
        Node::Pure(_) => writer.u8(10),
        Node::Function(callable, _) => function(writer, *callable),
        Node::TermLink(term) => {
            writer.u8(12);
            link(writer, *term);
        }
        Node::TypeLink(of) => {
            writer.u8(13);
            ty(writer, *of);
        }
        Node::Row(row) => {
            number(writer, 14, row.len() as u64);
            row.iter().for_each(|of| ty(writer, *of));
        }
        // Never asked for: two of them are not the same.
        Node::Mutable(of) => member(writer, 19, TypeRef::Builtin(*of), 0),
        Node::Continuation(frames, _) => {
            number(writer, 15, frames.len() as u64);
            frames.iter().for_each(|frame| {
                kind(writer, frame.kind);
                writer.varint(u64::from(frame.words));
            });
        }
    }
}

fn number(writer: &mut Writer, tag: u8, n: u64) {
    writer.u8(tag);
    writer.varint(n);
}

fn member(writer: &mut Writer, tag: u8, of: TypeRef, index: u32) {
    writer.u8(tag);
    ty(writer, of);
    writer.varint(u64::from(index));
}

fn function(writer: &mut Writer, callable: Callable) {
    match callable {
        Callable::Code(id) => {
            writer.u8(11);
            def(writer, id.def);
            writer.varint(u64::from(id.lambda));
        }
        Callable::Function(FunctionRef::Builtin(builtin)) => {
            writer.u8(16);
            writer.text(builtin.name());
        }
        Callable::Function(FunctionRef::Constructor(of, index)) => member(writer, 17, of, index),
        Callable::Function(FunctionRef::Operation(of, index)) => member(writer, 18, of, index),
    }
}

fn kind(writer: &mut Writer, kind: FrameKind) {
    match kind {
        FrameKind::Resume(of, index) => {
            number(writer, 0, u64::from(index));
            code(writer, of);
        }
        FrameKind::Apply => writer.u8(1),
        FrameKind::Prompt(of, index) => {
            number(writer, 2, u64::from(index));
            code(writer, of);
        }
        FrameKind::Clause(below) => number(writer, 3, u64::from(below)),
    }
}

fn code(writer: &mut Writer, code: FrameCode) {
    match code {
        FrameCode::Code(id) => {
            writer.u8(0);
            def(writer, id.def);
            writer.varint(u64::from(id.lambda));
        }
        FrameCode::Generic(id) if id.lambda == 0 => {
            writer.u8(1);
            def(writer, id.def);
        }
        FrameCode::Generic(id) => {
            writer.u8(4);
            def(writer, id.def);
            writer.varint(u64::from(id.lambda));
        }
        FrameCode::Operation(of, index) => member(writer, 2, of, index),
        FrameCode::Crossing(of, index) => member(writer, 3, of, index),
    }
}

fn def(writer: &mut Writer, id: DefId) {
    writer.hash(&id.component);
    writer.varint(u64::from(id.index));
}

fn link(writer: &mut Writer, term: TermRef) {
    match term {
        TermRef::Def(id) => {
            writer.u8(0);
            def(writer, id);
        }
        TermRef::Builtin(builtin) => {
            writer.u8(1);
            writer.text(builtin.name());
        }
        TermRef::Cycle(index) => number(writer, 2, u64::from(index)),
    }
}

fn ty(writer: &mut Writer, of: TypeRef) {
    match of {
        TypeRef::Def(id) => {
            writer.u8(0);
            def(writer, id);
        }
        TypeRef::Builtin(BuiltinType::Tuple(n)) => number(writer, 1, u64::from(n)),
        TypeRef::Builtin(builtin) => {
            writer.u8(2);
            writer.text(builtin.spec().name);
        }
        TypeRef::Cycle(index) => number(writer, 3, u64::from(index)),
    }
}
