//! Patterns as text, which bring their variables into scope.

use super::literals;
use super::terms::{Doc, Place, TermPrinter, parenthesized, text};
use super::variables::Role;
use builtin::BuiltinType;
use kernel::{Pattern, TypeRef};
use prettyless::RcDoc;

impl TermPrinter<'_> {
    pub fn pattern(&mut self, pattern: &Pattern, place: Place) -> Doc {
        match pattern {
            Pattern::Any => text("_"),
            Pattern::Var => text(self.variables.bind(Role::Value, None, false)),
            Pattern::Literal(literal) => text(literals::text(literal)),
            Pattern::Constructor(TypeRef::Builtin(BuiltinType::Tuple(_)), _, fields) => {
                text("(").append(self.patterns(fields)).append(")")
            }
            Pattern::Constructor(ty, index, fields) => {
                let mut doc = text(self.names.constructor(*ty, *index));
                for field in fields {
                    doc = doc.append(" ").append(self.pattern(field, Place::Leaf));
                }
                parenthesized(doc, place == Place::Leaf && !fields.is_empty())
            }
            Pattern::As(inner) => {
                let name = self.variables.bind(Role::Value, None, false);
                text(name).append("@").append(self.pattern(inner, Place::Leaf))
            }
            Pattern::List(elements) => text("[").append(self.patterns(elements)).append("]"),
            Pattern::Cons(first, rest) => {
                let first = self.pattern(first, Place::Leaf);
                let rest = self.rest(rest);
                parenthesized(first.append(" +: ").append(rest), place > Place::Whole)
            }
            Pattern::Snoc(front, last) => {
                let front = self.rest(front);
                let last = self.pattern(last, Place::Leaf);
                parenthesized(front.append(" :+ ").append(last), place > Place::Whole)
            }
            Pattern::Prefix(elements, rest) => {
                let front = text("[").append(self.patterns(elements)).append("]");
                let rest = self.rest(rest);
                parenthesized(front.append(" ++ ").append(rest), place > Place::Whole)
            }
            Pattern::Suffix(front, elements) => {
                let front = self.rest(front);
                let back = text("[").append(self.patterns(elements)).append("]");
                parenthesized(front.append(" ++ ").append(back), place > Place::Whole)
            }
            Pattern::Pure(inner) => text("{ ").append(self.pattern(inner, Place::Whole)).append(" }"),
            Pattern::Request { ability, operation, args, resume } => {
                let mut doc = text("{ ").append(self.names.constructor(*ability, *operation));
                for arg in args {
                    doc = doc.append(" ").append(self.pattern(arg, Place::Leaf));
                }
                let resume = match &**resume {
                    Pattern::Var => text(self.variables.bind(Role::Resume, None, false)),
                    resume => self.pattern(resume, Place::Leaf),
                };
                doc.append(" -> ").append(resume).append(" }")
            }
        }
    }

    /// The part of a list that a pattern leaves over.
    fn rest(&mut self, pattern: &Pattern) -> Doc {
        match pattern {
            Pattern::Var => text(self.variables.bind(Role::Rest, None, false)),
            pattern => self.pattern(pattern, Place::Leaf),
        }
    }

    pub fn patterns(&mut self, patterns: &[Pattern]) -> Doc {
        let patterns: Vec<Doc> = patterns.iter().map(|pattern| self.pattern(pattern, Place::Whole)).collect();
        RcDoc::intersperse(patterns, text(", "))
    }
}
