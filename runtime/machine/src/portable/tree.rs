//! Between a host's tree and a graph.

use super::graph::{EncodeError, Graph, Node};
use super::wire;
use crate::Datum;
use base::bytes::DecodeError;

/// What an embedded portable value may cost to read: its bytes are held already, so a fixed number of items for each.
const ITEMS_PER_BYTE: u64 = 4;

/// What to do next.
enum Work<'a> {
    Visit(&'a Datum),
    /// Its children are the last ones that are ready: make the node.
    Make(&'a Datum),
}

/// A tree's nodes.
pub(super) fn graph_of(value: &Datum) -> Result<Graph, DecodeError> {
    let mut graph = Graph { nodes: Vec::new() };
    let mut ready: Vec<u32> = Vec::new();
    let mut work = vec![Work::Visit(value)];
    while let Some(next) = work.pop() {
        match next {
            Work::Visit(datum) => {
                work.push(Work::Make(datum));
                work.extend(children(datum).iter().rev().map(Work::Visit));
            }
            Work::Make(Datum::Opaque(portable)) => {
                let part = wire::decode(&portable.bytes(), ITEMS_PER_BYTE * portable.bytes().len() as u64 + 64)?;
                ready.push(graph.append(part));
            }
            Work::Make(datum) => {
                let children = ready.split_off(ready.len() - children(datum).len());
                graph.nodes.push(node(datum, children));
                ready.push(graph.root());
            }
        }
    }
    Ok(graph)
}

fn children(datum: &Datum) -> &[Datum] {
    match datum {
        Datum::List(children) | Datum::Constructed(_, _, children) => children,
        _ => &[],
    }
}

fn node(datum: &Datum, children: Vec<u32>) -> Node {
    match datum {
        Datum::Nat(n) => Node::Nat(*n),
        Datum::Int(n) => Node::Int(*n),
        Datum::Float(x) => Node::Float(crate::builtins::float_bits(*x)),
        Datum::Char(c) => Node::Char(*c),
        Datum::Boolean(b) => Node::Boolean(*b),
        Datum::Text(text) => Node::Text(text.clone()),
        Datum::Bytes(bytes) => Node::Bytes(bytes.clone()),
        Datum::List(_) => Node::List(children),
        Datum::Constructed(ty, index, _) => Node::Constructed(*ty, *index, children),
        Datum::TermLink(term) => Node::TermLink(*term),
        Datum::TypeLink(ty) => Node::TypeLink(*ty),
        Datum::Row(row) => Node::Row(row.clone()),
        Datum::Opaque(_) => unreachable!("embedded values are appended"),
    }
}

/// The tree of a graph; see [`super::to_datum`]. Fails if what stays opaque does not travel.
pub(super) fn tree_of(graph: &Graph, budget: u64) -> Result<Datum, EncodeError> {
    let sizes = unfolded_sizes(graph);
    let root = graph.root();
    if sizes[root as usize] > budget { opaque(graph, root) } else { tree(graph, root, Datum::DEPTH_MAX) }
}

/// How many nodes each node's tree has; what stays opaque counts with all that it reaches, which bounds the cost of cutting it out.
fn unfolded_sizes(graph: &Graph) -> Vec<u64> {
    let mut sizes: Vec<u64> = Vec::with_capacity(graph.nodes.len());
    for (at, node) in graph.nodes.iter().enumerate() {
        let own = if is_opaque(node) { at as u64 } else { 0 };
        let below = node.children().iter().map(|child| sizes[*child as usize]);
        sizes.push(below.fold(1 + own, u64::saturating_add));
    }
    sizes
}

fn is_opaque(node: &Node) -> bool {
    matches!(node, Node::Function(..) | Node::Request(..) | Node::Pure(_) | Node::Mutable(_) | Node::Continuation(..))
}

fn opaque(graph: &Graph, at: u32) -> Result<Datum, EncodeError> {
    wire::encode(&graph.part(at)).map(Datum::Opaque)
}

/// Recurses at most `depth` levels.
fn tree(graph: &Graph, at: u32, depth: usize) -> Result<Datum, EncodeError> {
    let node = &graph.nodes[at as usize];
    let subtrees = || {
        node.children().iter().map(|child| tree(graph, *child, depth - 1)).collect::<Result<Vec<Datum>, EncodeError>>()
    };
    if is_opaque(node) || (depth == 0 && !node.children().is_empty()) {
        return opaque(graph, at);
    }
    Ok(match node {
        Node::Nat(n) => Datum::Nat(*n),
        Node::Int(n) => Datum::Int(*n),
        Node::Float(bits) => Datum::Float(f64::from_bits(*bits)),
        Node::Char(c) => Datum::Char(*c),
        Node::Boolean(b) => Datum::Boolean(*b),
        Node::Text(text) => Datum::Text(text.clone()),
        Node::Bytes(bytes) => Datum::Bytes(bytes.clone()),
        Node::List(_) => Datum::List(subtrees()?),
        Node::Constructed(ty, index, _) => Datum::Constructed(*ty, *index, subtrees()?),
        Node::TermLink(term) => Datum::TermLink(*term),
        Node::TypeLink(ty) => Datum::TypeLink(*ty),
        Node::Row(row) => Datum::Row(row.clone()),
        Node::Request(..) | Node::Pure(_) | Node::Function(..) | Node::Mutable(_) | Node::Continuation(..) => {
            opaque(graph, at)?
        }
    })
}
