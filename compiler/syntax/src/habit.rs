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
    /// `data T = ..`, `import x`, `def f(x):`, `deriving`, `elif` ..
    Word(String),
    /// `a == 1 and b`
    Logic(String),
    /// `// ..`
    Comment,
    /// `f :: T`
    DoubleColon,
    /// `let x = ..` as a statement
    LetBinding,
    /// `\x -> ..`
    Backslash,
    /// `if a { b }`
    Braces,
    /// `x := ..`, `x += ..`
    Assignment,
    /// `with = ..`: a word of the language as a name
    Keyword(String),
    /// `| Some x -> ..`: a bar before a case
    LeadingBar,
    /// `{ x = 1 }` as an expression
    Record,
    /// `if c:` at the end of a line
    BlockColon,
}

impl Habit {
    /// The message for a user.
    pub fn render(&self, span: Span) -> Diagnostic {
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
            Habit::FatArrow => Diagnostic::new("U0129", "`=>` is written `->`")
                .label(span, "an operator")
                .reason("Between the pattern of a case, or the parameters of a function, and what it yields stands `->`.")
                .hint("write `->`"),
            Habit::MixedIndentation => Diagnostic::new("U0130", "tabs and blanks are mixed in the indentation")
                .label(span, "indented in another way than the line above")
                .reason("Which lines belong together follows from their columns, and a tab has no width that everybody agrees on.")
                .hint("indent with blanks only"),
            Habit::Word(word) => Diagnostic::new("U0131", format!("`{word}` is not a word of this language"))
                .label(span, "a word of other languages")
                .reason(match word.as_str() {
                    "deriving" => "Values of every type can be compared with `==` and `<`, and shown; nothing has to be derived.",
                    "of" => "What a constructor holds follows it: `Circle Float`.",
                    "elif" | "elsif" | "elseif" => "An `if` has two branches, and the second one may be another `if`.",
                    _ => "Definitions are written `name = ..`; only types and abilities start with a word.",
                })
                .hint(instead(word)),
            _ => self.render_notation(span),
        }
    }

    /// What is written with other symbols.
    fn render_notation(&self, span: Span) -> Diagnostic {
        match self {
            Habit::Logic(word) => {
                let symbol = if word == "or" { "||" } else { "&&" };
                Diagnostic::new("U0132", format!("`{word}` is written `{symbol}`"))
                    .label(span, "taken for an argument of what stands before it")
                    .reason("A word between two expressions is an argument; only symbols are operators.")
                    .hint(format!("write `a {symbol} b`"))
            }
            Habit::Comment => Diagnostic::new("U0133", "a comment starts with `--`")
                .label(span, "an operator")
                .reason("`--` starts a comment up to the end of the line; `{- .. -}` is one of any length.")
                .hint("write `--`; `/` divides numbers of type `Nat` without a rest"),
            Habit::DoubleColon => Diagnostic::new("U0134", "a signature is written with one colon")
                .label(span, "an operator")
                .reason("`name : Type` says what type a definition has.")
                .hint("write `:`"),
            Habit::LetBinding => Diagnostic::new("U0135", "a binding needs no `let`")
                .label(span, "opens a block of its own")
                .reason("`x = ..` binds `x` for the lines below it, and a definition is written in the same way. `let` opens a block inside an expression.")
                .hint("leave `let` out"),
            Habit::Backslash => Diagnostic::new("U0136", "a lambda starts with its parameters")
                .label(span, "not needed")
                .reason("A function without a name is its parameters, `->` and its body.")
                .hint("write `x -> ..`, in parentheses where it is an argument"),
            Habit::Braces => Diagnostic::new("U0137", "a block has no braces")
                .label(span, "braces are for types and requests")
                .reason("The lines of a block stand in one column; indentation says where it ends.")
                .hint("leave the braces out; an `if` is written `if a then b else c`"),
            Habit::Keyword(word) => Diagnostic::new("U0139", format!("`{word}` is a word of the language, and no name"))
                .label(span, "this word is reserved")
                .reason(meaning(word))
                .hint(format!("choose another name, such as `{word}'`, or put it into back-quotes")),
            Habit::LeadingBar => Diagnostic::new("U0145", "a case has no bar before it")
                .label(span, "a bar starts a guard")
                .reason("The cases of a `match` stand below each other, in one column. Behind a pattern, `|` starts a condition.")
                .hint("leave the bars out: `pattern -> expression`"),
            Habit::BlockColon => Diagnostic::new("U0147", "a block has no colon before it")
                .label(span, "a colon stands before a type")
                .reason("A block follows `then`, `else`, `do`, `=` or `->`, and is indented. An `if` has two branches, since it has a value.")
                .hint("write `if a then`, and `else` without a colon"),
            Habit::Record => Diagnostic::new("U0146", "a record is made by its constructor")
                .label(span, "braces are for types and requests")
                .reason("`type P = { x : Nat, y : Nat }` declares the function `P`, which takes the fields in that order, and for each field `P.x`, `P.x.set` and `P.x.modify`.")
                .hint("write `P 1 2` for a new one, `P.x.set 3 p` for another one with a new field; a map is `Map.fromList [(\"a\", 1)]`"),
            _ => Diagnostic::new("U0138", "a name is given a value by `=`")
                .label(span, "an operator")
                .reason("What a name stands for does not change. `x = ..` once more is a new `x` for the lines below it.")
                .hint("write `x = ..`; what is to change over time is a parameter of a recursive function, or a state that an ability keeps"),
        }
    }
}

/// What a word of the language is for.
fn meaning(keyword: &str) -> &'static str {
    match keyword {
        "if" | "then" | "else" => "It belongs to `if .. then .. else ..`, wherever it stands.",
        "match" | "with" | "handle" => "It belongs to `match .. with` and `handle .. with`, wherever it stands.",
        "do" | "let" | "cases" => "It opens a block, wherever it stands.",
        "type" | "structural" | "unique" => "It declares a type, wherever it stands.",
        "ability" | "where" => "It belongs to `ability .. where`, wherever it stands.",
        "use" => "It says which names can be shortened, wherever it stands.",
        _ => "It has a meaning of its own, wherever it stands.",
    }
}

/// What is written here for a word that starts a declaration elsewhere.
fn instead(word: &str) -> &'static str {
    match word {
        "data" | "newtype" | "enum" | "struct" | "record" => {
            "write `type Name = A x | B`, or `type Name = { field : Type }`"
        }
        "deriving" | "of" => "leave it out",
        "elif" | "elsif" | "elseif" => "write `else if .. then .. else ..`",
        "val" | "var" | "const" | "mut" => "write `name = ..`",
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
        "def" | "fn" | "fun" | "func" | "function" | "val" | "var" | "const" | "mut" => Foreign::Definition,
        "import" | "module" | "package" | "class" | "trait" | "interface" | "instance" | "impl" | "enum" | "struct"
        | "record" => Foreign::Other,
        _ => return None,
    })
}
