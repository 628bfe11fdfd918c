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
    if [EndOfLine, Operator, Arrow].iter().any(|end| expected.contains(end)) {
        expected.retain(|e| !matches!(e, Expression | Type | Pattern | Name));
    }
    if expected.len() > 1 {
        expected.retain(|e| *e != Operator);
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
        "->" | "case ->" => Expected::Arrow,
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
        Expected::Arrow => "`->`",
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

/// What to do about it.
pub fn hint(found: Option<&str>, expected: &[Expected]) -> String {
    let first = expected.first();
    match (found, first) {
        (Some("="), _) => {
            "compare with `==`; to define something inside an expression, write `let` or `do` before it".to_string()
        }
        (Some("->"), _) => "a lambda with its parameters goes into parentheses: `(x y -> ..)`".to_string(),
        (Some("then" | "else"), _) => "an `if` is written `if .. then .. else ..`".to_string(),
        (Some("with"), _) => "`with` belongs to `match .. with` or `handle .. with`".to_string(),
        (_, Some(Expected::Else)) => "every `if` has an `else`, because it has a value".to_string(),
        (_, Some(Expected::With)) => "write `match .. with` or `handle .. with`".to_string(),
        (_, Some(Expected::Arrow)) => "a case is written `pattern -> expression`".to_string(),
        (None, Some(Expected::Expression)) => {
            "finish the expression, or indent the lines that belong to it".to_string()
        }
        (None, Some(e)) => format!("write {} here", words(*e)),
        (Some(found), Some(e)) => format!("write {} before `{found}`, or remove `{found}`", words(*e)),
        (Some(found), None) => format!("remove `{found}`"),
        (None, None) => "finish this line".to_string(),
    }
}
