//! `--format github`: workflow commands, which GitHub shows beside the lines of a change.
//!
//! A command is one line. What would end a message or a property is written as a percent sign and two digits.

use super::region::Region;
use base::{Diagnostic, Sources};

pub fn annotation(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let title = property(&format!("{} {}", diagnostic.code, diagnostic.title));
    let place = diagnostic.labels.first().map_or(String::new(), |label| {
        let Region { file, line, column, end_line, end_column } = Region::of(label.span, sources);
        let file = property(&file);
        format!("file={file},line={line},col={column},endLine={end_line},endColumn={end_column},")
    });
    format!("::error {place}title={title}::{}", data(&with_places(diagnostic, sources)))
}

/// The message, with the other places of the mistake: an annotation has one place of its own.
fn with_places(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let main = diagnostic.labels.first().map(|label| label.span.source);
    let places = diagnostic.labels.iter().skip(1).map(|label| {
        let Region { file, line, column, .. } = Region::of(label.span, sources);
        let file = if Some(label.span.source) == main { String::new() } else { format!("{file}:") };
        format!("\nat {file}{line}:{column}: {}", label.text)
    });
    message(diagnostic) + &places.collect::<String>()
}

/// What is wrong, why, and what to do, a paragraph each.
pub fn message(diagnostic: &Diagnostic) -> String {
    let label = diagnostic.labels.first().map_or("", |label| &label.text);
    let parts = [&diagnostic.title, label, &diagnostic.reason, diagnostic.hint.as_deref().unwrap_or("")];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Span;

    #[test]
    fn what_would_end_a_property_or_the_line_is_escaped() {
        let mut sources = Sources::default();
        let id = sources.add("a,b:100%.u", "x\nyy = 1\n");
        let diagnostic = Diagnostic::new("U0001", "no `a::b`, 5%")
            .label(Span::new(id, 2, 4), "here")
            .reason("one\r\ntwo: three, four")
            .hint("do it");
        let other = sources.add("c.u", "z\n");
        let diagnostic = diagnostic.label(Span::new(id, 0, 1), "that one").label(Span::new(other, 0, 1), "this");
        let expected = "::error file=a%2Cb%3A100%25.u,line=2,col=1,endLine=2,endColumn=3,title=U0001 no `a%3A%3Ab`%2C 5%25::\
                        no `a::b`, 5%25%0Ahere%0Aone%0D%0Atwo: three, four%0Ado it\
                        %0Aat 1:1: that one%0Aat c.u:1:1: this";
        assert_eq!(annotation(&diagnostic, &sources), expected);
        let placeless = Diagnostic::new("U0002", "odd");
        assert_eq!(annotation(&placeless, &sources), "::error title=U0002 odd::odd");
    }
}
