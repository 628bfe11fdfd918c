//! Ways of writing that come from other languages, or from an editor: recognised as a whole, so that each is one problem.

use base::{Diagnostic, Span};

/// What was recognised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Habit {
    /// A binding that is indented more than the statements of its block.
    TooDeep,
    /// A case that is indented more than the cases above it.
    CaseTooDeep,
    /// A declaration that is indented.
    DeclarationTooDeep,
    /// A definition whose head and body have no `=` between them.
    MissingEquals,
    /// A line between the column of a block and that of what is around it.
    Between,
    /// `P = { x : Nat }`
    RecordWithoutType(String),
    /// The body of a case left of its pattern, which stands behind `cases` or `with`.
    LeftOfPattern,
    /// What belongs to a definition, in the column of definitions.
    AtMargin,
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
    /// `= | A | B`: a bar before the first constructor
    FirstBar,
    /// `type P = P { x : Nat }`
    NamedRecord,
    /// `match x { .. }`
    CaseBraces,
    /// `f".. {x}"`, and text in back-quotes
    Template,
    /// `[x * x | x <- xs]`
    Comprehension,
    /// `f (x : Nat) : Nat = ..`
    TypedParameter,
    /// `Map<Text, Nat>`
    TypeArguments,
    /// `f x = .. where ..`
    Where,
    /// ``a `div` b``
    InfixName(String),
    /// `[x, ...rest]` and `[x | rest]` as patterns
    ListRest,
    /// `.base.List.map`
    LeadingDot,
    /// `type shape = ..`
    SmallType(String),
    /// `type Shape = circle Float`
    SmallConstructor(String),
    /// `'a text'`
    SingleQuotes,
    /// `handle e with { a } -> a`, without `cases`
    HandlerCases,
    /// `[1, 2].map(f)`
    Method,
}

impl Habit {
    /// The message for a user.
    pub fn render(&self, span: Span) -> Diagnostic {
        match self {
            Habit::TooDeep => Diagnostic::new("U0125", "this line is indented too far")
                .label(span, "starts deeper than the statements of its block")
                .reason("A line that is indented more than the one above it continues it, and a binding cannot continue anything.")
                .hint("align it with the statement above it"),
            Habit::CaseTooDeep => Diagnostic::new("U0125", "this line is indented too far")
                .label(span, "starts deeper than the cases above it")
                .reason("A line that is indented more than the one above it continues it, and a case begins something new.")
                .hint("align it with the case above it"),
            Habit::DeclarationTooDeep => Diagnostic::new("U0125", "this line is indented too far")
                .label(span, "starts deeper than the definitions of the file")
                .reason("A line that is indented continues the definition above it, and types and abilities stand for themselves.")
                .hint("begin it in the column of the other definitions"),
            Habit::MissingEquals => Diagnostic::new("U0114", "this definition has no `=`")
                .label(span, "`=` is missing behind this")
                .reason("Its signature stands above it, so a definition follows: the name, its parameters, `=`, and what it is.")
                .hint("write `=`"),
            Habit::Between => Diagnostic::new("U0126", "this line belongs to no block")
                .label(span, "between the block above and what is around it")
                .reason("The statements of a block start in the same column.")
                .hint("indent it like the lines above it, if it belongs to them"),
            Habit::LeftOfPattern => Diagnostic::new("U0126", "this line belongs to no block")
                .label(span, "left of the pattern that it is the case of")
                .reason("A block of cases has the column of its first pattern, and what a case yields is indented more than that.")
                .hint("begin a line after `cases` or `with`, and write the cases below each other there"),
            Habit::AtMargin => Diagnostic::new("U0126", "this line belongs to no block")
                .label(span, "in the column of definitions")
                .reason("A line that is not indented begins something new, and this belongs to the definition above it.")
                .hint("indent it, and what follows of that definition"),
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
                    "for" | "while" => "There are no loops: what changes from one round to the next is a parameter of a function.",
                    "begin" | "end" => "The lines of a block stand in one column; indentation says where it ends.",
                    "switch" | "function" | "\\case" => "Cases are told apart by `match x with`, or by `cases` where they are those of a function's argument.",
                    "try" => "What may fail uses the ability `Exception`, which a handler takes away.",
                    "in" => "What handles a computation follows `with`.",
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
            Habit::FirstBar => Diagnostic::new("U0145", "the first constructor has no bar before it")
                .label(span, "nothing stands before it")
                .reason("Bars stand between the constructors of a type.")
                .hint("leave it out: `type T = A | B`"),
            Habit::CaseBraces => Diagnostic::new("U0137", "cases have no braces")
                .label(span, "braces are for types and requests")
                .reason("The cases of a `match` stand below each other, in one column.")
                .hint("write `match x with`, and on each line below it `pattern -> expression`"),
            Habit::NamedRecord => Diagnostic::new("U0146", "a record has no name besides that of its type")
                .label(span, "not needed")
                .reason("`type P = { x : Nat }` declares the type and the function `P` that makes its values.")
                .hint("leave it out"),
            Habit::RecordWithoutType(name) => Diagnostic::new("U0146", "a record is declared as a type")
                .label(span, "`type` is missing before this")
                .reason("`type P = { x : Nat, y : Nat }` declares the type, the function `P` that makes its values, and for each field `P.x`, `P.x.set` and `P.x.modify`.")
                .hint(format!("write `type {name} = {{ .. }}`")),
            Habit::Record => Diagnostic::new("U0146", "a record is made by its constructor")
                .label(span, "braces are for types and requests")
                .reason("`type P = { x : Nat, y : Nat }` declares the function `P`, which takes the fields in that order, and for each field `P.x`, `P.x.set` and `P.x.modify`.")
                .hint("write `P 1 2` for a new one, `P.x.set 3 p` for another one with a new field; a map is `Map.fromList [(\"a\", 1)]`"),
            Habit::Template
            | Habit::Comprehension
            | Habit::TypedParameter
            | Habit::TypeArguments
            | Habit::Where
            | Habit::InfixName(_)
            | Habit::ListRest
            | Habit::LeadingDot
            | Habit::SmallType(_)
            | Habit::SmallConstructor(_)
            | Habit::SingleQuotes
            | Habit::HandlerCases
            | Habit::Method => self.render_construct(span),
            _ => Diagnostic::new("U0138", "a name is given a value by `=`")
                .label(span, "an operator")
                .reason("What a name stands for does not change. `x = ..` once more is a new `x` for the lines below it.")
                .hint("write `x = ..`; what is to change over time is a parameter of a recursive function, or a state that an ability keeps"),
        }
    }
}

impl Habit {
    /// What other languages have a form of its own for.
    fn render_construct(&self, span: Span) -> Diagnostic {
        match self {
            Habit::Template => Diagnostic::new("U0148", "a text has no parts that are filled in")
                .label(span, "braces in a text mean nothing")
                .reason("A text is what stands between its double quotes.")
                .hint("join the parts: `\"Hello \" ++ name ++ \"!\"`, where a number is `Nat.toText n`"),
            Habit::Comprehension => Diagnostic::new("U0149", "there are no list comprehensions")
                .label(span, "not a part of a list")
                .reason("A list is made of another one by functions.")
                .hint("write `xs |> List.filter (x -> ..) |> List.map (x -> ..)`; `List.flatMap` goes through several lists"),
            Habit::TypedParameter => Diagnostic::new("U0150", "the types of parameters stand in the signature")
                .label(span, "a type does not stand here")
                .reason("A definition has its type on a line of its own above it, or none: then it is inferred.")
                .hint("write `f : Nat -> Nat -> Nat`, and below it `f x y = ..`"),
            Habit::TypeArguments => Diagnostic::new("U0151", "the arguments of a type have no brackets")
                .label(span, "not a part of a type")
                .reason("A type is applied as a function is: what it takes stands behind it, with blanks between.")
                .hint("write `List Nat` or `[Nat]`, `Map Text (Optional Nat)`"),
            Habit::Where => Diagnostic::new("U0152", "helpers stand before what uses them")
                .label(span, "only an `ability` has a `where`")
                .reason("The lines of a block are read from top to bottom, and the last one is its value.")
                .hint("write these definitions as the first lines of the body, in one column with its value"),
            Habit::InfixName(name) => Diagnostic::new("U0153", "a name between two values is no operator")
                .label(span, "an argument of what stands before it")
                .reason("Back-quotes make a name of a word that would not be one. Only symbols stand between their operands.")
                .hint(format!("write `{name} a b`")),
            Habit::ListRest => Diagnostic::new("U0119", "the rest of a list is bound by `+:`")
                .label(span, "not a pattern of lists")
                .reason("Patterns take lists apart with `+:` (first and rest), `:+` (all but last, and last) and `++`.")
                .hint("write `x +: rest`"),
            Habit::SmallType(name) => Diagnostic::new("U0156", "the name of a type starts with a capital letter")
                .label(span, "taken for a variable wherever a type is written")
                .reason("In a type, a name that starts with a small letter stands for every type.")
                .hint(format!("call it `{}`", capital(name))),
            Habit::SmallConstructor(name) => {
                Diagnostic::new("U0156", "the name of a constructor starts with a capital letter")
                    .label(span, "taken for a variable wherever a pattern is written")
                    .reason("In a pattern, a name that starts with a small letter is a variable, which every value fits.")
                    .hint(format!("call it `{}`", capital(name)))
            }
            Habit::SingleQuotes => Diagnostic::new("U0157", "a text stands between double quotes")
                .label(span, "between single quotes")
                .reason("A single quote before an expression delays it, and is a part of a name behind one.")
                .hint("write `\"ab\"` for a text, `?a` for a character"),
            Habit::HandlerCases => Diagnostic::new("U0158", "the cases of a handler stand behind `cases`")
                .label(span, "`cases` is missing before the first one")
                .reason("Behind `with` stands a function of the requests; `cases` makes one of cases.")
                .hint("write `handle .. with cases`, and the cases on the lines below it"),
            Habit::Method => Diagnostic::new("U0159", "a function stands before its arguments")
                .label(span, "called like a method")
                .reason("Values have no methods. A dot is a part of a name.")
                .hint("write `List.map f xs` for `xs.map(f)`, or `xs |> List.map f`, which goes on with another `|>`"),
            _ => Diagnostic::new("U0154", "a name has no dot before it")
                .label(span, "not needed")
                .reason("Every name can be written in full from everywhere, or by the end of it that tells it from others.")
                .hint("leave the dot out"),
        }
    }
}

/// The name with a capital letter.
fn capital(name: &str) -> String {
    let mut letters = name.trim_start_matches('_').chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
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
        "import" | "open" | "include" | "require" | "using" | "from" => {
            "definitions need no import; `use Prefix name` shortens names"
        }
        "begin" | "end" => "leave `begin` and `end` out",
        "effect" => "write `ability Name where`, and below it each operation with its type: `name : Text -> a`",
        "switch" => "write `match x with`, and on each line below it `pattern -> expression`",
        "function" | "\\case" => "write `cases`, and on each line below it `pattern -> expression`",
        "try" => "`catch do ..` gives `Left failure` or `Right value`",
        "in" => "write `handle e with h`",
        "for" => "`List.map`, `List.foldLeft` and `List.foreach` go through a list; else a function calls itself",
        "while" => "write a function that calls itself until the condition does not hold",
        "pub" | "public" | "private" | "export" | "static" | "abstract" | "sealed" => {
            "leave it out: every definition can be used everywhere"
        }
        "module" | "package" | "mod" | "defmodule" | "object" => "write `namespace Name` as the first line of the file",
        "class" | "trait" | "interface" | "instance" | "impl" | "protocol" => {
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
        "import" | "open" | "include" | "require" | "using" | "from" | "module" | "mod" | "defmodule" | "package"
        | "effect" | "class" | "trait" | "interface" | "protocol" | "instance" | "impl" | "object" | "enum"
        | "struct" | "record" | "pub" | "public" | "private" | "export" | "static" | "abstract" | "sealed" => {
            Foreign::Other
        }
        _ => return None,
    })
}
