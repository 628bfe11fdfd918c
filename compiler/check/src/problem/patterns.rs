//! Cases that are missing, superfluous or malformed.

use base::{Diagnostic, Name, Span};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PatternProblem {
    /// No case takes such values, and `more`. `binds` if there is but one case: the pattern of a binding or of a parameter; `guarded` if
    /// some cases have guards.
    NotExhaustive { span: Span, missing: Vec<Missing>, more: bool, binds: bool, guarded: bool },
    /// Whether the cases cover everything was not found out.
    TooEntangled { span: Span },
    /// Whatever this case takes was taken by those above it. `variable` is the place of one that takes everything, and the constructor that is
    /// called like it.
    Redundant { span: Span, variable: Option<(Span, Name)> },
    /// A constructor or operation with too few or too many fields.
    FieldCount { span: Span, name: Name, has: usize, given: usize },
    /// The cases of one `cases` differ in their number of patterns.
    CaseArity { span: Span, first: Span, wanted: usize, given: usize },
    /// `p ++ q` where neither side has a known length.
    UnknownLength { span: Span },
}

/// Values that no case takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// One of them.
    pub value: String,
    /// A pattern for all of them.
    pub pattern: String,
}

impl PatternProblem {
    pub(crate) fn render(&self) -> Diagnostic {
        match self {
            PatternProblem::NotExhaustive { span, missing, more, binds: true, .. } => {
                Diagnostic::new("U0501", "this pattern does not match every value")
                    .label(*span, format!("does not match {}", values(missing, *more)))
                    .reason("A binding or a parameter has no other case, so its pattern has to take every value.")
                    .hint(format!("Write `match .. with`, with a case for each, such as {}.", patterns(&missing[..1])))
            }
            PatternProblem::NotExhaustive { span, missing, more, binds: false, guarded } => {
                let one = missing.len() == 1 && !more;
                Diagnostic::new("U0501", if one { "a case is missing" } else { "cases are missing" })
                    .label(*span, format!("nothing matches {}", values(missing, *more)))
                    .reason(match guarded {
                        true => "The cases have to cover every value, and one with a guard covers none: it may fail.",
                        false => "The cases have to cover every value.",
                    })
                    .hint(match (one, more) {
                        (true, _) if *guarded && missing[0].pattern == "_" => {
                            "Add a case such as `_ -> ..`, or let the last guard be `otherwise`.".to_string()
                        }
                        (true, _) => format!("Add a case such as {}.", patterns(missing)),
                        (false, false) => format!("Add the cases {}, or one for all of them: `_ -> ..`.", patterns(missing)),
                        (false, true) => "Add a case for each, or one for all others: `_ -> ..`.".to_string(),
                    })
            }
            PatternProblem::TooEntangled { span } => {
                Diagnostic::new("U0506", "these cases are too entangled to be checked")
                    .label(*span, "it was not found out whether they cover every value")
                    .reason("How much there is to be tried doubles with each pair of columns that are told apart in different cases.")
                    .hint("Tell apart one thing after the other: by a `match` inside a case, or by guards.")
            }
            PatternProblem::Redundant { span, variable: Some((place, constructor)) } => {
                Diagnostic::new("U0502", "this case is never reached")
                    .label(*span, "superfluous")
                    .label(*place, "a variable, which takes everything")
                    .reason("The cases above it take everything that it could match.")
                    .hint(format!("Write `{constructor}` for the constructor: a name with a small letter is a variable."))
            }
            PatternProblem::Redundant { span, variable: None } => Diagnostic::new("U0502", "this case is never reached")
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

fn values(missing: &[Missing], more: bool) -> String {
    let mut values: Vec<&str> = missing.iter().map(|missing| &*missing.value).collect();
    if more {
        values.push("others");
    }
    joined(&values)
}

fn patterns(missing: &[Missing]) -> String {
    let cases: Vec<String> = missing.iter().map(|missing| format!("`{} -> ..`", missing.pattern)).collect();
    joined(&cases)
}

fn joined(words: &[impl AsRef<str>]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match &words[..] {
        [front @ .., last] if !front.is_empty() => format!("{} and {last}", front.join(", ")),
        _ => words.concat(),
    }
}
