//! Where an entry ends, by the layout rule.
//!
//! A line is an entry, unless it leaves something open: a bracket, a block (the next lines are its statements), a text of several lines, an `if`
//! without its `else`, an operator. A definition goes on until an empty line, as its next lines may belong to it. An empty line ends
//! all of these but a text or comment.

use base::{Name, SourceId};
use std::borrow::Cow;
use syntax::problem::Unclosed;
use syntax::token::{Token, TokenKind};

/// The first line of an entry that goes on until [`PASTE_END`], whatever it holds.
pub const PASTE: &str = ":paste";
pub const PASTE_END: &str = ":end";

/// Whether the lines so far are a whole entry.
pub fn is_whole(text: &str) -> bool {
    let first = text.lines().next().unwrap_or("").trim();
    if first == PASTE {
        return text.lines().any(|line| line.trim() == PASTE_END);
    }
    match first.strip_prefix(':') {
        Some(command) => match command.split_once(char::is_whitespace) {
            Some((_, first)) => {
                let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
                !takes_expression(command) || is_whole_source(&format!("{first}\n{rest}"))
            }
            None => true,
        },
        None => is_whole_source(text),
    }
}

/// Whether a command stands on this line: it ends any entry before it that an empty line would end.
pub fn is_command(line: &str) -> bool {
    line.starts_with(':')
}

/// What was entered between [`PASTE`] and [`PASTE_END`]; any other text as it is.
pub fn without_paste(text: &str) -> &str {
    let Some(rest) = text.trim_start().strip_prefix(PASTE) else { return text };
    let Some((_, pasted)) = rest.split_once('\n').filter(|(first, _)| first.trim().is_empty()) else { return text };
    let end = pasted.lines().position(|line| line.trim() == PASTE_END);
    let lines = pasted.split_inclusive('\n').take(end.unwrap_or(usize::MAX));
    &pasted[..lines.map(str::len).sum()]
}

/// The name of `name <- expression`, and where the expression begins.
fn binding(text: &str) -> Option<(Name, usize)> {
    let (tokens, _) = syntax::tokens(SourceId::default(), text);
    let [name, arrow, ..] = tokens.as_slice() else { return None };
    let is_binding = name.kind == TokenKind::Name && arrow.kind == TokenKind::BackArrow;
    let written = text.get(name.span.start as usize..name.span.end as usize)?;
    is_binding.then(|| (Name::new(written), arrow.span.end as usize))
}

/// The name under which `name <- expression` keeps the expression's value.
pub fn bound_name(text: &str) -> Option<Name> {
    binding(text).map(|(name, _)| name)
}

/// An entry as it is parsed: in place of `name <-`, something of the same width that makes an expression of the rest.
pub fn as_source(text: &str) -> Cow<'_, str> {
    let Some((_, end)) = binding(text) else { return text.into() };
    let start = text.len() - text.trim_start().len();
    format!("{}>{:width$}{}", &text[..start], "", &text[end..], width = end - start - 1).into()
}

/// Whether the line after this one is to be indented more: it belongs to something that this one leaves open.
pub fn indents_next(line: &str) -> bool {
    let (tokens, _) = syntax::tokens(SourceId::default(), line);
    tokens.last().is_some_and(|last| wants_more(last.kind))
}

fn takes_expression(command: &str) -> bool {
    super::command::find(command.split_whitespace().next().unwrap_or("")).is_some_and(|found| found.takes_expression())
}

fn is_whole_source(text: &str) -> bool {
    let (tokens, problems) = syntax::tokens(SourceId::default(), text);
    let inside = |what: &Unclosed| matches!(what, Unclosed::RawText | Unclosed::Comment | Unclosed::Doc);
    if problems.iter().any(|p| matches!(p, syntax::Problem::Unclosed { what, .. } if inside(what))) {
        return false;
    }
    let ended = text.trim_end_matches(' ').ends_with("\n\n") || text.trim().is_empty();
    ended || !(is_open(&tokens) || opens_block(text, &tokens) || defines(text, &tokens))
}

/// Whether something has to follow the last token.
fn is_open(tokens: &[Token]) -> bool {
    use TokenKind::*;
    let count = |kinds: &[TokenKind]| tokens.iter().filter(|token| kinds.contains(&token.kind)).count();
    let brackets = count(&[ParenOpen, BracketOpen, BraceOpen]) > count(&[ParenClose, BracketClose, BraceClose]);
    let pairs = count(&[If]) > count(&[Else]) || count(&[Match, Handle]) > count(&[With]);
    brackets || pairs || tokens.last().is_some_and(|last| wants_more(last.kind))
}

/// Whether nothing can end with this token.
fn wants_more(kind: TokenKind) -> bool {
    use TokenKind::*;
    opens(kind) || matches!(kind, Operator | And | Or | Arrow | Comma | Colon | Bang | Quote | At | Watch)
}

/// Whether a line ends with a token that opens a block, outside brackets: its statements follow until an empty line.
fn opens_block(text: &str, tokens: &[Token]) -> bool {
    let mut depth = 0usize;
    tokens.iter().enumerate().any(|(i, token)| {
        if token.kind.is_closing_bracket() {
            depth = depth.saturating_sub(1);
        } else if token.kind.closing().is_some() {
            depth += 1;
        }
        let next = tokens.get(i + 1).map_or(text.len(), |next| next.span.start as usize);
        let ends_line = text[token.span.end as usize..next].contains('\n');
        depth == 0 && ends_line && opens(token.kind)
    })
}

fn opens(kind: TokenKind) -> bool {
    use TokenKind::*;
    matches!(kind, Equals | BackArrow | If | Then | Else | Match | Cases | With | Handle | Where | Let | Do)
}

/// Whether the first line begins a definition.
fn defines(text: &str, tokens: &[Token]) -> bool {
    use TokenKind::*;
    let line_end = tokens.first().map_or(0, |first| {
        let start = first.span.start as usize;
        text[start..].find('\n').map_or(text.len(), |newline| start + newline)
    });
    let line: Vec<TokenKind> =
        tokens.iter().take_while(|token| (token.span.start as usize) < line_end).map(|token| token.kind).collect();
    match line.first() {
        Some(Type | Ability | Structural | Unique | UniqueGuid | Namespace) => true,
        Some(Name | Operator | ParenOpen) => outside_brackets(&line).any(|kind| matches!(kind, Equals | Colon)),
        _ => false,
    }
}

fn outside_brackets(kinds: &[TokenKind]) -> impl Iterator<Item = TokenKind> {
    let mut depth = 0usize;
    kinds.iter().copied().filter(move |kind| {
        depth = if kind.closing().is_some() { depth + 1 } else { depth };
        let outside = depth == 0;
        depth = if kind.is_closing_bracket() { depth.saturating_sub(1) } else { depth };
        outside
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many lines of the text are taken before it is whole.
    fn lines_taken(text: &str) -> usize {
        let mut entry = String::new();
        for (i, line) in text.lines().enumerate() {
            entry += line;
            entry.push('\n');
            if is_whole(&entry) {
                return i + 1;
            }
        }
        usize::MAX
    }

    #[test]
    fn entries_end_by_the_layout_rule() {
        let cases = [
            ("1 + 1\n2", 1),
            ("use List map\n2", 1),
            ("f x = x\n\n2", 2),
            ("f : Nat\nf = 1\n\n2", 3),
            ("type T = A\n  | B\n\n2", 3),
            ("do\n  a\n  b\n\n2", 4),
            ("match x with\n  1 -> 2\n\n2", 3),
            ("if a then b\nelse c\n2", 2),
            ("match\n  x\nwith 1 -> 2\n\n2", 4),
            ("(a,\n b)\n2", 2),
            ("f (do\n  a\n  b)\n2", 3),
            ("(f x = 1\n\n2", 2),
            ("1 +\n  2\n3", 2),
            ("\"\"\"\n\na\n\"\"\"\n2", 4),
            ("{- a\n\nb -} 1\n2", 3),
            ("x == y\n2", 1),
            ("\n2", 1),
            (":type f\n2", 1),
            (":type (f\n x)\n2", 2),
            (":time do\n  f\n\n2", 3),
            (":load (\n2", 1),
            (":undo\n2", 1),
            (":paste\na\n\nb = (\n:end\n2", 5),
        ];
        for (text, expected) in cases {
            assert_eq!(lines_taken(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_pasted_is_source() {
        assert_eq!(without_paste(":paste\n:type 1\nx\n:end\n"), ":type 1\nx\n");
        assert_eq!(without_paste(":paste\nx"), "x");
        assert_eq!(without_paste("x\n:end\n"), "x\n:end\n");
        assert_eq!(without_paste(":paste x\ny\n"), ":paste x\ny\n");
    }
}
