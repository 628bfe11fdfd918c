//! Text in, text out: source is checked over the builtins, and what comes out is printed.

use base::Sources;
use check::{BuiltinEnvironment, Checked};

/// Parses and checks one file over the builtins.
pub fn checked(text: &str) -> (Checked, Sources) {
    let mut sources = Sources::default();
    let source = sources.add("test.u", text);
    let (file, problems) = syntax::parse(source, text);
    assert!(problems.is_empty(), "the source of a test parses: {problems:?}");
    let checked = check::check(&[file], &sources, "test", &BuiltinEnvironment);
    (checked, sources)
}

/// The types of what is defined, then the problems, each as `code line:column title`.
pub fn report(text: &str) -> String {
    let (checked, sources) = checked(text);
    let mut lines: Vec<String> = checked
        .terms
        .iter()
        .map(|term| format!("{} : {}", term.name, check::print_signature(&term.signature, &BuiltinEnvironment)))
        .collect();
    lines.extend(
        checked
            .watches
            .iter()
            .map(|watch| format!("> {}", check::print_signature(&watch.signature, &BuiltinEnvironment))),
    );
    let mut diagnostics: Vec<_> = checked.problems.iter().map(|problem| problem.render()).collect();
    base::diagnostic::sort(&mut diagnostics);
    for diagnostic in diagnostics {
        let place =
            diagnostic.labels.first().map_or((0, 0), |label| sources.line_column(label.span.source, label.span.start));
        lines.push(format!("{} {}:{} {}", diagnostic.code, place.0, place.1, diagnostic.title));
    }
    lines.join("\n")
}
