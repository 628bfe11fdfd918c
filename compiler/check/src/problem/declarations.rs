//! Types and abilities that are not well declared.

use base::{Diagnostic, Name, Span};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeclarationProblem {
    /// A constructor, operation or field name is used twice in one declaration.
    DuplicateMember { name: Name, first: Span, second: Span },
    /// A parameter is named twice.
    DuplicateParameter { name: Name, first: Span, second: Span },
}

impl DeclarationProblem {
    pub(crate) fn render(&self) -> Diagnostic {
        match self {
            DeclarationProblem::DuplicateMember { name, first, second } => {
                Diagnostic::new("U0601", format!("`{name}` is declared twice"))
                    .label(*second, "again here")
                    .label(*first, "first here")
                    .reason("Constructors, operations and fields of one declaration have different names.")
                    .hint("Rename or remove one of them.")
            }
            DeclarationProblem::DuplicateParameter { name, first, second } => {
                Diagnostic::new("U0602", format!("the parameter `{name}` is named twice"))
                    .label(*second, "again here")
                    .label(*first, "first here")
                    .reason("Parameters have different names.")
                    .hint("Rename one of them.")
            }
        }
    }
}
