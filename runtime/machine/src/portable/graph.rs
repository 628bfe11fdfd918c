//! A value as a list of nodes: the form between all others.

use super::{FutureName, References, ResumptionName};
use crate::wrapper::CROSSING_PARAMS;
use base::Hash;
use builtin::BuiltinType;
use ir::{CodeId, FunctionRef};
use kernel::{DefId, TermRef, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A node. Children are places of earlier nodes.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Node {
    Nat(u64),
    Int(i64),
    /// Bits.
    Float(u64),
    Char(char),
    Boolean(bool),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    List(Vec<u32>),
    Constructed(TypeRef, u32, Vec<u32>),
    /// An operation, its arguments, and the continuation last.
    Request(TypeRef, u32, Vec<u32>),
    Pure(u32),
    /// A function and the arguments that it holds.
    Function(Callable, Vec<u32>),
    TermLink(TermRef),
    TypeLink(TypeRef),
    Row(Vec<TypeRef>),
    /// Something of this type, whose content changes: only for looking at, it does not travel.
    Mutable(BuiltinType),
    /// Captured frames, the outermost first, and their words, in order.
    Continuation(Vec<Frame>, Vec<u32>),
}

/// A frame of a continuation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    /// How many words it keeps.
    pub(crate) words: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FrameKind {
    /// Code waits at the resume point of this number.
    Resume(FrameCode, u32),
    /// A function value will be applied to the words.
    Apply,
    /// The prompt of the `Handle` or `Reinstate` of this number; its word is the handler.
    Prompt(FrameCode, u32),
    /// A clause of the handler whose prompt stands so many frames below runs above, attached.
    Clause(u32),
}

/// What goes on in a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FrameCode {
    /// A definition or lambda.
    Code(CodeId),
    /// What lies around a definition, or a lambda that takes or returns raw words, where it is called as a function value: it boxes the result.
    Generic(CodeId),
    /// An operation called as a function value.
    Operation(TypeRef, u32),
    /// An operation performed for an evaluation elsewhere, which gets the answer.
    Crossing(TypeRef, u32),
}

/// What a function value is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Callable {
    Code(CodeId),
    Function(FunctionRef),
}

/// Why a value cannot be made portable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EncodeError {
    /// It is larger than allowed.
    TooLarge,
    /// It holds an open file.
    OpenFile,
    /// It holds a reference or an array whose content changes.
    Mutable(BuiltinType),
    /// A link to a member of a cycle, from outside. No program makes one.
    Cycle,
    /// A continuation in which code waits that was lowered while this was absent.
    Open(Hash),
}

impl std::fmt::Display for EncodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            EncodeError::TooLarge => "the value is too large to travel",
            EncodeError::OpenFile => "an open file (IO.Handle) does not travel: send its path or what is in it",
            EncodeError::Mutable(BuiltinType::MutableArray) => {
                "a mutable array (mutable.Array) does not leave its task: send what is in it (Array.toList), and make a new one there"
            }
            EncodeError::Mutable(_) => {
                "a mutable reference (mutable.Ref) does not leave its task: send what is in it (Ref.read), and make a new one there"
            }
            EncodeError::Cycle => "a link to a member of a cycle does not travel",
            EncodeError::Open(hash) => {
                let short = hash.short();
                return write!(f, "what is left of this evaluation does not travel: it waits in code that calls {short}, which was absent when the code was loaded here");
            }
        })
    }
}

impl std::error::Error for EncodeError {}

/// Bytes of a node, with what it refers to, roughly.
const GIVEN_BACK_BYTES: usize = 96;

/// The last node is the value. Never empty; there are fewer than 2^32 nodes.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
}

impl Node {
    pub(crate) fn children(&self) -> &[u32] {
        match self {
            Node::List(children)
            | Node::Constructed(_, _, children)
            | Node::Request(_, _, children)
            | Node::Function(_, children)
            | Node::Continuation(_, children) => children,
            Node::Pure(child) => std::slice::from_ref(child),
            _ => &[],
        }
    }

    fn children_mut(&mut self) -> &mut [u32] {
        match self {
            Node::List(children)
            | Node::Constructed(_, _, children)
            | Node::Request(_, _, children)
            | Node::Function(_, children)
            | Node::Continuation(_, children) => children,
            Node::Pure(child) => std::slice::from_mut(child),
            _ => &mut [],
        }
    }

    /// Which children are what waits for the answers to operations that were performed for evaluations elsewhere.
    pub(crate) fn crossing_resumptions(&self) -> impl Iterator<Item = usize> {
        let frames = if let Node::Continuation(frames, _) = self { frames.as_slice() } else { &[] };
        let mut words = 0;
        frames.iter().filter_map(move |frame| {
            words += frame.words as usize;
            let crosses = matches!(frame.kind, FrameKind::Resume(FrameCode::Crossing(..), _));
            (crosses && frame.words as usize == CROSSING_PARAMS).then(|| words - 1)
        })
    }

    /// Bytes of a text or bytes.
    pub(crate) fn content_bytes(&self) -> usize {
        match self {
            Node::Text(text) => text.len(),
            Node::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }

    /// Calls back for each type and each term component that this node names.
    pub(crate) fn names(&self, mut ty: impl FnMut(TypeRef), mut term: impl FnMut(DefId)) {
        match self {
            Node::Constructed(of, ..) | Node::Request(of, ..) | Node::TypeLink(of) => ty(*of),
            Node::Row(row) => row.iter().copied().for_each(ty),
            Node::Function(Callable::Code(id), _) => term(id.def),
            Node::Function(Callable::Function(FunctionRef::Constructor(of, _) | FunctionRef::Operation(of, _)), _) => {
                ty(*of)
            }
            Node::TermLink(TermRef::Def(id)) => term(*id),
            Node::Continuation(frames, _) => frames.iter().for_each(|frame| match frame.code() {
                Some(FrameCode::Code(id) | FrameCode::Generic(id)) => term(id.def),
                Some(FrameCode::Operation(of, _) | FrameCode::Crossing(of, _)) => ty(of),
                None => {}
            }),
            _ => {}
        }
    }
}

impl Frame {
    pub(crate) fn code(&self) -> Option<FrameCode> {
        match self.kind {
            FrameKind::Resume(code, _) | FrameKind::Prompt(code, _) => Some(code),
            FrameKind::Apply | FrameKind::Clause(_) => None,
        }
    }
}

/// What a map that is not empty consists of.
#[derive(Clone, Copy)]
pub(crate) enum MapPart<'a> {
    /// `Map.Bin`, but for its size.
    Node { key: u32, value: u32, smaller: u32, larger: u32 },
    /// `Map.Leaf`: as many keys as values, at least one.
    Leaf { keys: &'a [u32], values: &'a [u32] },
}

impl Graph {
    /// The part of a map that a node is. A map from outside may hold anything where it should hold a map or a list.
    pub(crate) fn map_part(&self, at: u32) -> Option<MapPart<'_>> {
        let Node::Constructed(TypeRef::Builtin(BuiltinType::Map), _, fields) = &self.nodes[at as usize] else {
            return None;
        };
        match fields[..] {
            [_, key, value, smaller, larger] => Some(MapPart::Node { key, value, smaller, larger }),
            [keys, values] => match (&self.nodes[keys as usize], &self.nodes[values as usize]) {
                (Node::List(keys), Node::List(values)) if keys.len() == values.len() && !keys.is_empty() => {
                    Some(MapPart::Leaf { keys, values })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Nobody needs it any more.
    pub(crate) fn give_back(self) {
        let bytes = GIVEN_BACK_BYTES * self.nodes.len();
        crate::remains::give_back(self, bytes);
    }

    pub(crate) fn root(&self) -> u32 {
        self.nodes.len() as u32 - 1
    }

    /// The type of something mutable in it, if there is any.
    pub(crate) fn mutable(&self) -> Option<BuiltinType> {
        self.nodes.iter().find_map(|node| if let Node::Mutable(ty) = node { Some(*ty) } else { None })
    }

    /// Appends another graph; gives the place of its value.
    pub(crate) fn append(&mut self, other: Graph) -> u32 {
        let offset = self.nodes.len() as u32;
        for mut node in other.nodes {
            node.children_mut().iter_mut().for_each(|child| *child += offset);
            self.nodes.push(node);
        }
        self.root()
    }

    /// With these in the place of what names them. See [`super::with_resumptions`].
    pub(crate) fn with_resumptions(self, resumptions: Vec<(ResumptionName, Graph)>) -> Graph {
        let mut whole = Graph { nodes: Vec::new() };
        let places: BTreeMap<ResumptionName, u32> =
            resumptions.into_iter().map(|(name, rest)| (name, whole.append(rest))).collect();
        let mut replaced = Vec::new();
        for (at, node) in (0u32..).zip(&self.nodes) {
            let found = node.crossing_resumptions().filter_map(|child| {
                let name = self.resumption_name(node.children()[child])?;
                Some((at, child, *places.get(&name)?))
            });
            replaced.extend(found);
        }
        let offset = whole.nodes.len();
        let root = whole.append(self);
        for (at, child, place) in replaced {
            whole.nodes[offset + at as usize].children_mut()[child] = place;
        }
        whole.part(root)
    }

    /// A request whose continuation is this. None: it is no request.
    pub(crate) fn rejoined(self, rest: Graph) -> Option<Graph> {
        let mut whole = rest;
        let place = whole.root();
        let root = whole.append(self);
        let Node::Request(_, _, children) = &mut whole.nodes[root as usize] else { return None };
        *children.last_mut()? = place;
        Some(whole.part(root))
    }

    /// A pair of a future and sixteen bytes, as that by which something is known that waits elsewhere.
    fn resumption_name(&self, place: u32) -> Option<ResumptionName> {
        let pair = TypeRef::Builtin(BuiltinType::Tuple(2));
        match &self.nodes[place as usize] {
            Node::Constructed(ty, 0, fields) if *ty == pair => {
                let [future, secret] = fields[..] else { return None };
                Some((self.future_name(&self.nodes[future as usize])?, self.bytes_at(secret)?.try_into().ok()?))
            }
            _ => None,
        }
    }

    /// The part that one node reaches.
    pub(crate) fn part(&self, root: u32) -> Graph {
        let mut reached = vec![false; root as usize + 1];
        reached[root as usize] = true;
        for at in (0..=root as usize).rev() {
            if reached[at] {
                self.nodes[at].children().iter().for_each(|child| reached[*child as usize] = true);
            }
        }
        let mut places = vec![0; reached.len()];
        let mut nodes = Vec::new();
        for (at, node) in self.nodes.iter().enumerate().take(reached.len()) {
            if reached[at] {
                let mut node = node.clone();
                node.children_mut().iter_mut().for_each(|child| *child = places[*child as usize]);
                places[at] = nodes.len() as u32;
                nodes.push(node);
            }
        }
        Graph { nodes }
    }

    pub(crate) fn references(&self) -> References {
        let (mut terms, mut types, mut nodes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (mut futures, mut resumptions) = (BTreeSet::new(), BTreeSet::new());
        for node in &self.nodes {
            let ty = |ty: TypeRef| {
                if let TypeRef::Def(id) = ty {
                    types.insert(id.component);
                }
            };
            node.names(ty, |id| {
                terms.insert(id.component);
            });
            nodes.extend(self.node_id(node));
            futures.extend(self.future_name(node));
            resumptions
                .extend(node.crossing_resumptions().filter_map(|place| self.resumption_name(node.children()[place])));
        }
        References {
            terms: terms.into_iter().collect(),
            types: types.into_iter().collect(),
            nodes: nodes.into_iter().collect(),
            futures: futures.into_iter().collect(),
            resumptions: resumptions.into_iter().collect(),
        }
    }

    fn node_id(&self, node: &Node) -> Option<[u8; 48]> {
        match node {
            Node::Constructed(TypeRef::Builtin(BuiltinType::Node), 0, fields) => match fields[..] {
                [field] => self.bytes_at(field)?.try_into().ok(),
                _ => None,
            },
            _ => None,
        }
    }

    fn future_name(&self, node: &Node) -> Option<FutureName> {
        match node {
            Node::Constructed(TypeRef::Builtin(BuiltinType::Future), 0, fields) => {
                let [home, incarnation, id, _] = fields[..] else { return None };
                let Node::Nat(incarnation) = self.nodes[incarnation as usize] else { return None };
                let home = self.node_id(&self.nodes[home as usize])?;
                Some((home, incarnation, self.bytes_at(id)?.try_into().ok()?))
            }
            _ => None,
        }
    }

    fn bytes_at(&self, place: u32) -> Option<&[u8]> {
        match &self.nodes[place as usize] {
            Node::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}
