//! Running text: words, styles, links, code and what is embedded.

use super::extent::{closing, end_of_literal};
use super::{DEPTH_MAX, Reader, build};
use crate::problem::{Problem, Unclosed};
use crate::tree::Expr;
use std::ops::Range;

/// How far away the end of a style, link or quotation may be: who writes a sign that means nothing should not wait for it.
const PIECE_BYTES_MAX: usize = 16_000;

/// Words that touch, and what touches them.
#[derive(Default)]
struct Group {
    pieces: Vec<Expr>,
    /// Text that is not a piece yet, and where it starts.
    text: String,
    start: usize,
}

/// The pieces of a paragraph. Between two of them stands a blank.
#[derive(Default)]
struct Pieces {
    done: Vec<Expr>,
    /// Plain words that are not a piece yet, and their place.
    words: Vec<String>,
    place: Range<usize>,
}

/// What starts here, and where it ends; nothing if it is text.
type Found = Option<(Expr, usize)>;

impl Reader<'_, '_> {
    /// Reads running text.
    pub fn inline(&mut self, range: Range<usize>, depth: usize) -> Vec<Expr> {
        let (mut pieces, mut group) = (Pieces::default(), Group::default());
        let mut at = range.start;
        while let Some(c) = self.slice(&(at..range.end)).chars().next() {
            if c.is_whitespace() {
                self.end_group(&mut group, &mut pieces, at);
                at += c.len_utf8();
            } else if let Some((piece, end)) = self.leaf(at..range.end, group.is_empty_or_sign(), depth) {
                self.end_text(&mut group, at);
                group.pieces.push(piece);
                at = end;
            } else {
                if group.text.is_empty() {
                    group.start = at;
                }
                group.text.push(c);
                at += c.len_utf8();
            }
        }
        self.end_group(&mut group, &mut pieces, range.end);
        self.end_words(&mut pieces);
        pieces.done
    }

    fn end_text(&self, group: &mut Group, end: usize) {
        if !group.text.is_empty() {
            let text = std::mem::take(&mut group.text);
            group.pieces.push(build::word(self.span(&(group.start..end)), text));
        }
    }

    fn end_group(&self, group: &mut Group, pieces: &mut Pieces, end: usize) {
        if group.pieces.is_empty() {
            if !group.text.is_empty() {
                if pieces.words.is_empty() {
                    pieces.place.start = group.start;
                }
                pieces.place.end = end;
                pieces.words.push(std::mem::take(&mut group.text));
            }
            return;
        }
        self.end_words(pieces);
        self.end_text(group, end);
        let mut own = std::mem::take(&mut group.pieces);
        let piece = match own.len() {
            1 => own.remove(0),
            _ => {
                let span = own[0].span.to(own[own.len() - 1].span);
                let joined = build::call(span, "docJoin", vec![build::list(span, own)]);
                build::call(span, "docGroup", vec![joined])
            }
        };
        pieces.done.push(piece);
    }

    fn end_words(&self, pieces: &mut Pieces) {
        if !pieces.words.is_empty() {
            let words = std::mem::take(&mut pieces.words).join(" ");
            pieces.done.push(build::word(self.span(&pieces.place), words));
        }
    }

    /// `fresh`: no letter stands directly before.
    fn leaf(&mut self, range: Range<usize>, fresh: bool, depth: usize) -> Found {
        let rest = self.slice(&range);
        if rest.starts_with("{{") {
            return self.embedded(range);
        }
        let mut end = range.end.min(range.start + PIECE_BYTES_MAX);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let range = range.start..end;
        let inner = depth < DEPTH_MAX;
        match rest.as_bytes()[0] {
            b'{' => self.link(range),
            b'`' => self.quoted_code(range),
            b'\'' if fresh && rest.starts_with("''") => self.monospaced(range),
            b'@' if fresh => self.form(range),
            b'[' if inner => self.named_link(range, depth),
            b'!' if inner && rest.starts_with("![") => self.image(range, depth),
            b'*' | b'_' | b'~' if fresh && inner => self.styled(range, depth),
            b'h' if fresh => self.address(range),
            _ => None,
        }
    }

    /// `{{ doc }}`: what an expression gives stands here.
    fn embedded(&mut self, range: Range<usize>) -> Found {
        let inside = range.start + 2;
        let end = inside + end_of_literal(self.slice(&(inside..range.end)))?;
        let doc = self.code(&self.trimmed(inside..end - 2));
        let span = self.span(&(range.start..end));
        Some((build::call(span, "docTransclude", vec![doc]), end))
    }

    /// `{name}` or `{type Name}`; other braces are text.
    fn link(&mut self, range: Range<usize>) -> Found {
        let end = range.start + self.slice(&range).find(['}', '\n']).filter(|at| rest_is(self, &range, *at, b'}'))? + 1;
        let target = self.target(&(range.start + 1..end - 1))?;
        let span = self.span(&(range.start..end));
        Some((build::call(span, "docLink", vec![build::target(target)]), end))
    }

    /// ` ``code`` `, which is checked; `` `code` `` is not.
    fn quoted_code(&mut self, range: Range<usize>) -> Found {
        let (inside, end) = self.fenced_piece(&range, '`')?;
        let span = self.span(&(range.start..end));
        let shown = self.slice(&inside);
        if inside.start == range.start + 1 {
            return Some((build::call(span, "docCode", vec![build::word(span, shown)]), end));
        }
        let (shown, code) = (build::text(span, shown), build::delay(self.code(&inside)));
        Some((build::call(span, "docExample", vec![shown, code]), end))
    }

    /// `''text''`
    fn monospaced(&mut self, range: Range<usize>) -> Found {
        let (inside, end) = self.fenced_piece(&range, '\'')?;
        let span = self.span(&(range.start..end));
        Some((build::call(span, "docCode", vec![build::word(span, self.slice(&inside))]), end))
    }

    /// What stands between two equal runs of a sign, without the blanks at its ends.
    fn fenced_piece(&self, range: &Range<usize>, sign: char) -> Option<(Range<usize>, usize)> {
        let rest = self.slice(range);
        let len = rest.len() - rest.trim_start_matches(sign).len();
        let start = range.start + len;
        let close = closing(&rest[len..], &rest[..len])?;
        let inside = self.trimmed(start..start + close);
        (!inside.is_empty()).then_some((inside, start + close + len))
    }

    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let text = self.slice(&range);
        let start = range.start + (text.len() - text.trim_start().len());
        start..(range.start + text.trim_end().len()).max(start)
    }

    /// `@source{a, b}` and the like.
    fn form(&mut self, range: Range<usize>) -> Found {
        let rest = self.slice(&range);
        let word_len = rest[1..].find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len() - 1);
        let word = &rest[1..1 + word_len];
        let opened = range.start + 1 + word_len;
        let behind = &rest[1 + word_len..];
        if !behind.starts_with('{') || word.is_empty() {
            return None;
        }
        let Some(close) = brace_end(behind) else {
            self.unclosed(range.start..opened + 1, Unclosed::DocForm);
            return None;
        };
        let (inside, end) = (self.trimmed(opened + 1..opened + close), opened + close + 1);
        let span = self.span(&(range.start..end));
        let piece = match word {
            "source" => build::call(span, "docSource", vec![self.targets(inside)]),
            "foldedSource" => build::call(span, "docFoldedSource", vec![self.targets(inside)]),
            "signature" => build::call(span, "docSignature", vec![self.targets(inside)]),
            "inlineSignature" => build::call(span, "docSignatureInline", vec![self.targets(inside)]),
            "eval" => {
                let shown = build::text(span, self.slice(&inside));
                build::call(span, "docEvalInline", vec![shown, build::delay(self.code(&inside))])
            }
            _ => {
                self.problems.push(Problem::DocForm { span, word: word.to_string() });
                return Some((build::word(span, ""), end));
            }
        };
        Some((piece, end))
    }

    /// Names with commas between.
    fn targets(&mut self, range: Range<usize>) -> Expr {
        let mut found = Vec::new();
        let mut at = range.start;
        for part in self.slice(&range).split(',') {
            let own = self.trimmed(at..at + part.len());
            at += part.len() + 1;
            match self.target(&own) {
                Some(target) => found.push(build::target(target)),
                None => {
                    let span = self.span(&if own.is_empty() { range.clone() } else { own });
                    self.problems.push(Problem::DocName { span });
                }
            }
        }
        build::list(self.span(&range), found)
    }

    /// `[text](address)` or `[text]({name})`.
    fn named_link(&mut self, range: Range<usize>, depth: usize) -> Found {
        let rest = self.slice(&range);
        let close = bracket_end(rest).filter(|close| rest[close + 1..].starts_with('('))?;
        let text = range.start + 1..range.start + close;
        let start = range.start + close + 2;
        let end = start + self.slice(&(start..range.end)).find(')')?;
        let inside = self.trimmed(start..end);
        let braced = self.slice(&inside).strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some();
        let name = if braced { self.target(&(inside.start + 1..inside.end - 1)) } else { None };
        let span = self.span(&inside);
        let target = match name {
            Some(target) => build::call(span, "docLink", vec![build::target(target)]),
            None => build::word(span, self.slice(&inside)),
        };
        let text = self.running(text, depth + 1);
        let span = self.span(&(range.start..end + 1));
        Some((build::call(span, "docNamedLink", vec![text, target]), end + 1))
    }

    /// `![text](address)`
    fn image(&mut self, range: Range<usize>, depth: usize) -> Found {
        let rest = &self.slice(&range)[1..];
        let close = bracket_end(rest).filter(|close| rest[close + 1..].starts_with('('))?;
        let text = range.start + 2..range.start + 1 + close;
        let start = range.start + close + 3;
        let end = start + self.slice(&(start..range.end)).find(')')?;
        let address = self.trimmed(start..end);
        let address = build::word(self.span(&address), self.slice(&address));
        let text = self.running(text, depth + 1);
        Some((build::call(self.span(&(range.start..end + 1)), "docImage", vec![text, address]), end + 1))
    }

    /// `*bold*`, `_italic_`, `~struck out~`; the signs may be doubled.
    fn styled(&mut self, range: Range<usize>, depth: usize) -> Found {
        let rest = self.slice(&range);
        let sign = rest.chars().next()?;
        let len = rest.len() - rest.trim_start_matches(sign).len();
        let (marks, inside) = rest.split_at(len);
        if inside.starts_with(char::is_whitespace) || inside.is_empty() {
            return None;
        }
        let close = end_of_style(inside, marks)?;
        let start = range.start + len;
        let text = self.running(start..start + close, depth + 1);
        let end = start + close + len;
        let function = match sign {
            '*' => "docBold",
            '_' => "docItalic",
            _ => "docStrikethrough",
        };
        Some((build::call(self.span(&(range.start..end)), function, vec![text]), end))
    }

    /// An address of the web, which is a link to itself.
    fn address(&mut self, range: Range<usize>) -> Found {
        let rest = self.slice(&range);
        if !rest.starts_with("https://") && !rest.starts_with("http://") {
            return None;
        }
        let end = rest.find(|c: char| c.is_whitespace() || "<>\"()".contains(c)).unwrap_or(rest.len());
        // The mark at the end of a sentence is not part of an address.
        let address = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
        let end = range.start + address.len();
        let span = self.span(&(range.start..end));
        let word = || build::word(span, address);
        Some((build::call(span, "docNamedLink", vec![word(), word()]), end))
    }
}

impl Group {
    /// Whether what comes next is not in the middle of a word.
    fn is_empty_or_sign(&self) -> bool {
        !self.text.ends_with(|c: char| c.is_alphanumeric())
    }
}

fn rest_is(reader: &Reader<'_, '_>, range: &Range<usize>, at: usize, byte: u8) -> bool {
    reader.slice(range).as_bytes().get(at) == Some(&byte)
}

/// Where the brace that the text starts with is closed.
fn brace_end(text: &str) -> Option<usize> {
    balanced(text, '{', '}')
}

fn bracket_end(text: &str) -> Option<usize> {
    balanced(text, '[', ']')
}

fn balanced(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// Where a style ends: at as many signs, behind text, with no letter behind them.
fn end_of_style(text: &str, marks: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text[from..].find(marks) {
        let at = from + found;
        let before = text[..at].chars().next_back();
        let after = text[at + marks.len()..].chars().next();
        let sign = marks.chars().next();
        let ends = before.is_some_and(|c| !c.is_whitespace() && Some(c) != sign);
        if ends && after.is_none_or(|c| !c.is_alphanumeric() && Some(c) != sign) {
            return Some(at);
        }
        from = at + marks.len();
    }
    None
}
