//! `--format junit`: the XML that servers of continuous integration read. A file is a suite, a test a case; a mistake in a file is a case that could not be run.

use super::Row;
use base::Diagnostic;
use session::test::{Suite, Verdict};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

pub fn report(tests: &[Row], suite: &Suite) -> String {
    let mut files: Vec<File> = Vec::new();
    for (_, source) in suite.sources.iter() {
        let own = |row: &&Row| row.tested.path == source.path;
        let path = |d: &&Diagnostic| path_of(d, suite).as_ref() == Some(&source.path);
        let (tests, problems): (Vec<&Row>, Vec<&Diagnostic>) =
            (tests.iter().filter(own).collect(), suite.diagnostics.iter().filter(path).collect());
        if !tests.is_empty() || !problems.is_empty() {
            files.push(File { path: source.path.clone(), tests, problems });
        }
    }
    let (count, failed, errors, time) = files.iter().fold((0, 0, 0, Duration::ZERO), |sum, file| {
        (sum.0 + file.count(), sum.1 + file.failed(), sum.2 + file.errors(), sum.3 + file.took())
    });
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"unison\" tests=\"{count}\" failures=\"{failed}\" \
         errors=\"{errors}\" time=\"{}\">\n",
        seconds(time)
    );
    for file in &files {
        file.write(suite, &mut xml);
    }
    xml + "</testsuites>"
}

struct File<'a> {
    path: Arc<str>,
    tests: Vec<&'a Row>,
    problems: Vec<&'a Diagnostic>,
}

fn path_of(diagnostic: &Diagnostic, suite: &Suite) -> Option<Arc<str>> {
    Some(suite.sources.get(diagnostic.labels.first()?.span.source)?.path.clone())
}

/// Whether it ended otherwise than by saying so.
fn is_error(row: &Row) -> bool {
    matches!(row.tested.verdict, Verdict::Ended(_))
}

impl File<'_> {
    fn count(&self) -> usize {
        self.tests.len() + self.problems.len()
    }

    fn failed(&self) -> usize {
        self.tests.iter().filter(|row| !row.tested.has_passed() && !is_error(row)).count()
    }

    fn errors(&self) -> usize {
        self.tests.iter().filter(|row| is_error(row)).count() + self.problems.len()
    }

    fn took(&self) -> Duration {
        self.tests.iter().map(|row| row.tested.took).sum()
    }

    fn write(&self, suite: &Suite, xml: &mut String) {
        let (name, count, failed, errors) = (escaped(&self.path), self.count(), self.failed(), self.errors());
        let time = seconds(self.took());
        _ = writeln!(
            xml,
            "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{failed}\" errors=\"{errors}\" skipped=\"0\" time=\"{time}\">"
        );
        self.problems.iter().for_each(|problem| self.write_problem(problem, suite, xml));
        self.tests.iter().for_each(|row| self.write_test(row, xml));
        *xml += "  </testsuite>\n";
    }

    fn write_problem(&self, problem: &Diagnostic, suite: &Suite, xml: &mut String) {
        let line = problem.labels.first().map_or(1, |l| suite.sources.line_column(l.span.source, l.span.start).0);
        let (file, title, code) = (escaped(&self.path), escaped(&problem.title), problem.code);
        let text = escaped(&base::diagnostic::human(problem, &suite.sources, false));
        _ = writeln!(
            xml,
            "    <testcase classname=\"{file}\" name=\"{code} in line {line}\" file=\"{file}\" line=\"{line}\" time=\"0.000\">\n      \
             <error type=\"{code}\" message=\"{title}\">{text}</error>\n    </testcase>"
        );
    }

    fn write_test(&self, row: &Row, xml: &mut String) {
        let (file, name, line) = (escaped(&self.path), escaped(&row.tested.title()), row.tested.line);
        let time = seconds(row.tested.took);
        _ = write!(
            xml,
            "    <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{line}\" time=\"{time}\""
        );
        if row.tested.has_passed() {
            *xml += "/>\n";
            return;
        }
        let kind = if is_error(row) { "error" } else { "failure" };
        let first = row.text.lines().find(|line| line.starts_with("failed")).unwrap_or("failed");
        let (message, text) = (escaped(first.trim_start_matches("failed: ")), escaped(&row.text));
        _ = writeln!(xml, ">\n      <{kind} message=\"{message}\">{text}</{kind}>\n    </testcase>");
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// Text within XML. Characters that XML cannot say at all are replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' => out += "&#10;",
            '\t' => out += "&#9;",
            '\r' => out += "&#13;",
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(escaped("a < \"b\" & 'c' ]]>\n\u{1b}[0m"), "a &lt; &quot;b&quot; &amp; 'c' ]]&gt;&#10;\u{fffd}[0m");
    }
}
