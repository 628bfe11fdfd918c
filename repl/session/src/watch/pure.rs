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
            diagnostic.hint = Some(hint(&diagnostic.title));
        }
    }
}

/// What to do about the abilities that a title names: some can be handled right there.
fn hint(title: &str) -> String {
    let inside = title.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    let abilities: Vec<&str> = inside.map_or(Vec::new(), |(abilities, _)| abilities.split(", ").collect());
    let handler = |ability: &&str| {
        let name = ability.split(' ').next().unwrap_or_default();
        HANDLERS.iter().find(|(handled, _)| *handled == name).map(|(_, handler)| *handler)
    };
    match abilities.iter().map(handler).collect::<Option<Vec<&str>>>() {
        Some(handlers) if !handlers.is_empty() => {
            let handlers: Vec<String> = handlers.iter().map(|handler| format!("`{handler} do ..`")).collect();
            format!("Handle it, for example by {}.", handlers.join(" and "))
        }
        None if abilities.iter().all(|ability| !RUNTIME.contains(ability)) => {
            "Run it in a handler: `handle .. with ..`.".to_string()
        }
        _ => "Enter it at the prompt (`unison`), or make it part of `main` for `unison run`.".to_string(),
    }
}

/// What the library handles abilities by.
const HANDLERS: &[(&str, &str)] = &[
    ("Each", "Each.toList"),
    ("Random", "Random.splitmix 1"),
    ("Exception", "Exception.catch"),
    ("Abort", "Abort.toOptional!"),
    ("Throw", "Throw.toEither"),
    ("Stream", "Stream.toList"),
];

/// The abilities of the runtime, which nothing handles.
const RUNTIME: &[&str] = &["IO", "Remote", "Remote!"];

fn is_in_watch(span: Span, sources: &Sources) -> bool {
    let Some(source) = sources.get(span.source) else { return false };
    compiler::on_compiler_stack(|| {
        let (file, _) = syntax::parse(span.source, &source.text);
        let mut watches = file.items.iter().filter(|item| matches!(item.kind, ItemKind::Watch(_)));
        // What is inside of a delay or a local function of a watch may well need one; then its own type says so.
        watches.any(|item| item.span.start <= span.start && span.end <= item.span.end)
    })
}
