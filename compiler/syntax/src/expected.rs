//! What could have stood where a token did not fit, in a few human words.
//!
//! The parser knows up to sixty terminals that it would have taken; nobody wants to read them. They are folded into
//! the few notions below, the most telling first.

/// Something that the grammar would have taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Expected {
    Expression,
    Pattern,
    Type,
    Definition,
    Name,
    Then,
    Else,
    With,
    Where,
    CaseArrow,
    Arrow,
    Equals,
    Colon,
    Dot,
    CloseParen,
    CloseBracket,
    CloseBrace,
    Comma,
    Operator,
    EndOfLine,
}

/// How many alternatives a message lists.
const LISTED_MAX: usize = 4;

/// Folds the terminals of the grammar (as it calls them, in quotes) into notions.
pub fn fold(terminals: &[String]) -> Vec<Expected> {
    let names: Vec<&str> = terminals.iter().map(|t| t.trim_matches('"')).collect();
    let has = |name: &str| names.contains(&name);
    let mut expected: Vec<Expected> = names.iter().filter_map(|name| keyword(name)).collect();
    expected.extend(starts(&has));
    expected.sort();
    expected.dedup();
    // Where something may end it may also go on in every possible way: naming them all says nothing.
    use Expected::*;
    if [EndOfLine, Operator, CaseArrow, Arrow].iter().any(|end| expected.contains(end)) {
        expected.retain(|e| !matches!(e, Expression | Type | Pattern | Name));
    }
    // Almost everything may be followed by an operator or a type annotation, which is hardly ever what was meant.
    for vague in [Operator, Colon] {
        if expected.len() > 1 {
            expected.retain(|e| *e != vague);
        }
    }
    expected
}

/// Which notion starts here, seen from terminals that only it starts with.
fn starts(has: &dyn Fn(&str) -> bool) -> Option<Expected> {
    if has("use") && has("type") {
        Some(Expected::Definition)
    } else if has("if") {
        Some(Expected::Expression)
    } else if has("{") && has("nat") {
        Some(Expected::Pattern)
    } else if has("'") || has("{") && has("[") {
        Some(Expected::Type)
    } else if has("name") {
        Some(Expected::Name)
    } else {
        None
    }
}

fn keyword(terminal: &str) -> Option<Expected> {
    Some(match terminal {
        "then" => Expected::Then,
        "else" => Expected::Else,
        "with" => Expected::With,
        "where" => Expected::Where,
        "->" => Expected::Arrow,
        "case ->" => Expected::CaseArrow,
        "=" => Expected::Equals,
        ":" => Expected::Colon,
        "." => Expected::Dot,
        ")" => Expected::CloseParen,
        "]" => Expected::CloseBracket,
        "}" => Expected::CloseBrace,
        "," => Expected::Comma,
        "operator" => Expected::Operator,
        "separator" | "close" => Expected::EndOfLine,
        _ => return None,
    })
}

fn words(expected: Expected) -> &'static str {
    match expected {
        Expected::Expression => "an expression",
        Expected::Pattern => "a pattern",
        Expected::Type => "a type",
        Expected::Definition => "a definition",
        Expected::Name => "a name",
        Expected::Then => "`then`",
        Expected::Else => "`else`",
        Expected::With => "`with`",
        Expected::Where => "`where`",
        Expected::CaseArrow | Expected::Arrow => "`->`",
        Expected::Equals => "`=`",
        Expected::Colon => "`:`",
        Expected::Dot => "`.`",
        Expected::CloseParen => "`)`",
        Expected::CloseBracket => "`]`",
        Expected::CloseBrace => "`}`",
        Expected::Comma => "`,`",
        Expected::Operator => "an operator",
        Expected::EndOfLine => "the end of the line",
    }
}

/// `a, b or c`; nothing if nothing is known.
pub fn phrase(expected: &[Expected]) -> Option<String> {
    let words: Vec<&str> = expected.iter().take(LISTED_MAX).map(|e| words(*e)).collect();
    match words.as_slice() {
        [] => None,
        [one] => Some((*one).to_string()),
        [front @ .., last] => Some(format!("{} or {last}", front.join(", "))),
    }
}

/// Whether a token is an operator, by its last character.
fn is_operator(token: &str) -> bool {
    token.ends_with(|c: char| c.is_ascii_punctuation() && !"()[]{},;'\"_!".contains(c))
}

/// What to do about it.
pub fn hint(found: Option<&str>, expected: &[Expected]) -> String {
    let first = expected.first();
    match (found, first) {
        (Some("="), _) => {
            "compare with `==`; to define something inside an expression, write `let` or `do` before it".to_string()
        }
        (Some("->"), _) => "a lambda with its parameters goes into parentheses: `(x y -> ..)`".to_string(),
        (Some("then" | "else"), _) => "an `if` is written `if .. then .. else ..`".to_string(),
        (Some(".."), Some(Expected::Pattern)) => "the rest of a list is bound by `+:`: `x +: rest`".to_string(),
        (Some(".."), _) => {
            "`List.range 1 11` has the numbers from 1 to 10; lists are joined by `++`".to_string()
        }
        (Some(";"), _) if expected.contains(&Expected::CloseBrace) => {
            "the fields of a record are separated by commas".to_string()
        }
        (Some(";"), _) if expected.contains(&Expected::CloseBracket) => {
            "the elements of a list are separated by commas".to_string()
        }
        (Some(";"), _) => "steps between brackets need `do` or `let` before them: `(do a; b)`".to_string(),
        (Some(":"), _) => {
            "a type stands in a signature, `f : Nat -> Nat`, or behind an expression in parentheses: `(x : Nat)`"
                .to_string()
        }
        (Some("."), _) => {
            "functions are composed by `<<` and `>>`, as in `f << g`; a name has no blanks around its dots, and a number digits on both sides of its point"
                .to_string()
        }
        (Some("{"), Some(Expected::EndOfLine | Expected::Expression)) => {
            "braces are for types and requests: a block is indented, or follows `then`, `else`, `let` or `do`"
                .to_string()
        }
        (Some("=>"), Some(Expected::Arrow)) => {
            "a type has no constraints: `==` and `<` work for all types, and other functions that are needed are parameters".to_string()
        }
        (Some("=>"), _) if expected.contains(&Expected::Dot) => {
            "a dot stands behind the variables: `forall a. a -> a`, or leave `forall a.` out".to_string()
        }
        (Some("\\"), Some(Expected::Expression)) => "a lambda is written without it: `x -> ..`".to_string(),
        (Some("-"), Some(Expected::Expression)) => {
            "a number below zero is written `-1`, without a blank; to negate a value, use `Int.negate` or `Float.negate`"
                .to_string()
        }
        (Some("if"), Some(Expected::CaseArrow)) => "a guard is written `pattern | condition -> ..`".to_string(),
        (Some("|"), Some(Expected::CloseBracket)) => {
            "a list is made of another one by `List.map (x -> ..) xs` and `List.filter`".to_string()
        }
        (Some("|"), Some(Expected::Pattern | Expected::Equals)) => {
            "guards belong to cases: `cases n | n > 1 -> ..`; or write `if .. then .. else ..`".to_string()
        }
        (Some(","), None) => {
            "commas stand in lists and tuples: parameters in a signature are joined by `->`, arguments stand apart by blanks"
                .to_string()
        }
        (Some("("), Some(Expected::Operator)) => {
            "names stand behind it with blanks between: `use List map filter`".to_string()
        }
        (Some("where"), _) => {
            "helpers stand before what uses them: write their definitions as the first lines of the block".to_string()
        }
        (Some("with"), _) => "`with` belongs to `match .. with` or `handle .. with`".to_string(),
        (_, Some(Expected::Else)) => "every `if` has an `else`, because it has a value".to_string(),
        (_, Some(Expected::With)) => "write `match .. with` or `handle .. with`".to_string(),
        (_, Some(Expected::CaseArrow)) => "a case is written `pattern -> expression`".to_string(),
        (Some(found), Some(Expected::Arrow)) if is_operator(found) => {
            format!("behind the colon stands a type, in which `{found}` means nothing; a definition is written `name = ..`")
        }
        (None, Some(Expected::Expression)) => {
            "finish the expression, or indent the lines that belong to it".to_string()
        }
        (None, Some(e)) => format!("write {} here", words(*e)),
        // Only after `(` and an operator can nothing but `)` follow.
        (Some(_), Some(Expected::CloseParen)) if expected.len() == 1 => {
            "`(+)` is the operator alone; with one of its operands, write a lambda: `(x -> x + 1)`".to_string()
        }
        (Some(found), Some(Expected::EndOfLine)) => format!("remove `{found}`, or write it on a new line"),
        (Some(found), Some(Expected::Expression)) if is_operator(found) => {
            format!("write an expression before `{found}`; the operator itself is `({found})`")
        }
        (Some(found), Some(e)) => format!("write {} before `{found}`, or remove `{found}`", words(*e)),
        (Some(found), None) => format!("remove `{found}`"),
        (None, None) => "finish this line".to_string(),
    }
}
