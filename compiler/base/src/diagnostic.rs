//! What a user is told about a mistake, and the one place that draws it.
//!
//! A phase has its own `Problem` enum, without prose; its `render` makes a [`Diagnostic`] of it. `human` draws
//! it with ariadne, `json` gives the one machine-readable schema.

use crate::span::{Sources, Span};
use serde::Serialize;

/// A mistake, ready to be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable, one for each kind: `U0301`. What `unison explain` takes.
    pub code: &'static str,
    /// One line, no full stop: what is wrong.
    pub title: String,
    /// Places, the first being where the mistake is. May be empty for a mistake without a place.
    pub labels: Vec<Label>,
    /// Why it is wrong, in plain words; may be empty.
    pub reason: String,
    /// What to do about it, in a form that can be acted on.
    pub hint: Option<String>,
}

/// A marked place with a short text beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

impl Diagnostic {
    pub fn new(code: &'static str, title: impl Into<String>) -> Diagnostic {
        Diagnostic { code, title: title.into(), labels: Vec::new(), reason: String::new(), hint: None }
    }

    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    pub fn reason(mut self, text: impl Into<String>) -> Diagnostic {
        self.reason = text.into();
        self
    }

    pub fn hint(mut self, text: impl Into<String>) -> Diagnostic {
        self.hint = Some(text.into());
        self
    }
}

/// Puts diagnostics in source order: by file, then by the place of the mistake. Those without a place come last.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_key(|d| d.labels.first().map_or((true, Span::default()), |l| (false, l.span)));
}

/// Draws one diagnostic for a person, as text that ends in a newline.
pub fn human(diagnostic: &Diagnostic, sources: &Sources, color: bool) -> String {
    use ariadne::{Config, IndexType, Report, ReportKind};
    let place = |span: Span| (span.source.0, range_in(sources, span));
    let main = diagnostic.labels.first().map_or((u32::MAX, 0..0), |l| place(l.span));
    if diagnostic.labels.is_empty() {
        return without_place(diagnostic);
    }
    let config = Config::default().with_color(color).with_index_type(IndexType::Byte).with_tab_width(4);
    let mut report = Report::build(ReportKind::Error, main)
        .with_config(config)
        .with_code(diagnostic.code)
        .with_message(&diagnostic.title);
    // Ariadne starts a new excerpt at each label that stands above the one before it.
    let mut labels: Vec<(usize, &Label)> = diagnostic.labels.iter().enumerate().collect();
    labels.sort_by_key(|(_, label)| label.span);
    for (i, label) in labels {
        let color = if i == 0 { ariadne::Color::Red } else { ariadne::Color::Blue };
        report = report.with_label(ariadne::Label::new(place(label.span)).with_message(&label.text).with_color(color));
    }
    if !diagnostic.reason.is_empty() {
        report = report.with_note(&diagnostic.reason);
    }
    if let Some(hint) = &diagnostic.hint {
        report = report.with_help(hint);
    }
    let mut out = Vec::new();
    let cache = ariadne::FnCache::new(|id: &u32| -> Result<String, String> {
        let source = sources.get(crate::SourceId(*id)).ok_or_else(|| "no such source".to_string())?;
        Ok(source.text.to_string())
    });
    match report.finish().write(Named { cache, sources }, &mut out) {
        Ok(()) => String::from_utf8_lossy(&out).into_owned(),
        Err(_) => without_place(diagnostic),
    }
}

/// Ariadne asks how to call a source; [`ariadne::FnCache`] would print its number.
struct Named<'a, F> {
    cache: ariadne::FnCache<u32, F, String>,
    sources: &'a Sources,
}

impl<F> ariadne::Cache<u32> for Named<'_, F>
where
    F: for<'b> FnMut(&'b u32) -> Result<String, String>,
{
    type Storage = String;

    fn fetch(&mut self, id: &u32) -> Result<&ariadne::Source<String>, impl std::fmt::Debug> {
        ariadne::Cache::fetch(&mut self.cache, id)
    }

    fn display<'b>(&self, id: &'b u32) -> Option<impl std::fmt::Display + 'b> {
        Some(self.sources.get(crate::SourceId(*id)).map_or("?".to_string(), |s| s.path.to_string()))
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
fn range_in(sources: &Sources, span: Span) -> std::ops::Range<usize> {
    let Some(source) = sources.get(span.source) else { return 0..0 };
    let text = &source.text;
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

/// One diagnostic in the machine-readable schema that every command shares. Lines and columns count from 1, columns in characters; ends are exclusive.
#[derive(Serialize)]
pub struct JsonDiagnostic {
    code: &'static str,
    severity: &'static str,
    title: String,
    reason: String,
    hint: Option<String>,
    places: Vec<JsonPlace>,
}

#[derive(Serialize)]
struct JsonPlace {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: String,
}

pub fn json(diagnostic: &Diagnostic, sources: &Sources) -> JsonDiagnostic {
    let place = |label: &Label| {
        let (line, column) = sources.line_column(label.span.source, label.span.start);
        let (end_line, end_column) = sources.line_column(label.span.source, label.span.end);
        let file = sources.get(label.span.source).map_or(String::new(), |s| s.path.to_string());
        JsonPlace { file, line, column, end_line, end_column, text: label.text.clone() }
    };
    JsonDiagnostic {
        code: diagnostic.code,
        severity: "error",
        title: diagnostic.title.clone(),
        reason: diagnostic.reason.clone(),
        hint: diagnostic.hint.clone(),
        places: diagnostic.labels.iter().map(place).collect(),
    }
}
