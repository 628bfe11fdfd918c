//! Which variables a term mentions, and what binds them.

use kernel::{Pattern, Term};

/// Whether a function of one parameter looks at it.
pub fn uses_parameter(lambda: &Term) -> bool {
    matches!(lambda, Term::Lambda(1, body) if mentions(body, 0))
}

/// Whether the variable bound just before these bindings is used in them or in the body.
pub fn used_after(bindings: &[Term], body: &Term) -> bool {
    let mut index = 0;
    for binding in bindings {
        if mentions(binding, index) {
            return true;
        }
        index += 1;
    }
    mentions(body, index)
}

/// Whether the variable with this index is used.
pub fn mentions(term: &Term, index: u32) -> bool {
    let mut waiting = vec![(term, index)];
    while let Some((term, index)) = waiting.pop() {
        match term {
            Term::Local(local) if *local == index => return true,
            _ => waiting.extend(scoped_children(term).into_iter().map(|(child, bound)| (child, index + bound))),
        }
    }
    false
}

pub fn children(term: &Term) -> Vec<&Term> {
    scoped_children(term).into_iter().map(|(child, _)| child).collect()
}

/// The terms directly inside, each with how many variables are bound around it there.
pub fn scoped_children(term: &Term) -> Vec<(&Term, u32)> {
    match term {
        Term::Local(_)
        | Term::Ref(_)
        | Term::Constructor(..)
        | Term::Operation(..)
        | Term::Literal(_)
        | Term::Row(_)
        | Term::TermLink(_)
        | Term::TypeLink(_) => Vec::new(),
        Term::List(elements) => elements.iter().map(|element| (element, 0)).collect(),
        Term::App(head, args) => std::iter::once((&**head, 0)).chain(args.iter().map(|arg| (arg, 0))).collect(),
        Term::Lambda(n, body) => vec![(&**body, *n)],
        Term::Let(bindings, body) => {
            (0..).zip(bindings).map(|(i, binding)| (binding, i)).chain([(&**body, bindings.len() as u32)]).collect()
        }
        Term::LetRec(functions, body) => {
            functions.iter().chain([&**body]).map(|term| (term, functions.len() as u32)).collect()
        }
        Term::If(a, b, c) => vec![(&**a, 0), (&**b, 0), (&**c, 0)],
        Term::Match(scrutinee, cases) => {
            let inside = cases
                .iter()
                .flat_map(|case| case.guard.iter().chain([&case.body]).map(|term| (term, binders(&case.pattern))));
            std::iter::once((&**scrutinee, 0)).chain(inside).collect()
        }
        Term::Handle { body, handler, .. } => vec![(&**body, 0), (&**handler, 0)],
    }
}

/// How many variables a pattern binds.
pub fn binders(pattern: &Pattern) -> u32 {
    let all = |patterns: &[Pattern]| patterns.iter().map(binders).sum::<u32>();
    match pattern {
        Pattern::Any | Pattern::Literal(_) => 0,
        Pattern::Var => 1,
        Pattern::Constructor(_, _, fields) | Pattern::List(fields) => all(fields),
        Pattern::As(inner) => 1 + binders(inner),
        Pattern::Pure(inner) => binders(inner),
        Pattern::Cons(a, b) | Pattern::Snoc(a, b) => binders(a) + binders(b),
        Pattern::Prefix(elements, rest) | Pattern::Suffix(rest, elements) => all(elements) + binders(rest),
        Pattern::Request { args, resume, .. } => all(args) + binders(resume),
    }
}
