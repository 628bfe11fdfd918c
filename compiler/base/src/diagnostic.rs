//! What a user is told about a mistake, and the one place that draws it.
//!
//! A phase has its own `Problem` enum, without prose; its `render` makes a [`Diagnostic`] of it. A [`Drawing`] draws
//! it with ariadne, `json` gives the one machine-readable schema.

mod drawing;
mod excerpt;

pub use drawing::Drawing;

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

/// Draws one diagnostic for a person, as text that ends in a newline. Several are drawn by one [`Drawing`].
pub fn human(diagnostic: &Diagnostic, sources: &Sources, color: bool) -> String {
    Drawing::new(sources, color).draw(diagnostic)
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
