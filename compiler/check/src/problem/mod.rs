//! The mistakes that the checker finds: values with places and types, rendered beside their kind.
//!
//! Types are kept as text, since the variables in them lose their meaning when the definition that they belong to is done.

mod abilities;
mod declarations;
mod names;
mod patterns;
mod types;

pub use abilities::{AbilityProblem, MissingHint};
pub use declarations::DeclarationProblem;
pub use names::{Grouping, Instead, Members, Misfit, NAMES_ELSEWHERE, NameProblem, Typed};
pub(crate) use names::{names_elsewhere, type_elsewhere};
pub use patterns::{Missing, PatternProblem};
pub use types::{Advice, Difference, Reason, Remedy, Sort, TypeProblem};

use base::{Diagnostic, Name, Span};
use syntax::habit::Habit;

/// A mistake in the files that were checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// A name means nothing, or too much. Codes `U02xx`.
    Name(NameProblem),
    /// A way of writing that other languages have, which shows only when names and types are known.
    Habit { span: Span, what: Habit },
    /// Types do not fit. Codes `U03xx`.
    Type(TypeProblem),
    /// Abilities are missing or misused. Codes `U04xx`.
    Ability(AbilityProblem),
    /// Cases are missing, superfluous or malformed. Codes `U05xx`.
    Pattern(PatternProblem),
    /// A type or ability is not well declared. Codes `U06xx`.
    Declaration(DeclarationProblem),
}

impl Problem {
    pub fn render(&self) -> Diagnostic {
        match self {
            Problem::Name(problem) => problem.render(),
            Problem::Habit { span, what } => what.render(*span),
            Problem::Type(problem) => problem.render(),
            Problem::Ability(problem) => problem.render(),
            Problem::Pattern(problem) => problem.render(),
            Problem::Declaration(problem) => problem.render(),
        }
    }
}

/// Names as a list for a person: `a`, `b` and `c`, or with "or".
fn listed(names: &[Name], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} {word} {last}", front.join(", ")),
    }
}
