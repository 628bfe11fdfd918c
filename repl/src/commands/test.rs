//! `unison test`.

mod junit;

use super::check::count;
use super::ending;
use super::report;
use super::watch::verdicts;
use crate::arguments::{Test, TestFormat};
use crate::exit::{self, Failure};
use crate::output;
use base::diagnostic;
use runtime::Budget;
use serde_json::{Value, json};
use session::Workspace;
use session::repl::Clock;
use session::test::{self, Suite, Tested, Verdict};
use session::watch::{NotEvaluated, Said};

/// Seconds that a test may take, unless it is said otherwise.
const TIMEOUT_S: u64 = 60;

pub fn test(arguments: &Test) -> Result<u8, Failure> {
    let (workspace, paths) = super::open_tree(arguments.codebase.as_deref(), &arguments.paths)?;
    let suite = test::find(&workspace, &paths, arguments.filter.as_deref(), super::now_ms())
        .map_err(|error| report::workspace(&error))?;
    if let Some(word) = &arguments.filter
        && suite.test_count() == 0
        && suite.left_out > 0
    {
        return Err(Failure::new(exit::USAGE, format!("no test has `{word}` in its name"))
            .hint(format!("there are {} of other names; without --filter all of them run", suite.left_out)));
    }
    let evaluations = ending::evaluations(arguments.tiers)?;
    let stop = evaluations.stop();
    runtime::signals::on_interrupt(move || stop.stop()).map_err(|error| report::runtime(&error))?;
    let budget = ending::budget(&arguments.limits, TIMEOUT_S);
    let clock = Clock { wall_ms: super::now_ms, monotonic: super::monotonic };
    let mut report = Report { workspace: &workspace, budget, format: arguments.format, tests: Vec::new() };
    if arguments.format == TestFormat::Human {
        eprint!("{}", report::diagnostics(&suite.sources, &suite.diagnostics));
    }
    suite.missing.iter().for_each(|(path, error)| eprint!("{}", report::file(path, error)));
    let run = suite.run(&workspace, &evaluations, budget, clock, &mut |tested| report.take(tested));
    match run {
        Ok(()) => Ok(report.finish(&suite)),
        Err(NotEvaluated::Stopped) => {
            if arguments.format != TestFormat::Human {
                report.finish(&suite);
            }
            eprintln!("Stopped: {} of {} have ended.", report.tests.len(), count(suite.test_count(), "test"));
            Ok(exit::INTERRUPTED)
        }
        Err(reason) => ending::not_evaluated(&reason),
    }
}

/// A test as it is reported.
struct Row {
    tested: Tested,
    /// What it said, or why it said nothing.
    text: String,
}

struct Report<'a> {
    workspace: &'a Workspace,
    budget: Budget,
    format: TestFormat,
    tests: Vec<Row>,
}

impl Report<'_> {
    fn take(&mut self, tested: Tested) {
        let text = match &tested.verdict {
            Verdict::Said(said) => verdicts(said),
            Verdict::Ended(outcome) => format!("failed: {}", ending::reason(self.workspace, outcome, &self.budget)),
        };
        let row = Row { tested, text };
        if self.format == TestFormat::Human && (!row.tested.has_passed() || output::verbosity() > 0) {
            output::line(&human(&row));
        }
        self.tests.push(row);
    }

    /// Says what has become of all of them. Gives the exit status.
    fn finish(&mut self, suite: &Suite) -> u8 {
        self.tests.sort_by(|a, b| (&a.tested.path, a.tested.line).cmp(&(&b.tested.path, b.tested.line)));
        let tally = Tally::of(&self.tests);
        match self.format {
            // That something is missing is told instead.
            TestFormat::Human if self.tests.is_empty() && !suite.missing.is_empty() => {}
            TestFormat::Human => output::told(&summary(&tally, suite)),
            TestFormat::Json => output::line(&as_json(&self.tests, &tally, suite).to_string()),
            TestFormat::Junit => output::line(&junit::report(&self.tests, suite)),
        }
        match suite.missing.is_empty() {
            false => exit::USAGE,
            true if tally.failed == 0 && suite.diagnostics.is_empty() => exit::OK,
            true => exit::PROBLEMS,
        }
    }
}

/// How many there are of each kind.
struct Tally {
    tests: usize,
    failed: usize,
    known: usize,
}

impl Tally {
    fn of(tests: &[Row]) -> Tally {
        let failed = tests.iter().filter(|row| !row.tested.has_passed()).count();
        Tally { tests: tests.len(), failed, known: tests.iter().filter(|row| row.tested.known).count() }
    }
}

fn human(row: &Row) -> String {
    let Tested { path, line, name, known, .. } = &row.tested;
    let name = name.as_ref().map_or(String::new(), |name| format!(" {name}"));
    let verdict = if row.tested.has_passed() { "passed" } else { "FAILED" };
    let known = if *known { ", known from before" } else { "" };
    let text: String = row.text.lines().map(|line| format!("\n  {line}")).collect();
    format!("{path}:{line}:{name} {verdict}{known}{text}")
}

fn summary(tally: &Tally, suite: &Suite) -> String {
    let Tally { tests, failed, known } = tally;
    let left_out = match suite.left_out {
        0 => String::new(),
        n => format!(", {n} left out"),
    };
    let run = tests - known;
    match (tests, failed) {
        (0, _) if suite.diagnostics.is_empty() => {
            "There are no tests: `test> name = test.expectEqual 3 (1 + 2)` is one.".to_string()
        }
        (_, 0) if suite.diagnostics.is_empty() => {
            format!("All is well: {}, {run} run now{left_out}.", count(*tests, "test"))
        }
        (_, 0) => format!("{}, {run} run now{left_out}.", count(*tests, "sound test")),
        _ => format!("{failed} of {} failed, {run} run now{left_out}.", count(*tests, "test")),
    }
}

fn as_json(tests: &[Row], tally: &Tally, suite: &Suite) -> Value {
    let tests: Vec<Value> = tests.iter().map(row_as_json).collect();
    let problems: Vec<_> = suite.diagnostics.iter().map(|d| diagnostic::json(d, &suite.sources)).collect();
    json!({
        "version": 1,
        "passed": tally.tests - tally.failed,
        "failed": tally.failed,
        "known": tally.known,
        "left_out": suite.left_out,
        "tests": tests,
        "problems": problems,
    })
}

fn said_as_json(said: &Said) -> Value {
    let tried: Vec<Value> =
        said.inputs.iter().map(|input| json!({ "name": input.name, "value": input.value })).collect();
    json!({ "ok": said.is_ok, "text": said.text, "tried": tried })
}

fn row_as_json(row: &Row) -> Value {
    let tested = &row.tested;
    let results: Vec<Value> = match &tested.verdict {
        Verdict::Said(said) => said.iter().map(said_as_json).collect(),
        Verdict::Ended(_) => Vec::new(),
    };
    let error = matches!(tested.verdict, Verdict::Ended(_)).then(|| row.text.trim_start_matches("failed: "));
    json!({
        "file": &*tested.path,
        "line": tested.line,
        "name": tested.name,
        "passed": tested.has_passed(),
        "known": tested.known,
        "milliseconds": tested.took.as_millis() as u64,
        "results": results,
        "error": error,
    })
}
