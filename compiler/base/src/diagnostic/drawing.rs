//! Mistakes as pictures for a person: the lines of the source with the marked places, by ariadne.
//!
//! **Invariant:** what is drawn of a source has the numbers of its lines, and nothing in it moves the terminal's cursor or turns text around.

use super::excerpt::Excerpt;
use super::{Diagnostic, Label};
use crate::span::{SourceId, Sources, Span};
use ariadne::{Color, Config, IndexType, Report, ReportKind, Source};
use std::collections::BTreeMap;
use std::ops::Range;

/// Draws mistakes of some sources. Each source is split into lines once, however many mistakes it has.
pub struct Drawing<'s> {
    sources: &'s Sources,
    color: bool,
    whole: BTreeMap<SourceId, Source<String>>,
}

impl<'s> Drawing<'s> {
    pub fn new(sources: &'s Sources, color: bool) -> Drawing<'s> {
        Drawing { sources, color, whole: BTreeMap::new() }
    }

    /// A diagnostic as text that ends in a newline.
    pub fn draw(&mut self, diagnostic: &Diagnostic) -> String {
        let Some(first) = diagnostic.labels.first() else { return without_place(diagnostic) };
        let mut cut = BTreeMap::new();
        for label in &diagnostic.labels {
            let source = label.span.source;
            let spans = diagnostic.labels.iter().map(|label| label.span).filter(|span| span.source == source);
            let text = self.sources.get(source).map_or("", |source| &*source.text);
            let excerpt = || Excerpt::of(text, &spans.map(|span| range_in(text, span)).collect::<Vec<_>>());
            if let std::collections::btree_map::Entry::Vacant(entry) = cut.entry(source) {
                entry.insert(excerpt());
            }
        }
        let place = |span: Span| {
            let text = self.sources.get(span.source).map_or("", |source| &*source.text);
            let range = range_in(text, span);
            (span.source, cut[&span.source].as_ref().map_or(range.clone(), |excerpt| excerpt.shown(&range)))
        };
        let report = report(diagnostic, place, self.color);
        let texts = Texts { sources: self.sources, whole: &mut self.whole, cut: &cut };
        let mut out = Vec::new();
        if report.write(texts, &mut out).is_err() {
            return without_place(diagnostic);
        }
        let drawn = String::from_utf8_lossy(&out).into_owned();
        match &cut[&first.span.source] {
            Some(excerpt) => self.placed(&drawn, first.span, excerpt),
            None => drawn,
        }
    }

    /// With the column where the mistake is, not the one where it is shown.
    fn placed(&self, drawn: &str, span: Span, excerpt: &Excerpt) -> String {
        let (line, column) = self.sources.line_column(span.source, span.start);
        let range = range_in(self.sources.get(span.source).map_or("", |source| &*source.text), span);
        let shown = excerpt.column(excerpt.shown(&range).start);
        drawn.replacen(&format!(":{line}:{shown} "), &format!(":{line}:{column} "), 1)
    }
}

fn report(
    diagnostic: &Diagnostic,
    place: impl Fn(Span) -> (SourceId, Range<usize>),
    color: bool,
) -> Report<'static, (SourceId, Range<usize>)> {
    let main = diagnostic.labels.first().map_or((SourceId::default(), 0..0), |label| place(label.span));
    let config = Config::default().with_color(color).with_index_type(IndexType::Byte).with_tab_width(4);
    let mut report = Report::build(ReportKind::Error, main)
        .with_config(config)
        .with_code(diagnostic.code)
        .with_message(&diagnostic.title);
    // Ariadne starts a new excerpt at each label that stands above the one before it.
    let mut labels: Vec<&Label> = diagnostic.labels.iter().collect();
    labels.sort_by_key(|label| label.span);
    for label in labels {
        let is_main = diagnostic.labels.first().is_some_and(|main| std::ptr::eq(main, label));
        let color = if is_main { Color::Red } else { Color::Blue };
        report = report.with_label(ariadne::Label::new(place(label.span)).with_message(&label.text).with_color(color));
    }
    if !diagnostic.reason.is_empty() {
        report = report.with_note(&diagnostic.reason);
    }
    if let Some(hint) = &diagnostic.hint {
        report = report.with_help(hint);
    }
    report.finish()
}

/// What ariadne reads of the sources.
struct Texts<'d> {
    sources: &'d Sources,
    whole: &'d mut BTreeMap<SourceId, Source<String>>,
    /// Those of which long lines are cut.
    cut: &'d BTreeMap<SourceId, Option<Excerpt>>,
}

impl ariadne::Cache<SourceId> for Texts<'_> {
    type Storage = String;

    fn fetch(&mut self, id: &SourceId) -> Result<&Source<String>, impl std::fmt::Debug> {
        if let Some(Some(excerpt)) = self.cut.get(id) {
            return Ok::<_, String>(&excerpt.source);
        }
        let whole = self.whole.entry(*id).or_insert_with(|| {
            let text = self.sources.get(*id).map_or("", |source| &*source.text);
            Source::from(super::excerpt::harmless(text))
        });
        Ok(whole)
    }

    fn display<'b>(&self, id: &'b SourceId) -> Option<impl std::fmt::Display + 'b> {
        Some(self.sources.get(*id).map_or("?".to_string(), |source| source.path.to_string()))
    }
}

fn without_place(diagnostic: &Diagnostic) -> String {
    let mut text = format!("[{}] Error: {}\n", diagnostic.code, diagnostic.title);
    if !diagnostic.reason.is_empty() {
        text += &format!("  Note: {}\n", diagnostic.reason);
    }
    if let Some(hint) = &diagnostic.hint {
        text += &format!("  Help: {hint}\n");
    }
    text
}

/// The span as offsets that ariadne can draw: inside the text, on character boundaries, in order.
fn range_in(text: &str, span: Span) -> Range<usize> {
    let mut start = (span.start as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (span.end as usize).clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, place: Range<usize>) -> String {
        let mut sources = Sources::default();
        let id = sources.add("it.u", text);
        let diagnostic = Diagnostic::new("U0000", "odd").label(Span::new(id, place.start, place.end), "here");
        let text = Drawing::new(&sources, false).draw(&diagnostic);
        text.lines().map(|line| line.trim_end().to_string() + "\n").collect()
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_drawn() {
        let text = format!("x = 1\ny = {}here{}\n", "a".repeat(5_000), "b".repeat(5_000));
        let at = text.find("here").expect("it is there");
        let picture = drawn(&text, at..at + 4);
        assert!(picture.contains("it.u:2:5005"), "{picture}");
        assert!(picture.contains(" 2 │ …aaa") && picture.contains("ahereb") && picture.contains("bbb…\n"), "{picture}");
        assert!(picture.lines().all(|line| line.chars().count() < 250), "{picture}");
        let wide = drawn(&text, at..text.len());
        assert!(wide.contains("ahereb") && wide.lines().all(|line| line.chars().count() < 250), "{wide}");
    }

    #[test]
    fn what_is_drawn_has_our_lines_and_steers_no_terminal() {
        let text = "x = \"\u{1b}[2J\u{202e}\u{2028}\u{85}\u{b}\"\rz\r\ny = 3 € 4\n";
        let at = text.find('€').expect("it is there");
        let picture = drawn(text, at..at + 3);
        assert!(picture.contains("it.u:2:7") && picture.contains(" 2 │ y = 3 € 4"), "{picture}");
        let picture = drawn(text, 4..5);
        assert!(picture.contains("1 │ x = \"?[2J"), "{picture}");
        assert!(!picture.contains(['\u{1b}', '\u{202e}', '\u{2028}']), "{picture}");
    }
}
