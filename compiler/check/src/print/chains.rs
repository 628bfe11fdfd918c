//! Operators with what stands between them: `a + b - c` as one row, which breaks before each operator if it is long.
//!
//! `a && b` and `a || b` are conditions in the core, and operators like others here.

use super::terms::{Doc, INDENT, Place, TermPrinter, parenthesized};
use base::Name;
use kernel::{Term, TermRef, Type};
use prettyless::RcDoc;
use syntax::operator_level;

/// The first operand, and each further one behind its operator.
pub struct Chain<'t> {
    first: &'t Term,
    rest: Vec<(String, &'t Term)>,
}

impl TermPrinter<'_> {
    /// The term as a row of operands, as far to the left as it needs no parentheses there; none if it is no operation.
    pub fn chain<'t>(&mut self, term: &'t Term) -> Option<Chain<'t>> {
        let (mut first, operator, right) = self.operation(term)?;
        let mut rest = vec![(operator, right)];
        while let Some((left, operator, right)) = self.operation(first)
            && rest.last().is_some_and(|(after, _)| !binds_more(after, &operator))
        {
            rest.push((operator, right));
            first = left;
        }
        rest.reverse();
        Some(Chain { first, rest })
    }

    pub fn infix(&mut self, chain: Chain, place: Place) -> Doc {
        let mut doc = self.expr(chain.first, None, Place::Operand);
        for (operator, right) in chain.rest {
            let right = self.right(&operator, right);
            doc = doc.append(RcDoc::line()).append(operator).append(" ").append(right);
        }
        let doc = doc.nest(if place == Place::Whole { INDENT } else { 1 }).group();
        parenthesized(doc, place > Place::Whole)
    }

    /// What stands behind an operator: in parentheses, unless all operators in it bind more.
    fn right(&mut self, operator: &str, right: &Term) -> Doc {
        match self.chain(right) {
            Some(chain) if chain.rest.iter().all(|(inner, _)| binds_more(inner, operator)) => {
                self.infix(chain, Place::Whole)
            }
            _ => self.expr(right, None, Place::Operand),
        }
    }

    /// An operator between two operands.
    fn operation<'t>(&mut self, term: &'t Term) -> Option<(&'t Term, String, &'t Term)> {
        match term {
            Term::If(left, yes, no) => {
                let (operator, right) = connective(yes, no)?;
                Some((left, operator.to_string(), right))
            }
            Term::App(head, args) => {
                let (Term::Ref(reference), [left, right]) = (&**head, &args[..]) else { return None };
                Some((left, self.operator(*reference, left, right)?, right))
            }
            _ => None,
        }
    }

    /// The operator between two arguments: without its namespace where an operand shows which one is meant.
    fn operator(&mut self, reference: TermRef, left: &Term, right: &Term) -> Option<String> {
        let name = Name::new(self.names.term(reference));
        // What a marked name is applied to first is no operand.
        if !name.is_operator() || self.names.signature(reference).is_some_and(|signature| signature.by_name) {
            return None;
        }
        let shows = |ty: Option<Type>| match (ty, name.parent()) {
            (Some(Type::Ref(ty)), Some(parent)) => self.env.type_name(ty).as_ref() == Some(&parent),
            _ => false,
        };
        let evident = shows(self.evident_type(left)) || shows(self.evident_type(right));
        Some(if evident { name.last().to_string() } else { name.to_string() })
    }
}

/// Whether an operator takes the right operand away from one that stands before it. One without a level takes everything before it as it stands.
fn binds_more(operator: &str, before: &str) -> bool {
    let level = |operator: &str| operator_level(Name::new(operator).last());
    matches!((level(operator), level(before)), (Some(new), Some(old)) if new > old)
}

/// `a && b` is `if a then b else false`, and `a || b` is `if a then true else b`.
pub fn connective<'t>(yes: &'t Term, no: &'t Term) -> Option<(&'static str, &'t Term)> {
    let is = |term: &Term, value: bool| *term == Term::Literal(kernel::Literal::Boolean(value));
    match (yes, no) {
        (right, no) if is(no, false) => Some(("&&", right)),
        (yes, right) if is(yes, true) => Some(("||", right)),
        _ => None,
    }
}
