//! Text in, text out: source is checked over the builtins and libraries, and what comes out is printed.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod library;
pub mod show;

use base::Sources;
use check::Checked;
use library::Library;

/// Checks over so much stack as the compiler has.
pub fn on_compiler_stack<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(base::limits::COMPILER_STACK).spawn(act);
    thread.expect("a thread can be started").join().expect("the test does not panic")
}

/// Parses and checks files over a library.
pub fn checked(files: &[(&str, &str)], library: &Library) -> (Checked, Sources) {
    let mut sources = Sources::default();
    let mut trees = Vec::new();
    for (path, text) in files {
        let source = sources.add(*path, *text);
        let (tree, problems) = syntax::parse(source, text);
        assert!(problems.is_empty(), "the source of a test parses: {problems:?}");
        trees.push(tree);
    }
    let checked = check::check(&trees, &sources, "test", library);
    (checked, sources)
}

/// The types of what a file over the builtins defines, then its problems, each as `code line:column title`.
pub fn report(text: &str) -> String {
    report_over(text, &Library::default())
}

pub fn report_over(text: &str, library: &Library) -> String {
    let (checked, sources) = checked(&[("test.u", text)], library);
    let library = library.with(&checked);
    let mut lines: Vec<String> = checked
        .terms
        .iter()
        .map(|term| format!("{} : {}", term.name, check::print_signature(&term.signature, &library)))
        .collect();
    let watches = checked.watches.iter();
    lines.extend(watches.map(|watch| format!("> {}", check::print_signature(&watch.signature, &library))));
    lines.extend(problems(&checked, &sources));
    lines.join("\n")
}

/// Each problem as `code line:column title`, in source order.
pub fn problems(checked: &Checked, sources: &Sources) -> Vec<String> {
    let mut diagnostics: Vec<_> = checked.problems.iter().map(|problem| problem.render()).collect();
    base::diagnostic::sort(&mut diagnostics);
    let line = |diagnostic: &base::Diagnostic| {
        let at = |label: &base::Label| sources.line_column(label.span.source, label.span.start);
        let (line, column) = diagnostic.labels.first().map_or((0, 0), at);
        format!("{} {line}:{column} {}", diagnostic.code, diagnostic.title)
    };
    diagnostics.iter().map(line).collect()
}

/// The problems in full, as a person sees them.
pub fn told(text: &str) -> String {
    let (checked, sources) = checked(&[("test.u", text)], &Library::default());
    let mut diagnostics: Vec<_> = checked.problems.iter().map(|problem| problem.render()).collect();
    base::diagnostic::sort(&mut diagnostics);
    diagnostics.iter().map(|diagnostic| base::diagnostic::human(diagnostic, &sources, false)).collect()
}

/// The bodies of what a file over the builtins defines.
pub fn elaborated(text: &str) -> String {
    let (checked, sources) = checked(&[("test.u", text)], &Library::default());
    assert!(checked.problems.is_empty(), "no problems: {:?}", problems(&checked, &sources));
    let library = Library::default().with(&checked);
    let lines = checked.terms.iter().map(|term| {
        let body = library.body(term.reference).expect("what was checked is an object");
        format!("{} = {}", term.name, show::term(&body, &library))
    });
    lines.collect::<Vec<_>>().join("\n")
}
