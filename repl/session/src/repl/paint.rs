//! What the parts of a line are, for whoever colours it.

use base::SourceId;
use std::ops::Range;
use syntax::token::{Token, TokenKind};

/// A kind of text that has a colour of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paint {
    /// `:type`, at the beginning.
    Command,
    Keyword,
    /// A name that begins with a capital: a type, constructor or namespace.
    Capital,
    Number,
    /// Text, characters, bytes.
    Text,
    Comment,
    /// What belongs to no program.
    Junk,
}

/// The parts of a text that are not plain, in order.
pub fn paint(text: &str) -> Vec<(Range<usize>, Paint)> {
    let command = command_end(text);
    let mut painted: Vec<_> = (command > 0).then_some((0..command, Paint::Command)).into_iter().collect();
    let (tokens, _) = syntax::tokens(SourceId::default(), &text[command..]);
    let mut end = command;
    for token in &tokens {
        let range = command + token.span.start as usize..command + token.span.end as usize;
        comment(text, end..range.start, &mut painted);
        end = range.end;
        painted.extend(kind(text, &range, token.kind).map(|paint| (range, paint)));
    }
    comment(text, end..text.len(), &mut painted);
    painted
}

/// Where a command at the beginning of the text ends.
fn command_end(text: &str) -> usize {
    if !text.starts_with(':') {
        return 0;
    }
    text.find(char::is_whitespace).unwrap_or(text.len())
}

/// What stands between tokens and is no blank is a comment.
fn comment(text: &str, between: Range<usize>, painted: &mut Vec<(Range<usize>, Paint)>) {
    let Some(part) = text.get(between.clone()) else { return };
    if !part.trim().is_empty() {
        painted.push((between, Paint::Comment));
    }
}

fn kind(text: &str, range: &Range<usize>, kind: TokenKind) -> Option<Paint> {
    use TokenKind::*;
    match kind {
        Name => text.get(range.clone())?.starts_with(char::is_uppercase).then_some(Paint::Capital),
        Nat | Int | Float => Some(Paint::Number),
        Bytes | Char | Text => Some(Paint::Text),
        Doc => Some(Paint::Comment),
        Junk => Some(Paint::Junk),
        Ability | Cases | Do | Else | False | Forall | Handle | If | Let | Match | Namespace | Structural
        | TermLink | Then | True | Type | TypeLink | Unique | UniqueGuid | Use | Where | With | Rewrite | Watch
        | NamedWatch => Some(Paint::Keyword),
        _ => None,
    }
}

/// The bracket that belongs to the one at the cursor, or else to the one before it. Brackets in texts and comments are none.
pub fn matching_bracket(text: &str, cursor: usize) -> Option<usize> {
    let (tokens, _) = syntax::tokens(SourceId::default(), text);
    let at = |place: usize| tokens.iter().position(|token| token.span.start as usize == place && is_bracket(token));
    let index = at(cursor).or_else(|| at(cursor.checked_sub(1)?))?;
    let partner = match tokens[index].kind.is_closing_bracket() {
        true => partner(tokens[..=index].iter().rev(), is_closing),
        false => partner(tokens[index..].iter(), is_opening),
    };
    partner.map(|token| token.span.start as usize)
}

fn is_bracket(token: &Token) -> bool {
    is_closing(token) || is_opening(token)
}

fn is_closing(token: &Token) -> bool {
    token.kind.is_closing_bracket()
}

fn is_opening(token: &Token) -> bool {
    token.kind.closing().is_some()
}

/// The token that closes what the first one opens, in the direction of the iterator.
fn partner<'t>(tokens: impl Iterator<Item = &'t Token>, opens: fn(&Token) -> bool) -> Option<&'t Token> {
    let mut depth = 0usize;
    for token in tokens.filter(|token| is_bracket(token)) {
        if opens(token) {
            depth += 1;
        } else {
            depth -= 1;
        }
        if depth == 0 {
            return Some(token);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let text = ":type f \"a\" 1 Some -- x";
        let painted: Vec<(&str, Paint)> = paint(text).into_iter().map(|(range, paint)| (&text[range], paint)).collect();
        let expected = [
            (":type", Paint::Command),
            ("\"a\"", Paint::Text),
            ("1", Paint::Number),
            ("Some", Paint::Capital),
            (" -- x", Paint::Comment),
        ];
        assert_eq!(painted, expected);
    }

    #[test]
    fn brackets_find_each_other() {
        assert_eq!(matching_bracket("f (a [b])", 2), Some(8));
        assert_eq!(matching_bracket("f (a [b])", 9), Some(2));
        assert_eq!(matching_bracket("f (a [b])", 7), Some(5));
        assert_eq!(matching_bracket("\"(\" )", 1), None);
        assert_eq!(matching_bracket("(a", 0), None);
    }
}
