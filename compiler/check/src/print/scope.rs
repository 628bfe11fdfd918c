//! Which variables a term mentions.

use kernel::Term;

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
            _ => waiting.extend(term.parts().into_iter().map(|(bound, part)| (part, index + bound))),
        }
    }
    false
}
