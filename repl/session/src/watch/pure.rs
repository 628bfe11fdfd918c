//! What is told about a watch that wants an ability.

use base::{Diagnostic, Sources, Span};
use syntax::tree::ItemKind;

/// The code of the mistake that a value needs an ability.
const NEEDS_ABILITY: &str = "U0401";

/// To delay it is what a definition wants; a watch would only show the delay then.
pub(crate) fn explain(diagnostics: &mut [Diagnostic], sources: &Sources) {
    let wrong = diagnostics.iter_mut().filter(|diagnostic| diagnostic.code == NEEDS_ABILITY);
    for diagnostic in wrong {
        if diagnostic.labels.first().is_some_and(|label| is_in_watch(label.span, sources)) {
            diagnostic.reason =
                "A watch is pure: it is evaluated whenever the file is saved, and its value is remembered.".to_string();
            diagnostic.hint =
                Some("Enter it at the prompt (`unison`), or make it part of `main` for `unison run`.".to_string());
        }
    }
}

fn is_in_watch(span: Span, sources: &Sources) -> bool {
    let Some(source) = sources.get(span.source) else { return false };
    compiler::on_compiler_stack(|| {
        let (file, _) = syntax::parse(span.source, &source.text);
        let mut watches = file.items.iter().filter(|item| matches!(item.kind, ItemKind::Watch(_)));
        // What is inside of a delay or a local function of a watch may well need one; then its own type says so.
        watches.any(|item| item.span.start <= span.start && span.end <= item.span.end)
    })
}
