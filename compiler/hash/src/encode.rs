//! Writes the format: references, types and declarations here, terms in [`mod@term`].

mod term;

use crate::format;
use crate::order::{Edge, Vertex};
use base::Hash;
use base::bytes::Writer;
use builtin::BuiltinType;
use kernel::{Constructor, Declaration, DeclarationKind, DefId, Identity, Row, Signature, TermRef, Type, TypeRef};
use std::collections::BTreeSet;
use std::mem::take;

/// What to write for a reference to a member of the component.
pub(crate) enum Cycles<'a> {
    /// Its index, which stands here under the number that the definitions use.
    Index(&'a [u32]),
    /// Nothing: an edge is recorded instead, to the vertex that stands here under that number. A member of a row that has edges becomes a vertex itself,
    /// since the place of such members in their row is not known yet.
    Blank { vertex_of: &'a [u32], heads: &'a mut Vec<Vertex>, first_head: usize },
}

/// Appends the format to a byte string. It walks terms and types with a stack of its own.
pub(crate) struct Encoder<'a> {
    out: Writer,
    cycles: Cycles<'a>,
    edges: Vec<Edge>,
    dependencies: BTreeSet<Hash>,
}

impl<'a> Encoder<'a> {
    pub fn new(cycles: Cycles<'a>) -> Encoder<'a> {
        Encoder { out: Writer::new(), cycles, edges: Vec::new(), dependencies: BTreeSet::new() }
    }

    /// The front of a component.
    pub fn component(&mut self, members: usize) {
        self.out.u8(format::VERSION);
        self.out.len(members);
    }

    pub fn signature(&mut self, signature: &Signature) {
        self.out.u8(u8::from(signature.by_name));
        self.ty(&signature.ty);
    }

    /// All of a declaration but its constructors.
    pub fn declaration_head(&mut self, declaration: &Declaration) {
        self.out.u8(u8::from(declaration.kind == DeclarationKind::Ability));
        match &declaration.identity {
            Identity::Structural => self.out.u8(0),
            Identity::Unique(guid) => {
                self.out.u8(1);
                self.out.bytes(guid);
            }
        }
        self.out.varint(u64::from(declaration.params));
    }

    pub fn constructors(&mut self, constructors: &[Constructor]) {
        self.out.len(constructors.len());
        for constructor in constructors {
            self.out.text(&constructor.name);
            self.out.u8(u8::from(constructor.by_name));
            self.out.varint(u64::from(constructor.arity));
            self.ty(&constructor.ty);
        }
    }

    /// What was written, with the hashes it refers to.
    pub fn finish(self) -> (Vec<u8>, BTreeSet<Hash>) {
        (self.out.finish(), self.dependencies)
    }

    /// What was written, with the edges it has.
    pub fn into_vertex(self) -> Vertex {
        Vertex { bytes: self.out.finish(), edges: self.edges }
    }

    fn ty(&mut self, root: &Type) {
        let mut work = vec![root];
        while let Some(ty) = work.pop() {
            match ty {
                Type::Var(index) => self.tagged(format::ty::VAR, *index),
                Type::Ref(reference) => {
                    self.out.u8(format::ty::REF);
                    self.type_ref(*reference);
                }
                Type::App(head, arg) => {
                    self.out.u8(format::ty::APP);
                    work.extend([&**arg, &**head]);
                }
                Type::Fun { arg, by_name, row, ret } => {
                    self.out.u8(if *by_name { format::ty::FUN_BY_NAME } else { format::ty::FUN });
                    self.row(row);
                    work.extend([&**ret, &**arg]);
                }
                Type::Forall(vars, body) => {
                    self.tagged(format::ty::FORALL, *vars);
                    work.push(body);
                }
                Type::Row(row) => {
                    self.out.u8(format::ty::ROW);
                    self.row(row);
                }
            }
        }
    }

    /// Members are written one by one and sorted by what was written. All edges of a row get one label, because a row is a set.
    fn row(&mut self, row: &Row) {
        let (out, edges) = (take(&mut self.out), take(&mut self.edges));
        let mut heads = Vec::new();
        for head in &row.heads {
            self.ty(head);
            heads.push((take(&mut self.out).finish(), take(&mut self.edges)));
        }
        (self.out, self.edges) = (out, edges);
        heads.sort();
        heads.dedup();
        self.out.len(heads.len());
        let label = self.edges.len() as u32;
        for (bytes, edges) in heads {
            self.out.raw(&bytes);
            if !edges.is_empty() {
                self.head(label, Vertex { bytes, edges });
            }
        }
        let vars: BTreeSet<u32> = row.vars.iter().copied().collect();
        self.out.len(vars.len());
        vars.iter().for_each(|var| self.out.varint(u64::from(*var)));
    }

    fn head(&mut self, label: u32, vertex: Vertex) {
        let Cycles::Blank { heads, first_head, .. } = &mut self.cycles else {
            unreachable!("edges are recorded only where indices are left out");
        };
        self.edges.push(Edge { label, target: (*first_head + heads.len()) as u32 });
        heads.push(vertex);
    }

    fn type_ref(&mut self, reference: TypeRef) {
        match reference {
            TypeRef::Builtin(BuiltinType::Tuple(len)) => {
                self.out.u8(format::reference::TUPLE);
                self.out.u8(len);
            }
            TypeRef::Builtin(ty) => self.builtin(ty.spec().name),
            TypeRef::Def(id) => self.definition(id),
            TypeRef::Cycle(member) => self.cycle(member),
        }
    }

    fn term_ref(&mut self, reference: TermRef) {
        match reference {
            TermRef::Builtin(builtin) => self.builtin(builtin.name()),
            TermRef::Def(id) => self.definition(id),
            TermRef::Cycle(member) => self.cycle(member),
        }
    }

    fn builtin(&mut self, name: &str) {
        self.out.u8(format::reference::BUILTIN);
        self.out.text(name);
    }

    fn definition(&mut self, id: DefId) {
        self.out.u8(format::reference::DEFINITION);
        self.out.hash(&id.component);
        self.out.varint(u64::from(id.index));
        self.dependencies.insert(id.component);
    }

    fn cycle(&mut self, member: u32) {
        self.out.u8(format::reference::CYCLE);
        match &self.cycles {
            Cycles::Index(index_of) => self.out.varint(u64::from(index_of[member as usize])),
            Cycles::Blank { vertex_of, .. } => {
                let label = self.edges.len() as u32;
                self.edges.push(Edge { label, target: vertex_of[member as usize] });
            }
        }
    }

    fn tagged(&mut self, tag: u8, number: u32) {
        self.out.u8(tag);
        self.out.varint(u64::from(number));
    }
}
