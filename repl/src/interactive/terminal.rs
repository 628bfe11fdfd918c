//! A session on a terminal.

use super::above::Above;
use super::editor::{LineEditor, Read, read_line_for_program};
use super::show::{CONTINUATION, PROMPT, Show, notice};
use crate::arguments::Prompt;
use crate::commands::{self, codebase, report};
use crate::exit::{self, Failure};
use crate::streams::Streams;
use runtime::{Console, Stream};
use session::Home;
use session::repl::{Interrupt, Notices, Repl, input};
use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

pub fn run(home: &Home, arguments: &Prompt) -> Result<u8, Failure> {
    let (streams, interrupt) = (Arc::new(Streams::default()), Arc::new(Interrupt::default()));
    let above = Arc::new(Above::new(streams.clone()));
    let console = Arc::new(Terminal { streams: streams.clone(), above: above.clone(), interrupt: interrupt.clone() });
    let notices = notices(above.clone());
    let repl = Rc::new(RefCell::new(super::open(home, arguments, console, interrupt.clone(), notices)?));
    stop_at_interrupt(interrupt, streams.clone())?;
    let color = commands::color_on(true);
    let editor = LineEditor::new(repl.clone(), above, home.data.join("history"), color);
    let mut editor = editor.map_err(|error| unusable(&error))?;
    let show = Show::new(streams, color);
    show.line(concat!("Unison in Rust ", env!("CARGO_PKG_VERSION"), ". :help lists the commands, Ctrl-D leaves."));
    loop {
        repl.borrow().rearm();
        let prompt = prompt(&repl.borrow());
        match editor.read(&prompt, CONTINUATION).map_err(|error| unusable(&error))? {
            Read::End => return Ok(exit::OK),
            Read::Dropped => {}
            Read::Entry(entry) => {
                let mut repl = repl.borrow_mut();
                let mut reply = repl.enter(&entry);
                if let Some(text) = reply.edit.take() {
                    match edited(&home.data, &text) {
                        Ok(Some(entry)) => reply = repl.enter(&entry),
                        Ok(None) => show.line("left as it is"),
                        Err(failure) => show.failure(&failure),
                    }
                }
                show.reply(&repl, &reply);
                if reply.quit {
                    return Ok(exit::OK);
                }
            }
        }
    }
}

/// What the user's editor makes of a text, as an entry; none if that is the same text.
fn edited(folder: &Path, text: &str) -> Result<Option<String>, Failure> {
    let editor = codebase::editor::of_user().ok_or_else(|| {
        Failure::new(exit::USAGE, "there is no editor").hint("set VISUAL or EDITOR to the one that you like")
    })?;
    let failed = |error: std::io::Error| Failure::new(exit::USAGE, format!("a file to edit cannot be made: {error}"));
    let file = folder.join(format!("edit-{}.u", std::process::id()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    // Only its owner can read it: what is edited may be secret.
    let mut opened =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file).map_err(failed)?;
    writeln!(opened, "{}", text.trim_end()).map_err(failed)?;
    drop(opened);
    let left = codebase::editor::open(&editor, std::slice::from_ref(&file))
        .and_then(|()| std::fs::read_to_string(&file).map_err(failed));
    let _ = std::fs::remove_file(&file);
    let left = left?;
    Ok((left.trim_end() != text.trim_end()).then(|| format!("{}\n{left}\n{}\n", input::PASTE, input::PASTE_END)))
}

/// Ctrl-C while something is evaluated; at the prompt the line editor sees it. The terminal has written `^C` on the line.
fn stop_at_interrupt(interrupt: Arc<Interrupt>, streams: Arc<Streams>) -> Result<(), Failure> {
    let act = move || {
        if interrupt.raise() {
            streams.write(Stream::Out, "\n");
        }
    };
    runtime::signals::on_interrupt(act).map_err(|error| report::runtime(&error))
}

fn notices(above: Arc<Above>) -> Notices {
    Arc::new(move |told| above.write(Stream::Out, &format!("{}\n", notice(&told))))
}

/// `> `, with where expressions are evaluated before it unless that is here.
fn prompt(repl: &Repl) -> String {
    let lost = if repl.is_lost() { " (lost)" } else { "" };
    format!("{}{lost}{PROMPT}", repl.place().unwrap_or_default())
}

fn unusable(error: &rustyline::error::ReadlineError) -> Failure {
    Failure::new(exit::FAULT, format!("the terminal cannot be used: {error}"))
}

/// The standard streams while a program runs on a terminal.
struct Terminal {
    streams: Arc<Streams>,
    above: Arc<Above>,
    interrupt: Arc<Interrupt>,
}

impl Console for Terminal {
    fn write(&self, stream: Stream, text: &str) {
        self.above.write(stream, text);
    }

    /// Through the line editor, since a read that blocks could not be stopped: it would take the next line from the prompt.
    fn read_line(&self) -> std::io::Result<Option<String>> {
        read_line_for_program(&self.streams.take_line(), || _ = self.interrupt.raise())
    }
}
