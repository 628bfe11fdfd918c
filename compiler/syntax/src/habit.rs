//! Ways of writing that come from other languages, or from an editor: recognised as a whole, so that each is one problem.

use base::{Diagnostic, Span};

/// What was recognised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Habit {
    /// A binding that is indented more than the statements of its block.
    TooDeep,
    /// A line between the column of a block and that of what is around it.
    Between,
    /// `let x = 1 in e`
    LetIn,
    /// `if x = 1`
    EqualsInCondition,
    /// `p => e` for `p -> e`
    FatArrow,
    /// A line that is indented by tabs after one that is indented by blanks, or the other way round.
    MixedIndentation,
    /// `data T = ..`, `import x`, `def f(x):` ..
    Word(String),
}

impl Habit {
    pub(crate) fn render(&self, span: Span) -> Diagnostic {
        match self {
            Habit::TooDeep => Diagnostic::new("U0125", "this line is indented too far")
                .label(span, "starts deeper than the statements of its block")
                .reason("A line that is indented more than the one above it continues it, and a binding cannot continue anything.")
                .hint("align it with the statement above it"),
            Habit::Between => Diagnostic::new("U0126", "this line belongs to no block")
                .label(span, "between the block above and what is around it")
                .reason("The statements of a block start in the same column.")
                .hint("indent it like the lines above it, if it belongs to them"),
            Habit::LetIn => Diagnostic::new("U0127", "a `let` has no `in`")
                .label(span, "not a word of this language")
                .reason("`let` opens a block: its statements stand below each other, and the last one is its value.")
                .hint("write what follows `in` on a line of its own, below the bindings; inside a definition no `let` is needed"),
            Habit::EqualsInCondition => Diagnostic::new("U0128", "a condition compares with `==`")
                .label(span, "this defines something")
                .reason("`=` gives a name to a value; `==` asks whether two values are equal.")
                .hint("write `==`"),
            Habit::FatArrow => Diagnostic::new("U0129", "a case is written with `->`")
                .label(span, "an operator")
                .reason("Between the pattern of a case and what it yields stands `->`.")
                .hint("write `->`"),
            Habit::MixedIndentation => Diagnostic::new("U0130", "tabs and blanks are mixed in the indentation")
                .label(span, "indented in another way than the line above")
                .reason("Which lines belong together follows from their columns, and a tab has no width that everybody agrees on.")
                .hint("indent with blanks only"),
            Habit::Word(word) => Diagnostic::new("U0131", format!("`{word}` is not a word of this language"))
                .label(span, "taken for the start of a declaration")
                .reason("Definitions are written `name = ..`; only types and abilities start with a word.")
                .hint(instead(word)),
        }
    }
}

/// What is written here for a word that starts a declaration elsewhere.
fn instead(word: &str) -> &'static str {
    match word {
        "data" | "newtype" | "enum" | "struct" | "record" => {
            "write `type Name = A x | B`, or `type Name = { field : Type }`"
        }
        "import" => "definitions need no import; `use Prefix name` shortens names",
        "module" | "package" => "write `namespace Name` as the first line of the file",
        "class" | "trait" | "interface" | "instance" | "impl" => {
            "pass functions as arguments, or declare an `ability` for operations that a handler gives"
        }
        _ => "write `name parameter = ..`, with its type above it: `name : Nat -> Nat`",
    }
}

/// What a word starts elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Foreign {
    /// A type, in the same way as `type`.
    Type,
    /// Something with a name that follows.
    Definition,
    /// Something else.
    Other,
}

pub(crate) fn foreign(word: &str) -> Option<Foreign> {
    Some(match word {
        "data" | "newtype" => Foreign::Type,
        "def" | "fn" | "fun" | "func" | "function" | "val" | "var" | "const" => Foreign::Definition,
        "import" | "module" | "package" | "class" | "trait" | "interface" | "instance" | "impl" | "enum" | "struct"
        | "record" => Foreign::Other,
        _ => return None,
    })
}
