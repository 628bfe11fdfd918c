//! Lines to paragraphs, sections, lists and fenced code.

use super::lines::{Line, verbatim};
use super::{DEPTH_MAX, Reader, build};
use crate::problem::Unclosed;
use crate::tree::Expr;
use base::Span;
use std::ops::Range;

/// What a document consists of, in order.
enum Part {
    Block(Expr),
    /// `## title`, with its level.
    Heading(usize, Expr),
}

/// The sign before an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marker {
    Bullet,
    Number(u64),
}

impl Marker {
    fn is_like(self, other: Marker) -> bool {
        (self == Marker::Bullet) == (other == Marker::Bullet)
    }
}

impl Reader<'_, '_> {
    /// Blocks and sections.
    pub fn document(&mut self, lines: &[Line], depth: usize) -> Vec<Expr> {
        let mut parts = self.parts(lines, depth).into_iter().peekable();
        nested(&mut parts, 0)
    }

    fn parts(&mut self, lines: &[Line], depth: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut rest = lines;
        while let Some(first) = rest.iter().position(|line| !line.is_blank()) {
            rest = &rest[first..];
            let (part, len) = self.part(rest, depth);
            parts.push(part);
            rest = &rest[len.max(1)..];
        }
        parts
    }

    /// What stands at the start of the lines, and how many of them it takes.
    fn part(&mut self, lines: &[Line], depth: usize) -> (Part, usize) {
        let line = &lines[0];
        if let Some((level, title)) = self.heading(line) {
            let title = self.running(title, depth);
            return (Part::Heading(level, title), 1);
        }
        let (block, len) = if let Some(fence) = self.fence(line) {
            self.fenced(fence, lines)
        } else if depth < DEPTH_MAX && self.marker(line).is_some() {
            self.items(lines, depth)
        } else {
            self.paragraph(lines, depth)
        };
        (Part::Block(block), len)
    }

    /// `#`, `##` .. and the place of the title.
    fn heading(&self, line: &Line) -> Option<(usize, Range<usize>)> {
        let text = self.slice(&line.text);
        let title = text.trim_start_matches('#');
        let level = text.len() - title.len();
        let is_heading = level > 0 && title.starts_with([' ', '\t']);
        let start = line.text.end - title.trim_start().len();
        is_heading.then_some((level, start..line.text.end))
    }

    /// The place of the fence that a line starts with: three signs or more.
    fn fence(&self, line: &Line) -> Option<Range<usize>> {
        let text = self.slice(&line.text);
        let bare = text.strip_prefix("@typecheck").map_or(text, str::trim_start);
        let sign = bare.chars().next().filter(|sign| matches!(sign, '`' | '\''))?;
        let len = bare.len() - bare.trim_start_matches(sign).len();
        let start = line.text.end - bare.len();
        (len > 2).then_some(start..start + len)
    }

    /// Code between two fences: evaluated without a word behind the first one.
    fn fenced(&mut self, fence: Range<usize>, lines: &[Line]) -> (Expr, usize) {
        let sign = self.slice(&fence);
        let end = lines.iter().skip(1).position(|line| self.slice(&line.text) == sign);
        let language = self.slice(&(fence.end..lines[0].text.end)).trim();
        let is_checked = self.slice(&lines[0].text).starts_with("@typecheck");
        let Some(count) = end else {
            self.unclosed(fence.clone(), Unclosed::DocCode);
            return (build::word(self.span(&fence), ""), lines.len());
        };
        let inside = &lines[1..=count];
        let span = self.span(&(lines[0].text.start..lines[count + 1].text.end));
        let shown = build::text(span, verbatim(self.text, inside));
        let code = inside.first().map_or(fence.end..fence.end, |first| first.text.start..inside[count - 1].text.end);
        let block = if sign.starts_with('\'') {
            build::call(span, "docVerbatim", vec![shown])
        } else if !language.is_empty() {
            build::call(span, "docCodeBlock", vec![build::text(span, language), shown])
        } else {
            let function = if is_checked { "docExampleBlock" } else { "docEval" };
            let code = build::delay(self.code(&code));
            build::call(span, function, vec![shown, code])
        };
        (block, count + 2)
    }

    /// The marker of an item, and where its text starts.
    fn marker(&self, line: &Line) -> Option<(Marker, usize)> {
        let text = self.slice(&line.text);
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (marker, rest) = match text.chars().next()? {
            '-' | '*' | '+' => (Marker::Bullet, &text[1..]),
            _ if digits > 0 => (Marker::Number(text[..digits].parse().ok()?), text[digits..].strip_prefix('.')?),
            _ => return None,
        };
        let blank = rest.len() - rest.trim_start().len();
        (blank > 0).then_some((marker, line.text.end - rest.len() + blank))
    }

    /// A list: items with the same indentation, and lines that are indented further.
    fn items(&mut self, lines: &[Line], depth: usize) -> (Expr, usize) {
        let indent = lines[0].indent;
        let first = self.marker(&lines[0]).map_or(Marker::Bullet, |(marker, _)| marker);
        let (mut items, mut at) = (Vec::new(), 0);
        while let Some(line) = lines.get(at) {
            let marker = self.marker(line).filter(|(marker, _)| line.indent == indent && marker.is_like(first));
            let Some((_, start)) = marker else { break };
            let inside = |line: &&Line| line.is_blank() || line.indent > indent;
            let len = 1 + lines[at + 1..].iter().take_while(inside).count();
            let head = Line { text: start..line.text.end, indent: indent + (start - line.text.start) };
            let own: Vec<Line> = [head].into_iter().chain(lines[at + 1..at + len].iter().cloned()).collect();
            items.push(self.item(&own, depth + 1));
            at += len;
        }
        let span = self.span(&(lines[0].text.start..lines[at - 1].text.end.max(lines[0].text.end)));
        let items = build::list(span, items);
        let list = match first {
            Marker::Bullet => build::call(span, "docBulletedList", vec![items]),
            Marker::Number(start) => build::call(span, "docNumberedList", vec![build::nat(span, start), items]),
        };
        (list, at)
    }

    fn item(&mut self, lines: &[Line], depth: usize) -> Expr {
        let span = self.span(&lines[0].text);
        let mut parts = self.document(lines, depth);
        match parts.len() {
            1 => parts.remove(0),
            _ => build::call(span, "docColumn", vec![build::list(span, parts)]),
        }
    }

    /// Lines up to an empty one, or one that starts something else. What is embedded may have empty lines.
    fn paragraph(&mut self, lines: &[Line], depth: usize) -> (Expr, usize) {
        let (mut len, mut open) = (0, 0usize);
        for line in lines {
            let starts = || self.heading(line).is_some() || self.fence(line).is_some() || self.marker(line).is_some();
            if len > 0 && open == 0 && (line.is_blank() || starts()) {
                break;
            }
            let text = self.slice(&line.text);
            open = (open + text.matches("{{").count()).saturating_sub(text.matches("}}").count());
            len += 1;
        }
        let range = lines[0].text.start..lines[len - 1].text.end;
        let span = self.span(&range);
        let mut pieces = self.inline(range, depth);
        if pieces.len() == 1 && is_block(&pieces[0]) {
            return (pieces.remove(0), len);
        }
        (build::call(span, "docParagraph", vec![build::list(span, pieces)]), len)
    }

    /// Running text as one piece.
    pub fn running(&mut self, range: Range<usize>, depth: usize) -> Expr {
        let span = self.span(&range);
        let mut pieces = self.inline(range, depth);
        match pieces.len() {
            1 => pieces.remove(0),
            _ => build::call(span, "docParagraph", vec![build::list(span, pieces)]),
        }
    }
}

/// Whether a piece stands alone better than in a paragraph.
fn is_block(piece: &Expr) -> bool {
    let crate::tree::ExprKind::App(head, _) = &piece.kind else { return false };
    let crate::tree::ExprKind::Name(name) = &head.kind else { return false };
    matches!(name.last(), "docSource" | "docFoldedSource" | "docSignature" | "docTransclude")
}

/// The parts of a section deeper than `level`; further sections inside it.
fn nested(parts: &mut std::iter::Peekable<std::vec::IntoIter<Part>>, level: usize) -> Vec<Expr> {
    let mut inside = Vec::new();
    while let Some(part) = parts.next_if(|part| !matches!(part, Part::Heading(own, _) if *own <= level)) {
        match part {
            Part::Block(block) => inside.push(block),
            Part::Heading(own, title) => {
                let span: Span = title.span;
                let below = nested(parts, own);
                inside.push(build::call(span, "docSection", vec![title, build::list(span, below)]));
            }
        }
    }
    inside
}
