//! The value of a literal token, or what is wrong with it.

use crate::problem::Problem;
use crate::token::TokenKind;
use crate::tree::Literal;
use base::Span;

/// The value of the literal that stands at `span` of `text`. The lexer has found its ends; kinds other than literals have no value but `false`.
pub fn decode(kind: TokenKind, text: &str, span: Span) -> Result<Literal, Problem> {
    let slice = &text[span.start as usize..span.end as usize];
    match kind {
        TokenKind::Nat => nat(slice).map(Literal::Nat).ok_or(Problem::NumberTooLarge { span }),
        TokenKind::Int => int(slice).map(Literal::Int).ok_or(Problem::NumberTooLarge { span }),
        TokenKind::Float => float(slice).map(Literal::Float).ok_or(Problem::NumberTooLarge { span }),
        TokenKind::Bytes => bytes(slice).map(Literal::Bytes).ok_or(Problem::HalfByte { span }),
        TokenKind::Char => char(slice).map(Literal::Char).ok_or(Problem::BadEscape { span }),
        TokenKind::Text if slice.starts_with("\"\"\"") => Ok(Literal::Text(raw_text(slice))),
        TokenKind::Text => plain_text(slice, span).map(Literal::Text),
        other => Ok(Literal::Boolean(other == TokenKind::True)),
    }
}

fn nat(digits: &str) -> Option<u64> {
    let radix =
        |prefix: &str, radix: u32| digits.strip_prefix(prefix).map(|rest| u64::from_str_radix(rest, radix).ok());
    radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2)).unwrap_or_else(|| digits.parse().ok())
}

/// A sign and the digits of a [`nat`].
fn int(text: &str) -> Option<i64> {
    let magnitude = nat(&text[1..])?;
    if text.starts_with('-') { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

fn float(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0xs")?;
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

fn char(text: &str) -> Option<char> {
    let mut chars = text.chars().skip(1);
    match chars.next()? {
        '\\' => escape(chars.next()?),
        other => Some(other),
    }
}

/// The character that an escape stands for.
fn escape(letter: char) -> Option<char> {
    Some(match letter {
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        's' => ' ',
        '\'' | '"' | '\\' => letter,
        _ => return None,
    })
}

fn plain_text(slice: &str, span: Span) -> Result<String, Problem> {
    let inner = &slice[1..slice.len() - 1];
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        let letter = chars.next().map(|(_, letter)| letter);
        let len = 1 + letter.map_or(0, char::len_utf8);
        let start = span.start as usize + 1 + at;
        let place = Span::new(span.source, start, start + len);
        value.push(letter.and_then(escape).ok_or(Problem::BadEscape { span: place })?);
    }
    Ok(value)
}

/// The inside of a raw text: without the line break after the opening quotes, a last line that holds only the closing
/// quotes, and the indentation of the closing quotes if every line has it. However lines end in the file, they end by a line feed in the text.
fn raw_text(slice: &str) -> String {
    let quotes = slice.bytes().take_while(|b| *b == b'"').count().min(slice.len() / 2);
    let inner = slice[quotes..slice.len() - quotes].replace("\r\n", "\n");
    let Some((_, margin)) = inner.rsplit_once('\n') else { return inner };
    let indent = margin.chars().count();
    let inner = inner.strip_prefix('\n').unwrap_or(&inner);
    let mut lines: Vec<&str> = inner.split('\n').collect();
    if margin.chars().all(|c| c == ' ') {
        lines.pop();
    }
    strip_indent(&lines, indent).unwrap_or_else(|| inner.to_string())
}

/// The lines without `indent` leading spaces, if each has them or is blank.
fn strip_indent(lines: &[&str], indent: usize) -> Option<String> {
    let margin = " ".repeat(indent);
    let strip = |line: &&str| match line.strip_prefix(margin.as_str()) {
        Some(rest) => Some(rest.to_string()),
        None => line.trim().is_empty().then(String::new),
    };
    let stripped: Option<Vec<String>> = lines.iter().map(strip).collect();
    Some(stripped?.join("\n"))
}
