//! What stands directly inside a term, and what binds there: for whoever walks over terms.

use crate::{Case, Pattern, Term};

impl Term {
    /// The terms inside a term in pre-order, each with the number of variables that are bound around it there.
    pub fn parts<'a>(&'a self) -> Vec<(u32, &'a Term)> {
        let plain = |term| (0, term);
        match self {
            Term::Local(_) | Term::Ref(_) | Term::Constructor(..) | Term::Operation(..) | Term::Literal(_) => {
                Vec::new()
            }
            Term::Row(_) | Term::TermLink(_) | Term::TypeLink(_) => Vec::new(),
            Term::List(elements) => elements.iter().map(plain).collect(),
            Term::App(head, args) => std::iter::once(&**head).chain(args).map(plain).collect(),
            Term::Lambda(params, body) => vec![(*params, &**body)],
            Term::Let(bindings, body) => (0..).zip(bindings.iter().chain([&**body])).collect(),
            Term::LetRec(members, body) => {
                members.iter().chain([&**body]).map(|member| (members.len() as u32, member)).collect()
            }
            Term::If(condition, yes, no) => [condition, yes, no].map(|part| plain(&**part)).into(),
            Term::Handle { body, handler, .. } => [body, handler].map(|part| plain(&**part)).into(),
            Term::Match(on, cases) => {
                let inside = |case: &'a Case| {
                    let Case { pattern, guard, body } = case;
                    let bound = pattern.binders();
                    guard.iter().chain([body]).map(move |term| (bound, term))
                };
                std::iter::once(plain(&**on)).chain(cases.iter().flat_map(inside)).collect()
            }
        }
    }
}

impl Pattern {
    /// How many variables a pattern binds.
    pub fn binders(&self) -> u32 {
        let (mut bound, mut todo) = (0, vec![self]);
        while let Some(pattern) = todo.pop() {
            match pattern {
                Pattern::Any | Pattern::Literal(_) => {}
                Pattern::Var => bound += 1,
                Pattern::As(inner) => {
                    bound += 1;
                    todo.push(inner);
                }
                Pattern::Pure(inner) => todo.push(inner),
                Pattern::Constructor(_, _, fields) => todo.extend(fields),
                Pattern::List(elements) => todo.extend(elements),
                Pattern::Cons(a, b) | Pattern::Snoc(a, b) => todo.extend([&**a, b]),
                Pattern::Prefix(elements, rest) | Pattern::Suffix(rest, elements) => {
                    todo.push(rest);
                    todo.extend(elements);
                }
                Pattern::Request { args, resume, .. } => {
                    todo.push(resume);
                    todo.extend(args);
                }
            }
        }
        bound
    }
}
