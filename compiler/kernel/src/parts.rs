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
    /// The pattern and all that stand inside it, in no particular order.
    pub fn nested(&self) -> Vec<&Pattern> {
        let (mut all, mut next) = (vec![self], 0);
        while let Some(pattern) = all.get(next).copied() {
            next += 1;
            match pattern {
                Pattern::Any | Pattern::Var | Pattern::Literal(_) => {}
                Pattern::As(inner) | Pattern::Pure(inner) => all.push(inner),
                Pattern::Constructor(_, _, parts) | Pattern::List(parts) => all.extend(parts),
                Pattern::Cons(a, b) | Pattern::Snoc(a, b) => all.extend([&**a, b]),
                Pattern::Prefix(parts, one)
                | Pattern::Suffix(one, parts)
                | Pattern::Request { args: parts, resume: one, .. } => {
                    all.push(one);
                    all.extend(parts);
                }
            }
        }
        all
    }

    /// How many variables a pattern binds.
    pub fn binders(&self) -> u32 {
        self.nested().into_iter().filter(|part| matches!(part, Pattern::Var | Pattern::As(_))).count() as u32
    }
}
