//! Sources as they are drawn: without characters that mean something to a terminal, and with long lines cut around what is marked in them.

use ariadne::Source;
use std::borrow::Cow;
use std::ops::Range;

/// Characters of a line that are drawn.
const LINE_MAX: usize = 200;
/// Characters before the first marked place of a line that is cut.
const BEFORE: usize = 60;
/// Stands for what was cut.
const CUT: &str = "…";

/// A source in which long lines with marked places are cut. All others are left out, but for their ends.
pub(super) struct Excerpt {
    pub source: Source<String>,
    lines: Vec<Cut>,
}

/// A line: where it stands in the source and in the excerpt, without its end.
struct Cut {
    /// What is kept of it.
    kept: Range<usize>,
    whole: Range<usize>,
    /// Where the kept part begins, and where the line does.
    at: usize,
    start: usize,
}

impl Excerpt {
    /// Nothing if no marked line is long.
    pub fn of(text: &str, marked: &[Range<usize>]) -> Option<Excerpt> {
        let ends = marked.iter().flat_map(|range| [range.start, range.end]);
        let mut lines: Vec<Range<usize>> = ends.map(|at| line_around(text, at)).collect();
        lines.sort_by_key(|line| line.start);
        lines.dedup();
        if lines.iter().all(|line| is_short(&text[line.clone()])) {
            return None;
        }
        let (mut shown, mut cuts, mut done) = (String::new(), Vec::new(), 0);
        for line in lines {
            shown.extend(text[done..line.start].matches('\n'));
            let first = marked.iter().flat_map(|range| [range.start, range.end]).filter(|at| within(*at, &line)).min();
            let kept = kept(text, &line, first.unwrap_or(line.start));
            let start = shown.len();
            shown += if kept.start > line.start { CUT } else { "" };
            cuts.push(Cut { kept: kept.clone(), whole: line.clone(), at: shown.len(), start });
            shown += &harmless(&text[kept.clone()]);
            shown += if kept.end < line.end { CUT } else { "" };
            done = line.end;
        }
        Some(Excerpt { source: Source::from(shown), lines: cuts })
    }

    /// Where a marked place stands in the excerpt.
    pub fn shown(&self, range: &Range<usize>) -> Range<usize> {
        let place = |at: usize| {
            let cut = self.lines.iter().find(|cut| within(at, &cut.whole));
            cut.map_or(0, |cut| cut.at + at.clamp(cut.kept.start, cut.kept.end) - cut.kept.start)
        };
        let start = place(range.start);
        start..place(range.end).max(start)
    }

    /// The column of a place of the excerpt, from 1.
    pub fn column(&self, at: usize) -> usize {
        let line = self.lines.iter().rfind(|cut| cut.start <= at);
        line.map_or(1, |cut| self.source.text()[cut.start..at].chars().count() + 1)
    }
}

fn within(at: usize, line: &Range<usize>) -> bool {
    line.start <= at && at <= line.end
}

fn is_short(line: &str) -> bool {
    line.len() <= LINE_MAX || line.chars().nth(LINE_MAX).is_none()
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    start..end
}

/// What is kept of a line, the first marked place of which is `first`.
fn kept(text: &str, line: &Range<usize>, first: usize) -> Range<usize> {
    if is_short(&text[line.clone()]) {
        return line.clone();
    }
    let before = text[line.start..first].char_indices().rev().nth(BEFORE - 1);
    let start = before.map_or(line.start, |(at, _)| line.start + at);
    let end = text[start..line.end].char_indices().nth(LINE_MAX).map_or(line.end, |(at, _)| start + at);
    start..end
}

/// The text with as many bytes in each line, but for characters that would steer a terminal, end a line only for some, or turn text around.
pub(super) fn harmless(text: &str) -> String {
    let is_harmful = |c: char| c.is_control() && c != '\n' && c != '\t' || is_odd(c);
    if !text.contains(is_harmful) {
        return text.to_string();
    }
    let mut letters = text.chars().peekable();
    let mut shown = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        let ends_line = letter == '\r' && letters.peek() == Some(&'\n');
        shown += &match letter {
            _ if ends_line || !is_harmful(letter) => Cow::from(letter.to_string()),
            _ => Cow::from(match letter.len_utf8() {
                1 => "?",
                2 => "\u{a0}",
                _ => "\u{fffd}",
            }),
        };
    }
    shown
}

/// Ends of lines for ariadne that are none for us, and marks that turn the direction of text.
fn is_odd(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
