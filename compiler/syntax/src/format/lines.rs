//! The result, line by line.

use super::Read;
use super::align::{Line, Mark, align};
use super::plan::Plan;
use super::trivia::{self, Comment, Trivia};
use crate::token::TokenKind;
use std::collections::BTreeMap;

/// How much may be done to an item.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Freedom {
    /// It stays as it is.
    Nothing,
    /// Arrows are lined up only where no further line could depend on their column.
    Careful,
    #[default]
    Full,
}

/// Writes a text; items are free unless it is said otherwise.
pub fn write(read: &Read<'_>, freedom: &BTreeMap<usize, Freedom>) -> String {
    let mut writer =
        Writer { read, plan: Plan::new(read), lines: Vec::new(), current: Line::default(), case: None, comments: 0 };
    let item_of = read.items_by_token();
    let freedom = |at: usize| item_of[at].and_then(|item| freedom.get(&item)).copied().unwrap_or_default();
    let kept = |at: usize| freedom(at) == Freedom::Nothing;
    let mut at = 0;
    while at < read.tokens.len() {
        if kept(at) {
            let item = item_of[at];
            let end = (at..read.tokens.len()).find(|&next| item_of[next] != item).unwrap_or(read.tokens.len());
            writer.as_it_was(at, end);
            at = end;
        } else {
            writer.token(at, at > 0 && kept(at - 1));
            writer.current.careful |= freedom(at) == Freedom::Careful;
            at += 1;
        }
    }
    writer.finish()
}

struct Writer<'r, 't> {
    read: &'r Read<'t>,
    plan: Plan<'r, 't>,
    lines: Vec<Line>,
    current: Line,
    /// The arrow of the case that started on this line, if it is the first thing on it.
    case: Option<usize>,
    /// The group of trailing comments: another one after each line without.
    comments: usize,
}

impl<'t> Writer<'_, 't> {
    fn trivia(&self, at: usize) -> Trivia<'t> {
        let start = at.checked_sub(1).map_or(0, |before| self.read.tokens[before].span.end as usize);
        let end = self.read.tokens.get(at).map_or(self.read.text.len(), |token| token.span.start as usize);
        trivia::read(&self.read.text[start..end], column_at(self.read.text, start))
    }

    fn token(&mut self, at: usize, after_verbatim: bool) {
        let trivia = self.trivia(at);
        let old = column_at(self.read.text, self.read.tokens[at].span.start as usize);
        let outside: Vec<(usize, usize)> = self.plan.columns().collect();
        let first = at == 0 || trivia.broken || after_verbatim;
        if !first {
            self.plan.enter(at);
            return self.beside(at, &trivia, old);
        }
        // Comments before the token belong to the block that they stand in, which may end before the token.
        self.trailing_comments(&trivia);
        self.plan.enter(at);
        let column = self.plan.column(at);
        let place = |comment: &Comment<'_>| {
            let inner = outside.iter().rev().find(|(was, _)| *was <= comment.column && *was > old);
            if comment.column >= old && comment.column == old { column } else { inner.map_or(column, |(_, now)| *now) }
        };
        let own: Vec<&Comment<'t>> = trivia.comments.iter().filter(|comment| !comment.trailing).collect();
        for comment in own {
            self.end_line(comment.after_blank);
            self.current.text = format!("{}{}", " ".repeat(place(comment)), comment.text);
        }
        if at > 0 || !trivia.comments.is_empty() {
            self.end_line(trivia.blank);
        }
        self.current.text.push_str(&" ".repeat(column));
        self.put(at, column, old, true);
    }

    /// Writes a token on the line of the one before it.
    fn beside(&mut self, at: usize, trivia: &Trivia<'t>, old: usize) {
        if trivia.comments.is_empty() {
            self.current.text.push_str(&" ".repeat(self.plan.gap(at, trivia.spaced)));
        } else {
            for comment in &trivia.comments {
                self.current.text.push(' ');
                self.current.text.push_str(comment.text);
            }
            self.current.text.push(' ');
        }
        let column = self.current.text.chars().count();
        if self.is_case_arrow(at)
            && self.current.arrow.is_none()
            && let Some(group) = self.case.take()
        {
            let padded = self.blanks_before(at) > 1;
            self.current.arrow = Some(Mark { at: self.current.text.len(), group, padded });
        }
        self.put(at, column, old, false);
    }

    fn put(&mut self, at: usize, column: usize, old: usize, first: bool) {
        if first {
            self.case = self.plan.started_case(at);
        }
        let text = self.read.token_text(at);
        self.current.text.push_str(text);
        self.plan.leave(at, column, old, first);
        if text.contains('\n') {
            self.current.verbatim = true;
        }
    }

    fn is_case_arrow(&self, at: usize) -> bool {
        self.read.tokens[at].kind == TokenKind::Arrow && self.plan.case_block().is_some()
    }

    fn blanks_before(&self, at: usize) -> usize {
        let start = at.checked_sub(1).map_or(0, |before| self.read.tokens[before].span.end as usize);
        self.read.tokens[at].span.start as usize - start
    }

    /// Comments behind what stands on the line.
    fn trailing_comments(&mut self, trivia: &Trivia<'t>) {
        for comment in trivia.comments.iter().filter(|comment| comment.trailing) {
            if self.current.text.is_empty() {
                self.current.text.push_str(comment.text);
                continue;
            }
            self.current.text.push_str(if comment.gap > 1 { "  " } else { " " });
            let at = self.current.text.len();
            if comment.text.starts_with("--") {
                self.current.comment = Some(Mark { at, group: self.comments, padded: comment.gap > 1 });
            }
            self.current.text.push_str(comment.text);
        }
    }

    fn end_line(&mut self, blank_after: bool) {
        let mut line = std::mem::take(&mut self.current);
        if line.comment.is_none() {
            self.comments += 1;
        }
        if !line.verbatim {
            line.text.truncate(line.text.trim_end().len());
        }
        let nothing = line.text.is_empty() && self.lines.is_empty();
        if !nothing {
            self.lines.push(line);
        }
        if blank_after && !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
    }

    /// An item as it was, from the start of its first line.
    fn as_it_was(&mut self, at: usize, end: usize) {
        let trivia = self.trivia(at);
        self.trailing_comments(&trivia);
        for comment in trivia.comments.iter().filter(|comment| !comment.trailing) {
            self.end_line(comment.after_blank);
            self.current.text = comment.text.to_string();
        }
        if at > 0 || !trivia.comments.is_empty() {
            self.end_line(trivia.blank);
        }
        let start = self.read.tokens[at].span.start as usize;
        let old = column_at(self.read.text, start);
        self.current.text.push_str(&" ".repeat(old));
        self.current.text.push_str(&self.read.text[start..self.read.tokens[end - 1].span.end as usize]);
        self.current.verbatim = true;
    }

    fn finish(mut self) -> String {
        let tokens = self.read.tokens.len();
        let start = tokens.checked_sub(1).map_or(0, |last| self.read.tokens[last].span.end as usize);
        let after = &self.read.text[start..];
        let (after, folded) = after.split_at(trivia::fold(after).unwrap_or(after.len()));
        let trivia = trivia::read(after, column_at(self.read.text, start));
        self.trailing_comments(&trivia);
        for comment in trivia.comments.iter().filter(|comment| !comment.trailing) {
            self.end_line(comment.after_blank);
            self.current.text = comment.text.to_string();
        }
        self.end_line(!folded.is_empty() && trivia.blank);
        mark_whole_cases(&mut self.lines);
        align(&mut self.lines);
        let mut text: String = self.lines.iter().map(|line| format!("{}\n", line.text)).collect();
        text.push_str(folded);
        text
    }
}

/// Of a careful item only a case that ends on its line, or just behind its arrow, is lined up.
fn mark_whole_cases(lines: &mut [Line]) {
    let indents: Vec<usize> = lines.iter().map(|line| line.text.len() - line.text.trim_start().len()).collect();
    for at in 0..lines.len() {
        let goes_on = indents.get(at + 1).is_some_and(|next| !lines[at + 1].text.is_empty() && *next > indents[at]);
        let may_matter = lines[at].careful && goes_on && !lines[at].text.ends_with("->");
        if may_matter || lines[at].verbatim {
            lines[at].arrow = None;
        }
    }
}

/// The column of a place, counted from 0.
fn column_at(text: &str, at: usize) -> usize {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[line..at].chars().count()
}
