//! The references in a term.

use kernel::{Term, TermRef};

/// Calls `visit` with each reference to a term.
pub(crate) fn each(term: &Term, visit: &mut impl FnMut(TermRef)) {
    match term {
        Term::Ref(reference) | Term::TermLink(reference) => visit(*reference),
        Term::List(terms) => terms.iter().for_each(|term| each(term, visit)),
        Term::App(head, args) => {
            each(head, visit);
            args.iter().for_each(|arg| each(arg, visit));
        }
        Term::Lambda(_, body) => each(body, visit),
        Term::Let(bindings, body) | Term::LetRec(bindings, body) => {
            bindings.iter().for_each(|binding| each(binding, visit));
            each(body, visit);
        }
        Term::If(a, b, c) => [a, b, c].into_iter().for_each(|part| each(part, visit)),
        Term::Match(scrutinee, cases) => {
            each(scrutinee, visit);
            for case in cases {
                case.guard.iter().for_each(|guard| each(guard, visit));
                each(&case.body, visit);
            }
        }
        Term::Handle { body, handler, .. } => {
            each(body, visit);
            each(handler, visit);
        }
        Term::Local(_)
        | Term::Constructor(..)
        | Term::Operation(..)
        | Term::Literal(_)
        | Term::Row(_)
        | Term::TypeLink(_) => {}
    }
}

/// Replaces the references to members of the cycle.
pub(crate) fn rename(term: &mut Term, to: &impl Fn(u32) -> TermRef) {
    match term {
        Term::Ref(reference) | Term::TermLink(reference) => {
            if let TermRef::Cycle(index) = reference {
                *reference = to(*index);
            }
        }
        Term::List(terms) => terms.iter_mut().for_each(|term| rename(term, to)),
        Term::App(head, args) => {
            rename(head, to);
            args.iter_mut().for_each(|arg| rename(arg, to));
        }
        Term::Lambda(_, body) => rename(body, to),
        Term::Let(bindings, body) | Term::LetRec(bindings, body) => {
            bindings.iter_mut().for_each(|binding| rename(binding, to));
            rename(body, to);
        }
        Term::If(a, b, c) => [a, b, c].into_iter().for_each(|part| rename(part, to)),
        Term::Match(scrutinee, cases) => {
            rename(scrutinee, to);
            for case in cases {
                case.guard.iter_mut().for_each(|guard| rename(guard, to));
                rename(&mut case.body, to);
            }
        }
        Term::Handle { body, handler, .. } => {
            rename(body, to);
            rename(handler, to);
        }
        Term::Local(_)
        | Term::Constructor(..)
        | Term::Operation(..)
        | Term::Literal(_)
        | Term::Row(_)
        | Term::TypeLink(_) => {}
    }
}
