//! Every change of one place in a component.

use kernel::{Case, Definition, Literal, Pattern, Term};

/// The component with one place changed, for each place and each way to change it.
pub fn all(members: &[Definition]) -> Vec<Vec<Definition>> {
    let mut changed = Vec::new();
    for member in 0..members.len() {
        for place in 0.. {
            let mut count = 0;
            let Some(ways) = at(&mut members[member].body.clone(), place, &mut count, &mut |term| ways(term)) else {
                break;
            };
            for way in ways {
                let mut other = members.to_vec();
                let mut way = Some(way);
                at(&mut other[member].body, place, &mut 0, &mut |term| *term = way.take().expect("one place"));
                changed.push(other);
            }
        }
        let mut marked = members.to_vec();
        marked[member].signature.by_name ^= true;
        changed.push(marked);
    }
    changed
}

/// Does something at the place of this number, in pre-order.
fn at<T>(term: &mut Term, place: usize, count: &mut usize, act: &mut impl FnMut(&mut Term) -> T) -> Option<T> {
    if *count == place {
        return Some(act(term));
    }
    *count += 1;
    children(term).into_iter().find_map(|child| at(child, place, count, act))
}

fn children(term: &mut Term) -> Vec<&mut Term> {
    match term {
        Term::List(terms) => terms.iter_mut().collect(),
        // Only an operation is applied to nothing.
        Term::App(_, args) if args.is_empty() => Vec::new(),
        Term::App(head, args) => std::iter::once(&mut **head).chain(args).collect(),
        Term::Lambda(_, body) => vec![body],
        Term::Let(bindings, body) | Term::LetRec(bindings, body) => bindings.iter_mut().chain([&mut **body]).collect(),
        Term::If(a, b, c) => vec![a, b, c],
        Term::Match(scrutinee, cases) => {
            let cases = cases.iter_mut().flat_map(|case| case.guard.iter_mut().chain([&mut case.body]));
            std::iter::once(&mut **scrutinee).chain(cases).collect()
        }
        Term::Handle { body, handler, .. } => vec![body, handler],
        _ => Vec::new(),
    }
}

/// What a term may be instead: something else of its kind, and something of another kind.
fn ways(term: &Term) -> Vec<Term> {
    let mut ways = vec![Term::Literal(Literal::Nat(987_654_321))];
    match term {
        Term::Local(index) if *index > 0 => ways.push(Term::Local(index - 1)),
        Term::Literal(literal) => ways.push(Term::Literal(other(literal))),
        Term::Constructor(ty, index) => ways.push(Term::Constructor(*ty, index + 1)),
        Term::Operation(ty, index) => ways.push(Term::Operation(*ty, index + 1)),
        Term::List(terms) => ways.push(Term::List([&terms[..], &[Term::List(Vec::new())]].concat())),
        Term::App(head, args) => {
            ways.push(Term::App(head.clone(), [&args[..], &[Term::List(Vec::new())]].concat()));
            if args.len() > 1 && args[0] != args[1] {
                let mut args = args.clone();
                args.swap(0, 1);
                ways.push(Term::App(head.clone(), args));
            }
        }
        Term::If(a, b, c) if b != c => ways.push(Term::If(a.clone(), c.clone(), b.clone())),
        Term::Match(scrutinee, cases) => {
            ways.extend(other_cases(cases).map(|cases| Term::Match(scrutinee.clone(), cases)))
        }
        Term::Handle { abilities, body, handler } if !abilities.is_empty() => {
            ways.push(Term::Handle { abilities: Vec::new(), body: body.clone(), handler: handler.clone() });
        }
        _ => {}
    }
    ways
}

fn other(literal: &Literal) -> Literal {
    match literal {
        Literal::Nat(n) => Literal::Nat(n ^ 1),
        Literal::Int(n) => Literal::Int(n ^ 1),
        Literal::Float(bits) => Literal::Float(bits ^ 1),
        Literal::Char(c) => Literal::Char(if *c == 'a' { 'b' } else { 'a' }),
        Literal::Boolean(b) => Literal::Boolean(!b),
        Literal::Text(text) => Literal::Text(format!("{text} ").into()),
        Literal::Bytes(bytes) => Literal::Bytes([&bytes[..], &[0]].concat().into()),
    }
}

/// One case less, two cases in another order, another pattern, another guard.
fn other_cases(cases: &[Case]) -> impl Iterator<Item = Vec<Case>> {
    let changed = |at: usize, change: &dyn Fn(&mut Case)| {
        let mut cases = cases.to_vec();
        change(&mut cases[at]);
        cases
    };
    let mut all = vec![cases[..cases.len().saturating_sub(1)].to_vec()];
    for at in 0..cases.len() {
        all.push(changed(at, &|case| case.pattern = other_pattern(&case.pattern)));
        all.push(changed(at, &|case| {
            let truth = Term::Literal(Literal::Boolean(true));
            case.guard = if case.guard.is_none() { Some(truth) } else { None };
        }));
        if at > 0 && cases[at] != cases[at - 1] {
            let mut cases = cases.to_vec();
            cases.swap(at, at - 1);
            all.push(cases);
        }
    }
    all.into_iter()
}

/// Another pattern with as many variables.
fn other_pattern(pattern: &Pattern) -> Pattern {
    let boxed = |pattern: &Pattern| Box::new(other_pattern(pattern));
    match pattern {
        Pattern::Any => Pattern::Literal(Literal::Nat(987_654_321)),
        Pattern::Literal(_) => Pattern::Any,
        Pattern::Var => Pattern::As(Box::new(Pattern::Literal(Literal::Nat(987_654_321)))),
        Pattern::As(inner) => Pattern::As(boxed(inner)),
        Pattern::Constructor(ty, index, fields) => Pattern::Constructor(*ty, index + 1, fields.clone()),
        Pattern::List(elements) => Pattern::List([&elements[..], &[Pattern::Any]].concat()),
        Pattern::Cons(first, rest) => Pattern::Snoc(first.clone(), rest.clone()),
        Pattern::Snoc(front, last) => Pattern::Cons(front.clone(), last.clone()),
        Pattern::Prefix(elements, rest) => Pattern::Prefix(elements.clone(), boxed(rest)),
        Pattern::Suffix(rest, elements) => Pattern::Suffix(boxed(rest), elements.clone()),
        Pattern::Pure(inner) => Pattern::Pure(boxed(inner)),
        Pattern::Request { ability, operation, args, resume } => {
            let (args, resume) = (args.clone(), resume.clone());
            Pattern::Request { ability: *ability, operation: operation + 1, args, resume }
        }
    }
}
