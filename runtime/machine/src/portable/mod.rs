//! The portable form of values: how they travel between tasks and nodes.
//!
//! Every form of a value (a heap's words, bytes, a host's tree, text) is converted to and from one `graph`: the nodes of the value, children before parents, what is
//! shared standing there once. So nothing recurses, and sharing survives. The bytes are specified in `wire`.

mod digest;
mod frames;
mod graph;
mod heap;
mod json;
mod parcel;
mod quick;
mod render;
mod term;
mod tree;
mod wire;

pub use graph::EncodeError;
pub(crate) use heap::{Undecodable, read, read_datum, write};
pub use json::NotJson;
pub use render::Names;
pub(crate) use render::debug_text;
pub use term::{Lambdas, NoTerm, to_term};
pub(crate) use {digest::digest, graph::Graph, heap::graph_of, json::json, render::GRAPH_BYTES};

use crate::Datum;
use crate::heap::Heap;
use crate::machine::Machine;
use crate::word::Word;
use base::Hash;
use base::bytes::DecodeError;
use builtin::BuiltinType;
use parcel::Parcel;
pub(crate) use parcel::Reach;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

/// A value outside of heaps: bytes, which may come from anywhere, so that nothing is known of them before they are decoded; or a copy of its objects in this process; or a small number or the like,
/// which is the same word in every heap.
#[derive(Clone)]
pub struct Portable(Form);

#[derive(Clone)]
enum Form {
    Bytes(Arc<[u8]>),
    Parcel(Arc<Parcel>),
    /// Of no machine and no heap.
    Scalar(Word),
}

impl Portable {
    /// What these bytes say, whatever that is.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Portable {
        Portable(Form::Bytes(bytes.into()))
    }

    pub fn bytes(&self) -> Arc<[u8]> {
        match &self.0 {
            Form::Bytes(bytes) => bytes.clone(),
            Form::Parcel(parcel) => parcel.bytes().clone(),
            Form::Scalar(word) => parcel::bytes_of(*word, &mut Heap::new(u64::MAX, None)),
        }
    }

    /// How much it holds: its bytes, or about as many.
    pub fn size(&self) -> usize {
        match &self.0 {
            Form::Bytes(bytes) => bytes.len(),
            Form::Parcel(parcel) => parcel.size(),
            Form::Scalar(_) => 0,
        }
    }
}

impl PartialEq for Portable {
    fn eq(&self, other: &Portable) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Portable {}

impl std::hash::Hash for Portable {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}

/// What a portable value names. Each list is ascending, each entry once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct References {
    /// Components of terms.
    pub terms: Vec<Hash>,
    /// Components of types.
    pub types: Vec<Hash>,
    /// Nodes: host key and id.
    pub nodes: Vec<[u8; 48]>,
    pub futures: Vec<FutureName>,
    /// What waits elsewhere for an answer, and is named instead of being there.
    pub resumptions: Vec<ResumptionName>,
}

/// A future: its home node, the home's incarnation, and its id.
pub type FutureName = ([u8; 48], u64, [u8; 16]);

/// What waits elsewhere for an answer: a future that nobody awaits, and what is known to whoever may have it. In a value it is the pair of the two, in the frame of an operation that was
/// performed for an evaluation elsewhere.
pub type ResumptionName = (FutureName, [u8; 16]);

impl std::fmt::Debug for Portable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Portable({} bytes)", self.bytes().len())
    }
}

/// Scans a value for what it names, without a heap. At most `budget` items are read.
pub fn references(value: &Portable, budget: u64) -> Result<References, DecodeError> {
    Ok(wire::skim(&value.bytes(), budget)?.references())
}

/// The futures that a value names, each as often as it is there, without making bytes of it. At most `budget` items are read.
pub fn futures(value: &Portable, budget: u64) -> Result<Vec<FutureName>, DecodeError> {
    if let Form::Parcel(parcel) = &value.0 {
        let found = parcel.futures();
        debug_assert_eq!(
            found.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(),
            references(value, budget)?.futures
        );
        return Ok(found);
    }
    Ok(references(value, budget)?.futures)
}

/// Whether a value may hold futures. It holds none if this is false.
pub fn may_hold_futures(value: &Portable) -> bool {
    let bytes = match &value.0 {
        Form::Scalar(_) => return false,
        Form::Parcel(parcel) => return parcel.names(),
        Form::Bytes(bytes) => bytes,
    };
    let name = BuiltinType::Future.spec().name.as_bytes();
    bytes.windows(name.len()).any(|window| window == name)
}

/// Whether a value names what waits elsewhere, instead of having it.
pub fn names_resumptions(value: &Portable) -> bool {
    may_hold_futures(value)
        && wire::skim(&value.bytes(), u64::MAX).is_ok_and(|graph| !graph.references().resumptions.is_empty())
}

/// A value with what it names of what waits elsewhere: each of these, in its place. Fails if something is malformed.
pub fn with_resumptions(value: &Portable, resumptions: &[(ResumptionName, Portable)]) -> Result<Portable, DecodeError> {
    let read = |(name, rest): &(ResumptionName, Portable)| Ok((*name, wire::decode(&rest.bytes(), u64::MAX)?));
    let resumptions = resumptions.iter().map(read).collect::<Result<Vec<_>, DecodeError>>()?;
    encoded(&wire::decode(&value.bytes(), u64::MAX)?.with_resumptions(resumptions))
}

/// A request that has what is left of the evaluation beside it, as one.
pub fn rejoined(request: &Portable, rest: &Portable) -> Result<Portable, DecodeError> {
    let (request, rest) = (wire::decode(&request.bytes(), u64::MAX)?, wire::decode(&rest.bytes(), u64::MAX)?);
    encoded(&request.rejoined(rest).ok_or(DecodeError::Forbidden("what is no request"))?)
}

fn encoded(graph: &Graph) -> Result<Portable, DecodeError> {
    wire::encode(graph).map_err(|_| DecodeError::Forbidden("a reference to a cycle from outside it"))
}

/// The portable form of a host's value. Fails if something [`Datum::Opaque`] inside is malformed.
pub fn from_datum(value: &Datum) -> Result<Portable, DecodeError> {
    encoded(&tree::graph_of(value)?)
}

/// A portable value as a tree, as far as it is one: functions, and what is too deep, stay [`Datum::Opaque`]; so does the whole if it has more than `budget` nodes when its
/// sharing is unfolded.
pub fn to_datum(value: &Portable, budget: u64) -> Result<Datum, DecodeError> {
    let tree = tree::tree_of(&wire::decode(&value.bytes(), budget)?, budget);
    tree.map_err(|_| DecodeError::Forbidden("something that does not travel"))
}

/// A value of a heap as a tree for the host, of so many bytes in portable form, roughly.
pub(crate) fn to_tree(
    value: Word,
    heap: &mut Heap,
    machine: &Arc<Machine>,
    bytes_max: u64,
    nodes_max: u64,
    reach: Reach,
) -> Result<Datum, EncodeError> {
    if let Some(datum) = quick::tree(value, heap, machine, bytes_max, reach) {
        return Ok(datum);
    }
    let graph = heap::graph_of(value, heap, bytes_max)?;
    tree::tree_of(&graph, nodes_max)
}

/// A portable value as a program would write it, at most about `chars_max` long (then it ends in `...`).
pub fn to_text(value: &Portable, names: &dyn Names, budget: u64, chars_max: usize) -> Result<String, DecodeError> {
    let graph = wire::decode(&value.bytes(), budget)?;
    Ok(match render::text(&graph, names, chars_max) {
        Ok(text) => text,
        Err(mut cut) => {
            cut.push_str("...");
            cut
        }
    })
}

/// A portable value as JSON, of at most about so many bytes, on one line.
pub fn to_json(value: &Portable, names: &dyn Names, budget: u64, bytes_max: usize) -> Result<String, NotJson> {
    let graph = wire::decode(&value.bytes(), budget).map_err(|_| NotJson::Malformed)?;
    match json::json(&graph, names, bytes_max, || Ok::<(), Infallible>(())) {
        Ok(json) => json,
        Err(never) => match never {},
    }
}
