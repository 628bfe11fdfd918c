//! What can be wrong with a text before any name has a meaning, and how a user is told.
//!
//! **Invariant:** a problem holds places and facts, no prose; every place lies inside the text, on character boundaries.

use crate::expected::Expected;
use crate::habit::Habit;
use crate::measure::{NAME_MAX, OPERATORS_MAX, PARTS_MAX};
use base::{Diagnostic, Span};
use builtin::TUPLE_MAX;

/// What stands where the definition of a signature should.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Below {
    /// A definition of nearly the same name.
    Named(Span, String),
    /// The name and its parameters, and what they should give.
    NoEquals(Span),
}

/// A mistake in the text of a file. Each variant has a code of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// The file is longer than `base::limits::SOURCE_BYTES_MAX`.
    SourceTooLong { span: Span },
    /// The file's bytes are no text in UTF-8.
    NotText { span: Span, utf16: bool },
    /// A character that no token starts with; several in a row are one problem.
    UnknownCharacter { span: Span, character: char },
    /// A literal or comment whose end is missing; `span` is where it starts.
    Unclosed { span: Span, what: Unclosed },
    /// An unknown escape after `\` in a text or character.
    BadEscape { span: Span },
    /// A number that runs into a word, as in `12ab`.
    /// `grouped` if what follows are digits behind `_`.
    BadNumber { span: Span, grouped: bool },
    /// A number that does not fit its type.
    NumberTooLarge { span: Span },
    /// A bytes literal with half a byte.
    HalfByte { span: Span },
    /// Something of the language that this version does not read yet.
    NotSupported { span: Span, what: NotSupported },
    /// A bracket that is still open where the text goes on (or ends) without it.
    UnclosedBracket { open: Span, here: Span },
    /// A closing bracket without its opening one.
    StrayBracket { span: Span },
    /// More nesting than `base::limits::NESTING_MAX`.
    TooDeep { span: Span },
    /// More of something than an expression, a type or a pattern has: see [`crate::measure`].
    TooMany { span: Span, what: Many },
    /// A token that cannot stand here. `found` is none where the line or block ends too early.
    Unexpected { span: Span, found: Option<String>, expected: Vec<Expected> },
    /// A signature line that no binding of that name follows.
    SignatureWithoutBinding { span: Span, name: String, below: Option<Below> },
    /// An expression between the definitions of a file.
    BareExpression { span: Span },
    /// `x <- e` outside a block.
    ArrowOutsideBlock { span: Span },
    /// A pattern such as `(a, b) = e` between the definitions of a file.
    PatternAtTopLevel { span: Span },
    /// A `namespace` line that is not the first line of the file.
    MisplacedNamespace { span: Span },
    /// An operator between patterns other than `+:`, `:+` and `++`.
    PatternOperator { span: Span },
    /// A number with a fraction as a pattern.
    FloatPattern { span: Span },
    /// A parameter with a dot in its name, mostly a function before a lambda without parentheses.
    DottedParameter { span: Span },
    /// A literal or a list as a parameter, which would not take every value.
    RefutableParameter { span: Span, list: bool },
    /// `case .. of`, as other languages write `match .. with`.
    CaseOf { span: Span },
    /// Something that other languages or editors teach.
    Habit { span: Span, what: Habit },
    /// A doc literal that stands above no definition.
    DocAlone { span: Span },
    /// `@word{..}` in a doc literal, where no such word means anything.
    DocForm { span: Span, word: String },
    /// Something in a doc literal that should be a name.
    DocName { span: Span },
    /// In `{ p -> k }`, something other than an operation with its arguments.
    NotAnOperation { span: Span },
}

/// What can lack its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unclosed {
    Text,
    RawText,
    Comment,
    Doc,
    /// Fenced code in a doc literal.
    DocCode,
    /// `@source{` and the like in a doc literal.
    DocForm,
}

/// What is recognised and refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotSupported {
    /// `namespace x where` and a block.
    NamespaceBlock,
    Rewrite,
    /// `type alias`
    Alias,
    Reserved,
}

/// Of what there is too much.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Many {
    Operators,
    Parts,
    Letters,
    Elements,
}

impl Many {
    fn render(self, span: Span) -> Diagnostic {
        let (title, most, hint) = match self {
            Many::Operators => (
                "too many operators in one expression",
                format!("One expression has at most {OPERATORS_MAX} of them."),
                "use a list and a fold, or give parts of it names of their own",
            ),
            Many::Parts => (
                "too many parts in a row",
                format!("A function has at most {PARTS_MAX} parameters, and a call no more arguments."),
                "put them into a list or a record, or give parts of them names of their own",
            ),
            Many::Letters => (
                "this name is too long",
                format!("A name has at most {NAME_MAX} bytes, with all its segments."),
                "give it a shorter name",
            ),
            Many::Elements => (
                "too many elements in a tuple",
                format!("A tuple has at most {TUPLE_MAX} elements."),
                "use a list if all have the same type, or a record",
            ),
        };
        Diagnostic::new("U0112", title).label(span, "here").reason(most).hint(hint)
    }
}

impl Problem {
    /// Where the mistake is.
    pub fn span(&self) -> Span {
        match self {
            Problem::SourceTooLong { span }
            | Problem::NotText { span, .. }
            | Problem::UnknownCharacter { span, .. }
            | Problem::Unclosed { span, .. }
            | Problem::BadEscape { span }
            | Problem::BadNumber { span, .. }
            | Problem::NumberTooLarge { span }
            | Problem::HalfByte { span }
            | Problem::NotSupported { span, .. }
            | Problem::StrayBracket { span }
            | Problem::TooDeep { span }
            | Problem::TooMany { span, .. }
            | Problem::Unexpected { span, .. }
            | Problem::SignatureWithoutBinding { span, .. }
            | Problem::BareExpression { span }
            | Problem::ArrowOutsideBlock { span }
            | Problem::PatternAtTopLevel { span }
            | Problem::MisplacedNamespace { span }
            | Problem::PatternOperator { span }
            | Problem::FloatPattern { span }
            | Problem::DottedParameter { span }
            | Problem::RefutableParameter { span, .. }
            | Problem::CaseOf { span }
            | Problem::DocAlone { span }
            | Problem::DocForm { span, .. }
            | Problem::DocName { span }
            | Problem::Habit { span, .. }
            | Problem::NotAnOperation { span } => *span,
            Problem::UnclosedBracket { open, .. } => *open,
        }
    }

    /// The message for a user.
    pub fn render(&self) -> Diagnostic {
        match self {
            Problem::SourceTooLong { .. }
            | Problem::NotText { .. }
            | Problem::UnknownCharacter { .. }
            | Problem::Unclosed { .. }
            | Problem::BadEscape { .. }
            | Problem::BadNumber { .. }
            | Problem::NumberTooLarge { .. }
            | Problem::HalfByte { .. }
            | Problem::NotSupported { .. } => self.render_token(),
            Problem::UnclosedBracket { .. }
            | Problem::StrayBracket { .. }
            | Problem::TooDeep { .. }
            | Problem::TooMany { .. }
            | Problem::Unexpected { .. } => self.render_structure(),
            Problem::Habit { span, what } => what.render(*span),
            Problem::DocAlone { .. } | Problem::DocForm { .. } | Problem::DocName { .. } => self.render_doc(),
            _ => self.render_item(),
        }
    }

    /// Problems of doc literals.
    fn render_doc(&self) -> Diagnostic {
        let span = self.span();
        match self {
            Problem::DocForm { word, .. } => {
                Diagnostic::new("U0141", format!("documentation has no form `@{word}`"))
                    .label(span, "means nothing")
                    .reason("In `{{ .. }}` there are @source{x}, @foldedSource{x}, @signature{x}, @inlineSignature{x} and @eval{e}.")
                    .hint(format!("write one of these, or ''@{word}{{..}}'' to show it as it is"))
            }
            Problem::DocName { .. } => Diagnostic::new("U0142", "documentation refers to something that has no name")
                .label(span, "not the name of a definition")
                .reason("What is shown here is looked up by name: `List.map`, or `type Optional` for a type.")
                .hint("write names with commas between, or @eval{..} for the value of an expression"),
            _ => Diagnostic::new("U0140", "documentation of nothing")
                .label(span, "no definition stands below it")
                .reason("`{{ .. }}` between the definitions of a file belongs to the one below it, whose name with `.doc` it gets.")
                .hint("move it above a definition, or give it a name: `notes = {{ .. }}`"),
        }
    }

    /// Problems of single tokens.
    fn render_token(&self) -> Diagnostic {
        match self {
            Problem::UnknownCharacter { span, character } => Diagnostic::new(
                "U0102",
                format!("the character {character:?} has no meaning here"),
            )
            .label(*span, "not part of any token")
            .reason("Names are made of letters, digits, `_`, `!` and `'`; operators of !$%^&*-=+<>~\\/|: characters.")
            .hint(match character {
                '?' => "a choice between two values is written `if a then b else c`",
                '#' => "a comment starts with `--`",
                '`' => "a text is written between double quotes, and its parts are joined by `++`",
                '\u{2192}' => "write `->`",
                '\u{2264}' => "write `<=`",
                '\u{2265}' => "write `>=`",
                '\u{2260}' => "write `!=`",
                '\u{d7}' => "write `*`",
                '\u{f7}' => "write `/`",
                '\u{2227}' => "write `&&`",
                '\u{2228}' => "write `||`",
                '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => {
                    "write a text between straight quotes: \"..\""
                }
                '\u{2010}'..='\u{2015}' | '\u{2212}' => "write `-`",
                '\u{2026}' => "write `..`, or a text: \"..\"",
                '\r' => "the lines of this file end by a carriage return alone: save it with line feeds (LF)",
                blank if blank.is_whitespace() => {
                    "write a blank; this one, and maybe others in the file, came with what was pasted"
                }
                _ => "remove it, or put it into a text literal: \"..\"",
            }),
            Problem::Unclosed { span, what } => render_unclosed(*span, *what),
            Problem::BadEscape { span } => Diagnostic::new("U0104", "unknown escape sequence")
                .label(*span, "no such escape")
                .reason("After a backslash stands one of: 0 a b f n r t v s \\ ' \"")
                .hint("to write a backslash itself, write \\\\; other characters are written as they are"),
            Problem::BadNumber { span, grouped } => Diagnostic::new("U0105", "this number runs into a word")
                .label(*span, "neither a number nor a name")
                .reason("Names do not start with a digit, and numbers end before letters.")
                .hint(if *grouped {
                    "write the digits without anything between them: `1000000`"
                } else {
                    "put a space between them, or start the name with a letter"
                }),
            Problem::NumberTooLarge { span } => Diagnostic::new("U0106", "this number is too large")
                .label(*span, "does not fit")
                .reason(
                    "`Nat` goes up to 18446744073709551615, `Int` from -9223372036854775808 to +9223372036854775807.",
                )
                .hint("use a `Float` such as 1.0e20 if it need not be exact"),
            Problem::HalfByte { span } => Diagnostic::new("U0107", "half a byte is missing")
                .label(*span, "an odd number of digits")
                .reason("Every byte of a bytes literal is written as two hexadecimal digits.")
                .hint("write 0xs0f, not 0xsf"),
            Problem::NotSupported { span, what } => render_not_supported(*span, *what),
            Problem::NotText { span, utf16: true } => Diagnostic::new("U0144", "this file is not in UTF-8")
                .label(*span, "the file starts here")
                .reason("Its first bytes say that it is in UTF-16. Source files are text in UTF-8.")
                .hint("save it as UTF-8"),
            Problem::NotText { span, utf16: false } => Diagnostic::new("U0144", "this file is not in UTF-8")
                .label(*span, "these bytes are no character")
                .reason("Source files are text in UTF-8. This one has another encoding, or is no text.")
                .hint("save it as UTF-8"),
            _ => Diagnostic::new("U0101", "this file is too long")
                .label(self.span(), "the file starts here")
                .reason(format!("A source file has at most {} MB.", base::limits::SOURCE_BYTES_MAX >> 20))
                .hint("split it into several files"),
        }
    }

    /// Problems of how tokens stand together.
    fn render_structure(&self) -> Diagnostic {
        match self {
            Problem::UnclosedBracket { open, here } => Diagnostic::new("U0109", "this bracket is never closed")
                .label(*open, "opened here")
                .label(*here, "still open here")
                .reason("Everything up to its closing bracket belongs to it.")
                .hint("add the closing bracket, or remove this one"),
            Problem::StrayBracket { span } => Diagnostic::new("U0110", "this bracket closes nothing")
                .label(*span, "no bracket of this kind is open here")
                .hint("remove it, or add the opening bracket before it"),
            Problem::TooDeep { span } => Diagnostic::new("U0111", "this is nested too deeply")
                .label(*span, "too deep from here on")
                .reason(format!("Brackets, blocks and prefixes nest at most {} deep.", base::limits::NESTING_MAX))
                .hint("give parts of it names of their own"),
            Problem::TooMany { span, what } => what.render(*span),
            Problem::Unexpected { span, found, expected } => render_unexpected(*span, found.as_deref(), expected),
            _ => self.render_item(),
        }
    }

    /// Problems of definitions, statements and patterns that can be read but not meant.
    fn render_item(&self) -> Diagnostic {
        let span = self.span();
        match self {
            Problem::SignatureWithoutBinding { name, below, .. } => {
                let diagnostic = Diagnostic::new("U0114", format!("the signature of `{name}` has no definition"));
                let label = "nothing of this name is defined on the next line";
                let reason = "A signature stands directly before the definition that it is for.";
                match below {
                    Some(Below::Named(there, written)) => diagnostic
                        .label(span, "the signature")
                        .label(*there, format!("this defines `{written}`"))
                        .reason(reason)
                        .hint(format!("is `{written}` misspelled? Then write `{name}`, else `{name} = ..` between the two")),
                    Some(Below::NoEquals(there)) => diagnostic
                        .label(span, "the signature")
                        .label(*there, "this has no `=`")
                        .reason(reason)
                        .hint("write `=` between the parameters and what they give"),
                    None => diagnostic
                        .label(span, label)
                        .reason(reason)
                        .hint(format!("write `{name} = ..` below it, or remove the signature")),
                }
            }
            Problem::ArrowOutsideBlock { .. } => Diagnostic::new("U0116", "`<-` outside a block")
                .label(span, "not inside a definition")
                .reason("`x <- e` runs `e` as a step of the block that it stands in; a file has no steps.")
                .hint("write `x = e`, or move it into a definition"),
            Problem::PatternAtTopLevel { .. } => Diagnostic::new("U0117", "a definition needs a name")
                .label(span, "a pattern")
                .reason("Only inside a block can a pattern stand to the left of `=`.")
                .hint("define one name for the whole, and take it apart where it is used"),
            Problem::MisplacedNamespace { .. } => Diagnostic::new("U0118", "`namespace` in the middle of a file")
                .label(span, "not the first line")
                .reason("A `namespace` line holds for the whole file.")
                .hint("move it to the top of the file; one is enough"),
            Problem::PatternOperator { .. } => Diagnostic::new("U0119", "this operator cannot stand in a pattern")
                .label(span, "not a list operator")
                .reason("Patterns take lists apart with `+:` (first and rest), `:+` (all but last, and last) and `++`.")
                .hint("write `x +: xs` for a list; else bind a variable and use a guard: `x | x == .. -> ..`"),
            Problem::FloatPattern { .. } => Diagnostic::new("U0120", "a `Float` cannot be a pattern")
                .label(span, "compared for equality")
                .reason("Floating-point numbers are rarely exactly equal.")
                .hint("bind a variable and use a guard: `x | x > .. -> ..`"),
            Problem::DottedParameter { .. } => Diagnostic::new("U0121", "a parameter has no dot in its name")
                .label(span, "taken as a parameter of what follows")
                .reason("All names before `->` or `=` are parameters.")
                .hint("if it is a function applied to a lambda, put the lambda into parentheses: `f (x -> ..)`"),
            Problem::RefutableParameter { list, .. } => Diagnostic::new("U0123", "a parameter takes every value")
                .label(span, "takes only some")
                .reason("Parameters are names, or tuples of names. A definition has one equation.")
                .hint(if *list {
                    "tell the values apart by `cases`: `f = cases` and on the next lines `[] -> ..`, `x +: rest -> ..`"
                } else {
                    "tell the values apart by `cases`: `f = cases` and on the next lines `0 -> ..`, `n -> ..`"
                }),
            Problem::CaseOf { .. } => Diagnostic::new("U0124", "`case .. of` is written `match .. with`")
                .label(span, "no such expression")
                .reason("Cases are told apart by `match x with`, or by `cases` where they are those of a function's argument.")
                .hint("write `match .. with`, and each case on a line of its own"),
            Problem::NotAnOperation { .. } => Diagnostic::new("U0122", "expected an operation of an ability")
                .label(span, "not the name of an operation with its arguments")
                .reason("`{ op x y -> k }` matches a request: an operation, its arguments, and what is to be done with the answer.")
                .hint("write the operation's name first, as in `{ Store.put x -> k }`"),
            _ => Diagnostic::new("U0115", "an expression outside a definition")
                .label(span, "this is not part of any definition")
                .reason("A file consists of definitions; nothing would ever use the value of this expression.")
                .hint("give it a name: `x = ..`, or write `> ..` to see its value"),
        }
    }
}

fn render_unclosed(span: Span, what: Unclosed) -> Diagnostic {
    let (title, reason, hint) = match what {
        Unclosed::Text => (
            "this text has no end",
            "A text literal ends with `\"` on the same line.",
            "add the closing quote; for several lines use \"\"\" .. \"\"\", for a quote inside write \\\"",
        ),
        Unclosed::RawText => (
            "this text has no end",
            "A text that starts with three quotes (or more) ends with as many.",
            "add the closing quotes on a line of their own",
        ),
        Unclosed::Comment => (
            "this comment has no end",
            "`{-` starts a comment that ends with `-}`; comments nest, so each needs its own end.",
            "add `-}`, or use `--` for a comment up to the end of the line",
        ),
        Unclosed::Doc => {
            ("this documentation has no end", "`{{` starts documentation that ends with `}}`.", "add `}}`")
        }
        Unclosed::DocCode => (
            "this code in documentation has no end",
            "Three signs or more start code that ends with a line of as many.",
            "add such a line",
        ),
        Unclosed::DocForm => (
            "this has no end",
            "`@word{` in documentation ends with `}`.",
            "add `}`, or put it into ''..'' to show it as it is",
        ),
    };
    Diagnostic::new("U0103", title).label(span, "starts here").reason(reason).hint(hint)
}

fn render_not_supported(span: Span, what: NotSupported) -> Diagnostic {
    let (title, hint) = match what {
        NotSupported::NamespaceBlock => (
            "blocks of a namespace are not supported yet",
            "write the names in full, as in `a.b.x = ..`, or `namespace a.b` alone on the first line of a file of its own",
        ),
        NotSupported::Alias => (
            "a type has no second name",
            "write the type out where it is used, or declare one of its own: `type Point = { x : Int, y : Int }`",
        ),
        NotSupported::Rewrite => ("rewrite rules are not supported yet", "remove the rule"),
        NotSupported::Reserved => ("this word is reserved", "choose another name, or put it into back-quotes"),
    };
    Diagnostic::new("U0108", title).label(span, "skipped").hint(hint)
}

fn render_unexpected(span: Span, found: Option<&str>, expected: &[Expected]) -> Diagnostic {
    let wanted = crate::expected::phrase(expected);
    let title = match (found, &wanted) {
        (Some(found), Some(_)) => format!("`{found}` cannot stand here"),
        (Some(found), None) => format!("`{found}` does not belong here"),
        (None, Some(wanted)) => format!("{wanted} is missing here"),
        (None, None) => "something is missing here".to_string(),
    };
    let label = match &wanted {
        Some(wanted) => format!("expected {wanted}"),
        None => "this cannot follow what stands before it".to_string(),
    };
    let reason = match found {
        Some(_) => "What stands before it cannot go on like this.",
        None => "The line or block ends here: what follows is indented less, or closes it.",
    };
    Diagnostic::new("U0113", title).label(span, label).reason(reason).hint(crate::expected::hint(found, expected))
}
