//! The audit: what the definitions that arrived could do, against the policy, before any of them runs.
//!
//! It looks at every builtin that a definition mentions, whether or not it would be called: an answer before running cannot depend on running.

use crate::Policy;
use base::Hash;
use builtin::Builtin;
use kernel::{DefId, Definition, Term, TermRef};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The definitions of a component, under its hash.
#[derive(Clone, Debug)]
pub struct Component {
    pub hash: Hash,
    pub definitions: Vec<Definition>,
}

/// Something uses what the policy does not allow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Denied {
    pub builtin: Builtin,
    /// From what was sent to what calls the builtin: each uses the next.
    pub path: Vec<DefId>,
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path: Vec<String> = self.path.iter().map(|id| id.component.short()).collect();
        write!(f, "{} is not allowed; the way to it: {}", self.builtin.name(), path.join(" uses "))
    }
}

/// Whether the policy allows everything that can be reached from `roots` within `components`. What is granted is not looked into;
/// what is not among the components was audited when it arrived.
pub fn audit(policy: Policy, roots: &[Hash], components: &[Component]) -> Result<(), Denied> {
    if policy == Policy::Everything {
        return Ok(());
    }
    let by_hash: BTreeMap<Hash, &Component> = components.iter().map(|c| (c.hash, c)).collect();
    let mut came_from: BTreeMap<DefId, Option<DefId>> = BTreeMap::new();
    let mut queue = VecDeque::new();
    for root in roots.iter().filter_map(|hash| by_hash.get(hash)) {
        for index in 0..root.definitions.len() as u32 {
            let id = DefId { component: root.hash, index };
            came_from.insert(id, None);
            queue.push_back(id);
        }
    }
    while let Some(id) = queue.pop_front() {
        let Some(definition) = by_hash.get(&id.component).and_then(|c| c.definitions.get(id.index as usize)) else {
            continue;
        };
        if policy.grants(id) {
            continue;
        }
        let (builtins, uses) = mentions(id.component, &definition.body);
        if let Some(builtin) = builtins.into_iter().find(|builtin| !policy.allows(*builtin)) {
            return Err(Denied { builtin, path: path_to(id, &came_from) });
        }
        for next in uses {
            came_from.entry(next).or_insert_with(|| {
                queue.push_back(next);
                Some(id)
            });
        }
    }
    Ok(())
}

fn path_to(id: DefId, came_from: &BTreeMap<DefId, Option<DefId>>) -> Vec<DefId> {
    let mut path = vec![id];
    let mut at = id;
    while let Some(Some(previous)) = came_from.get(&at) {
        path.push(*previous);
        at = *previous;
    }
    path.reverse();
    path
}

/// The builtins and definitions that a term mentions. Iterative: the term came from elsewhere.
fn mentions(component: Hash, body: &Term) -> (BTreeSet<Builtin>, BTreeSet<DefId>) {
    let (mut builtins, mut uses) = (BTreeSet::new(), BTreeSet::new());
    let mut stack = vec![body];
    while let Some(term) = stack.pop() {
        match term {
            Term::Ref(TermRef::Builtin(builtin)) => {
                builtins.insert(*builtin);
            }
            Term::Ref(TermRef::Def(id)) => {
                uses.insert(*id);
            }
            Term::Ref(TermRef::Cycle(index)) => {
                uses.insert(DefId { component, index: *index });
            }
            _ => stack.extend(term.parts().into_iter().map(|(_, part)| part)),
        }
    }
    (builtins, uses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Signature, Type};

    fn component(n: u8, body: Term) -> Component {
        let signature = Signature { ty: Type::unit(), by_name: false };
        Component { hash: Hash([n; 32]), definitions: vec![Definition { signature, body }] }
    }

    fn call(of: u8) -> Term {
        Term::Ref(TermRef::Def(DefId { component: Hash([of; 32]), index: 0 }))
    }

    #[test]
    fn the_error_names_the_builtin_and_the_path() {
        let reads = Term::App(Box::new(Term::Ref(TermRef::Builtin(Builtin::IoReadFile))), vec![Term::Local(0)]);
        let components = [
            component(1, Term::Lambda(1, Box::new(Term::Let(vec![call(9)], Box::new(call(2)))))),
            component(2, Term::List(vec![call(3), call(1)])),
            component(3, reads),
        ];
        let id = |n: u8| DefId { component: Hash([n; 32]), index: 0 };
        let denied = Denied { builtin: Builtin::IoReadFile, path: vec![id(1), id(2), id(3)] };
        assert_eq!(audit(Policy::Nothing, &[Hash([1; 32])], &components), Err(denied));
        assert_eq!(audit(Policy::Everything, &[Hash([1; 32])], &components), Ok(()));
        assert_eq!(audit(Policy::Nothing, &[Hash([7; 32])], &components), Ok(()), "what is not reached is not denied");
    }
}
