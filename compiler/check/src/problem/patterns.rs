//! Cases that are missing, superfluous or malformed.

use base::{Diagnostic, Name, Span};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PatternProblem {
    /// No case takes a value like `example`. `binds` if there is but one: the pattern of a binding or of a parameter.
    NotExhaustive { span: Span, example: String, binds: bool },
    /// Whatever this case takes was taken by those above it.
    Redundant { span: Span },
    /// A constructor or operation with too few or too many fields.
    FieldCount { span: Span, name: Name, has: usize, given: usize },
    /// The cases of one `cases` differ in their number of patterns.
    CaseArity { span: Span, first: Span, wanted: usize, given: usize },
    /// `p ++ q` where neither side has a known length.
    UnknownLength { span: Span },
}

impl PatternProblem {
    pub(crate) fn render(&self) -> Diagnostic {
        match self {
            PatternProblem::NotExhaustive { span, example, binds: true } => {
                Diagnostic::new("U0501", "this pattern does not match every value")
                    .label(*span, format!("does not match {example}"))
                    .reason("A binding or a parameter has no other case, so its pattern has to take every value.")
                    .hint(format!("Write `match .. with`, with a case for each, such as `{example} -> ..`."))
            }
            PatternProblem::NotExhaustive { span, example, binds: false } => {
                Diagnostic::new("U0501", "a case is missing")
                    .label(*span, format!("nothing matches {example}"))
                    .reason("The cases have to cover every value.")
                    .hint(format!("Add a case such as `{example} -> ..`."))
            }
            PatternProblem::Redundant { span } => Diagnostic::new("U0502", "this case is never reached")
                .label(*span, "superfluous")
                .reason("The cases above it take everything that it could match.")
                .hint("Remove it, or move it up."),
            PatternProblem::FieldCount { span, name, has, given } => {
                Diagnostic::new("U0503", format!("`{name}` has another number of fields"))
                    .label(*span, format!("{given} here, {has} in its declaration"))
                    .reason("A pattern names every field.")
                    .hint("Use `_` for fields that do not matter; put parentheses around nested patterns.")
            }
            PatternProblem::CaseArity { span, first, wanted, given } => {
                Diagnostic::new("U0504", "cases with different numbers of patterns")
                    .label(*span, format!("{given} here"))
                    .label(*first, format!("{wanted} here"))
                    .reason("`cases` makes one function, which takes the same number of arguments in each case.")
                    .hint("Separate the patterns by commas; use `_` for those that do not matter.")
            }
            PatternProblem::UnknownLength { span } => {
                Diagnostic::new("U0505", "it is not known where to split the list")
                    .label(*span, "neither side has a known length")
                    .reason("On one side of `++` stands a list pattern such as `[a, b]`.")
                    .hint("Use `first +: rest`, or `[a, b] ++ rest`.")
            }
        }
    }
}
