//! What happens inside, on standard error: a log for those who ask for one, and bars for what takes long.
//!
//! The crates below tell events; nobody listens unless this is started. Events of the target `progress` are made for bars: `about` says
//! what goes on, and either `done` of `total`, or how much `more` was done. `headline` says what it is for.

use crate::exit::{self, Failure};
use crate::{commands, output};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// What the events of bars are marked with.
const PROGRESS: &str = "progress";

/// Whatever is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often a bar moves.
const TICK: Duration = Duration::from_millis(100);

/// Listens from now on: to what `filter` names, and for bars if a user sees them.
pub fn start(filter: Option<&str>) -> Result<(), Failure> {
    let filter =
        filter.map(str::to_string).or_else(|| std::env::var("UNISON_LOG").ok()).filter(|text| !text.is_empty());
    let filter = filter.map(|text| parse(&text)).transpose()?;
    let shows_bars = std::io::stderr().is_terminal() && !output::is_quiet() && filter.is_none();
    if filter.is_none() && !shows_bars {
        return Ok(());
    }
    let log = filter.map(|filter| {
        let format = tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(commands::color())
            .with_timer(tracing_subscriber::fmt::time::uptime());
        format.with_filter(filter)
    });
    let bars = shows_bars.then(|| Bars.with_filter(Targets::new().with_target(PROGRESS, Level::TRACE)));
    tracing_subscriber::registry().with(log).with(bars).init();
    Ok(())
}

/// `debug`, or `connection=info,transfer=debug`.
fn parse(text: &str) -> Result<Targets, Failure> {
    let wrong = |_| {
        Failure::new(exit::USAGE, format!("`{text}` does not say what to log"))
            .hint("a level (error, warn, info, debug, trace), or TARGET=LEVEL,..: `unison help environment`")
    };
    let targets = Targets::from_str(text).map_err(wrong)?;
    let unknown = targets.iter().map(|(target, _)| target).find(|target| !TARGETS.contains(target));
    match unknown {
        // A word that is no level counts as a target.
        Some(target) => Err(Failure::new(exit::USAGE, format!("there is nothing called `{target}` to log"))
            .hint(format!("a level (error, warn, info, debug, trace), or TARGET=LEVEL,..: {}", TARGETS.join(", ")))),
        None => Ok(targets),
    }
}

/// What events are about.
const TARGETS: &[&str] = &["check", "library", "connection", "transfer", "store", "evaluation", "output", PROGRESS];

/// There is one terminal.
static SHOWN: Mutex<Shown> = Mutex::new(Shown::NOTHING);

/// Prints something above a bar that may be there.
pub fn above<T>(print: impl FnOnce() -> T) -> T {
    match &SHOWN.lock().unwrap_or_else(PoisonError::into_inner).bar {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

struct Bars;

/// What is under way.
struct Shown {
    headline: String,
    about: String,
    since: Option<Instant>,
    count: u64,
    bar: Option<ProgressBar>,
}

/// The fields of an event.
#[derive(Default)]
struct Told {
    headline: Option<String>,
    about: String,
    done: Option<u64>,
    total: Option<u64>,
    more: u64,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "about" => self.about = value.to_string(),
            "headline" => self.headline = Some(value.to_string()),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "done" => self.done = Some(value),
            "total" => self.total = Some(value),
            "more" => self.more = value,
            _ => {}
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn std::fmt::Debug) {}
}

impl<S: Subscriber> Layer<S> for Bars {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        SHOWN.lock().unwrap_or_else(PoisonError::into_inner).take(told, Instant::now());
    }
}

impl Shown {
    const NOTHING: Shown = Shown { headline: String::new(), about: String::new(), since: None, count: 0, bar: None };

    fn take(&mut self, told: Told, now: Instant) {
        if let Some(headline) = told.headline {
            self.headline = headline;
            return;
        }
        if told.about != self.about {
            self.end();
            self.about = told.about;
        }
        let since = *self.since.get_or_insert(now);
        self.count = told.done.unwrap_or(self.count + told.more);
        if told.total == Some(self.count) {
            return self.end();
        }
        if self.bar.is_none() && now.duration_since(since) >= PATIENCE {
            self.bar = Some(bar(&self.headline, &self.about, told.total));
        }
        self.bar.iter().for_each(|bar| bar.set_position(self.count));
    }

    fn end(&mut self) {
        self.bar.take().iter().for_each(ProgressBar::finish_and_clear);
        (self.since, self.count) = (None, 0);
        self.headline.clear();
        self.about.clear();
    }
}

fn bar(headline: &str, about: &str, total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{spinner} {msg} {bar:30} {pos}/{len}",
        None => "{spinner} {msg} {pos}",
    };
    let style = ProgressStyle::with_template(template).expect("the template is one of these two");
    let bar =
        ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style.progress_chars("━━ "));
    let message = if headline.is_empty() { about.to_string() } else { format!("{headline}: {about}") };
    bar.set_message(message);
    bar.enable_steady_tick(TICK);
    bar
}
