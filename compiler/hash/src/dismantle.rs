//! Takes terms apart without native recursion. Rust drops a term recursively, and a term from the network may be nested deeper than a thread's stack allows.

use kernel::{Case, Definition, Pattern, Term};

/// Drops a definition, however deep it is.
pub fn dismantle(definition: Definition) {
    dismantle_term(definition.body);
}

pub(crate) fn dismantle_term(root: Term) {
    let mut terms = vec![root];
    while let Some(term) = terms.pop() {
        match term {
            Term::Local(_) | Term::Ref(_) | Term::Constructor(..) | Term::Operation(..) | Term::Literal(_) => {}
            Term::Row(_) | Term::TermLink(_) | Term::TypeLink(_) => {}
            Term::List(elements) => terms.extend(elements),
            Term::Lambda(_, body) => terms.push(*body),
            Term::App(one, many) | Term::Let(many, one) | Term::LetRec(many, one) => {
                terms.extend(many);
                terms.push(*one);
            }
            Term::If(condition, then, otherwise) => terms.extend([*condition, *then, *otherwise]),
            Term::Handle { body, handler, .. } => terms.extend([*body, *handler]),
            Term::Match(scrutinee, cases) => {
                terms.push(*scrutinee);
                for Case { pattern, guard, body } in cases {
                    dismantle_pattern(pattern);
                    terms.extend(guard);
                    terms.push(body);
                }
            }
        }
    }
}

pub(crate) fn dismantle_pattern(root: Pattern) {
    let mut patterns = vec![root];
    while let Some(pattern) = patterns.pop() {
        match pattern {
            Pattern::Any | Pattern::Var | Pattern::Literal(_) => {}
            Pattern::Constructor(_, _, many) | Pattern::List(many) => patterns.extend(many),
            Pattern::As(one) | Pattern::Pure(one) => patterns.push(*one),
            Pattern::Cons(one, other) | Pattern::Snoc(one, other) => patterns.extend([*one, *other]),
            Pattern::Prefix(many, one)
            | Pattern::Suffix(one, many)
            | Pattern::Request { args: many, resume: one, .. } => {
                patterns.extend(many);
                patterns.push(*one);
            }
        }
    }
}
