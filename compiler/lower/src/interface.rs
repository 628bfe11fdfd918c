//! What a caller may know of a definition.

use base::Hash;
use builtin::Class;
use ir::{Rep, limits};
use kernel::{Declaration, DefId, Definition, Term, TermRef, Type};
use std::sync::Arc;

/// How a definition is called. It follows from the bytes of its component: how many parameters its outermost lambda binds, their types in its signature, and what stands in tail position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interface {
    /// None for a value, which is computed at each use.
    pub params: Vec<Rep>,
    /// Of what is returned once all parameters are there.
    pub ret: Rep,
    /// By its signature it performs no operation when all parameters are there.
    pub is_pure: bool,
}

impl Interface {
    /// The interfaces of a component's members, in order.
    ///
    /// The signature's arrows give the representations of as many parameters as the lambda binds. Beyond them, and where the type says nothing, it is `V`.
    /// A result is raw only if no member ends in a call of an unknown function or in a handler: those give `V`, and a conversion after them would keep a frame
    /// for each round of a loop.
    pub fn of_component(members: &[Definition]) -> Vec<Interface> {
        let raw = members.iter().all(|member| ends_known(&member.body));
        let interface = |member: &Definition| {
            let interface = Interface::by_signature(member);
            if raw { interface } else { Interface { ret: Rep::V, ..interface } }
        };
        members.iter().map(interface).collect()
    }

    fn by_signature(definition: &Definition) -> Interface {
        let count = match &definition.body {
            // A lambda with more is never lowered, so nobody calls it.
            Term::Lambda(count, _) => (*count as usize).min(limits::PARAMS_MAX),
            _ => 0,
        };
        let mut ty = definition.signature.ty.without_foralls();
        let mut params = Vec::with_capacity(count);
        let mut is_pure = true;
        while let (Type::Fun { arg, row, ret, .. }, true) = (ty, params.len() < count) {
            params.push(Rep::of(arg));
            is_pure &= row.heads.is_empty() && row.vars.is_empty();
            ty = ret.without_foralls();
        }
        let ret = if params.len() < count { Rep::V } else { Rep::of(ty) };
        is_pure &= params.len() == count;
        params.resize(count, Rep::V);
        Interface { params, ret, is_pure }
    }
}

/// Whether everything in tail position of a definition is a value or a call of something named.
fn ends_known(body: &Term) -> bool {
    let body = if let Term::Lambda(_, inner) = body { inner } else { body };
    let mut ends = vec![body];
    while let Some(end) = ends.pop() {
        match end {
            Term::Let(_, body) | Term::LetRec(_, body) => ends.push(body),
            Term::If(_, yes, no) => ends.extend([&**yes, &**no]),
            Term::Match(_, cases) => ends.extend(cases.iter().map(|case| &case.body)),
            Term::Handle { .. } => return false,
            Term::App(head, _) => match &**head {
                Term::Ref(TermRef::Builtin(builtin)) if builtin.class() == Class::Apply => return false,
                Term::Ref(_) | Term::Constructor(..) | Term::Operation(..) => {}
                _ => return false,
            },
            _ => {}
        }
    }
    true
}

/// What lowering asks about other components. `None` means that the component is not here.
pub trait Interfaces {
    /// From [`Interface::of_component`].
    fn definition(&self, id: DefId) -> Option<Interface>;

    /// The members of a component whose interfaces are known, for what is inlined. One who gives none inlines nothing.
    fn members(&self, _component: &Hash) -> Option<&[Definition]> {
        None
    }

    /// Whether a definition of a component that is not here may be called all the same: it is absent from where the others are, and looked for when a call is reached.
    fn is_open(&self, _component: &Hash) -> bool {
        false
    }

    /// A type or ability. Types inside may refer to their own component as `Cycle`.
    fn declaration(&self, id: DefId) -> Option<Arc<Declaration>>;
}
