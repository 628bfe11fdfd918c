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
pub(crate) fn digest(graph: &Graph, steps_max: u64) -> Option<(Digest, u64)> {
    let whole = whole_maps(graph);
    let mut digests: Vec<Digest> = Vec::with_capacity(graph.nodes.len());
    let mut steps = 0;
    for (at, node) in graph.nodes.iter().enumerate() {
        let mut writer = Writer::new();
        if graph.map_part(at as u32).is_none() {
            content(node, &mut writer);
            steps += 1 + node.children().len() as u64 + node.content_bytes() as u64 / 64;
            writer.len(node.children().len());
            node.children().iter().for_each(|child| writer.raw(&digests[*child as usize]));
        } else if whole[at] {
            steps += entries(graph, at as u32, &digests, &mut writer, steps_max.saturating_sub(steps))?;
        } else {
            digests.push([0; 32]);
            continue;
        }
        if steps > steps_max {
            return None;
        }
        digests.push(blake3::derive_key(CONTEXT, &writer.finish()));
    }
    Some((digests[graph.root() as usize], steps))
}

/// Which nodes stand for themselves: all but the parts of maps.
fn whole_maps(graph: &Graph) -> Vec<bool> {
    let mut whole = vec![false; graph.nodes.len()];
    whole[graph.root() as usize] = true;
    for (at, node) in graph.nodes.iter().enumerate() {
        let part = graph.map_part(at as u32);
        for child in node.children() {
            let is_part =
                matches!(part, Some(MapPart::Node { smaller, larger, .. }) if [smaller, larger].contains(child));
            let is_entry = matches!(part, Some(MapPart::Node { key, value, .. }) if [key, value].contains(child));
            whole[*child as usize] |= !is_part || is_entry;
        }
    }
    whole
}

/// Writes the entries of a map in order. Gives how many steps that took, if those are not too many.
fn entries(graph: &Graph, map: u32, digests: &[Digest], writer: &mut Writer, steps_max: u64) -> Option<u64> {
    writer.u8(MAP);
    // Nodes that are still to be visited, with whether what has smaller keys was.
    let mut rest = vec![(map, false)];
    let mut steps = 0;
    while let Some((at, visited)) = rest.pop() {
        steps += 1;
        if steps > steps_max {
            return None;
        }
        let mut write = |at: u32| writer.raw(&digests[at as usize]);
        match graph.map_part(at) {
            Some(MapPart::Node { smaller, larger, .. }) if !visited => {
                rest.extend([(larger, false), (at, true), (smaller, false)]);
            }
            Some(MapPart::Node { key, value, .. }) => [key, value].into_iter().for_each(write),
            Some(MapPart::Leaf { keys, values }) => {
                steps += keys.len() as u64;
                keys.iter().zip(values).for_each(|(key, value)| [*key, *value].into_iter().for_each(&mut write));
            }
            // The end of a branch; a map from outside may hold anything there.
            None if graph.nodes[at as usize].children().is_empty() => {}
            None => write(at),
        }
    }
    Some(steps)
}

/// The kind of a map that is not empty. That of every other node is below.
const MAP: u8 = 32;

/// What a node is, without its children.
fn content(node: &Node, writer: &mut Writer) {
    match node {
        Node::Nat(n) => number(writer, 0, *n),
        Node::Int(n) => number(writer, 1, *n as u64),
        Node::Float(bits) => number(writer, 2, *bits),
        Node::Char(c) => number(writer, 3, u64::from(u32::from(*c))),
        Node::Boolean(b) => number(writer, 4, u64::from(*b)),
        Node::Text(text) => {
            writer.u8(5);
            writer.text(text);
        }
        Node::Bytes(bytes) => {
            writer.u8(6);
            writer.bytes(bytes);
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
