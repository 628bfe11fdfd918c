//! The line editor: entries line by line, with completion, hints, colours and history.
//!
//! Lines are read one at a time behind prompts of the same width, so that columns mean on the screen what they mean to the layout rule.

use super::above::Above;
use super::highlight;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::{FileHistory, MemHistory};
use rustyline::validate::Validator;
use rustyline::{ColorMode, CompletionType, Config, Context, Editor, Helper};
use session::repl::{Completion, Repl, input};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

/// Entries that are remembered from session to session.
const HISTORY_MAX: usize = 10_000;

/// By how much a line is indented behind one that leaves something open.
const INDENTATION: usize = 2;

/// Held while the terminal is read: the prompt waits for a program that reads a line, even one that has been stopped.
static READING: Mutex<()> = Mutex::new(());

/// What was read.
pub enum Read {
    Entry(String),
    /// Ctrl-C: what was typed so far is dropped.
    Dropped,
    /// Ctrl-D.
    End,
}

pub struct LineEditor {
    editor: Editor<Assistant, FileHistory>,
    above: Arc<Above>,
    history: PathBuf,
    color: bool,
}

impl LineEditor {
    /// An editor that asks a session for help and keeps its history in a file.
    pub fn new(
        repl: Rc<RefCell<Repl>>,
        above: Arc<Above>,
        history: PathBuf,
        color: bool,
    ) -> rustyline::Result<LineEditor> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .color_mode(if color { ColorMode::Enabled } else { ColorMode::Disabled })
            .history_ignore_space(true)
            .max_history_size(HISTORY_MAX)?
            .build();
        let past = FileHistory::with_config(&config);
        let mut editor = Editor::with_history(config, past)?;
        editor.set_helper(Some(Assistant { repl, files: FilenameCompleter::new(), color, last: Cell::new(false) }));
        // At the first session there is none.
        let _ = editor.load_history(&history);
        // A terminal that cannot move its cursor has no place above the line: output comes where it comes.
        if let Ok(printer) = editor.create_external_printer() {
            above.print_with(printer)?;
        }
        Ok(LineEditor { editor, above, history, color })
    }

    /// Reads an entry behind this prompt; its further lines stand behind a prompt of the same width.
    pub fn read(&mut self, prompt: &str, continuation: &str) -> rustyline::Result<Read> {
        let continuation = format!("{continuation:>width$}", width = prompt.chars().count());
        let mut entry = String::new();
        while entry.is_empty() || !input::is_whole(&entry) {
            let prompt = if entry.is_empty() { prompt } else { &continuation };
            let line = match self.line(prompt, &indentation(&entry)) {
                Ok(line) => line,
                Err(ReadlineError::Interrupted) => return Ok(Read::Dropped),
                Err(ReadlineError::Eof) if entry.is_empty() => return Ok(Read::End),
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(error),
            };
            entry += line.trim_end();
            entry.push('\n');
            // Several lines at once were pasted or recalled: who enters them sees their end.
            if line.trim_end().contains('\n') {
                entry.push('\n');
            }
        }
        self.remember(entry.trim_end());
        Ok(Read::Entry(entry))
    }

    fn line(&mut self, prompt: &str, initial: &str) -> rustyline::Result<String> {
        let _reading = READING.lock().unwrap_or_else(PoisonError::into_inner);
        let styled = if self.color { format!("\x1b[1;36m{prompt}\x1b[0m") } else { prompt.to_string() };
        self.above.set_editing(true);
        let line = self.editor.readline_with_initial(&(prompt, styled), (initial, ""));
        self.above.set_editing(false);
        line
    }

    /// A history that cannot be written is no reason to stop.
    fn remember(&mut self, entry: &str) {
        if entry.is_empty() {
            return;
        }
        let _ = self.editor.add_history_entry(entry);
        let _ = self.history.parent().map(std::fs::create_dir_all);
        let _ = self.editor.append_history(&self.history);
    }
}

/// How far the next line of an entry is indented to begin with: as the last one, and more behind one that leaves something open. What is pasted is left alone.
fn indentation(entry: &str) -> String {
    let Some(last) = entry.lines().last().filter(|_| !entry.starts_with(input::PASTE)) else { return String::new() };
    let width = last.chars().take_while(|c| *c == ' ').count();
    " ".repeat(width + if input::indents_next(last) { INDENTATION } else { 0 })
}

/// Reads a line for a program, behind what the program has written on that line. None at the end of the input or when the user stops it with Ctrl-C.
pub fn read_line_for_program(prompt: &str, stop: impl Fn()) -> std::io::Result<Option<String>> {
    let _reading = READING.lock().unwrap_or_else(PoisonError::into_inner);
    let editor = Editor::<(), MemHistory>::with_history(Config::default(), MemHistory::new());
    match editor.and_then(|mut editor| editor.readline(prompt)) {
        Ok(line) => Ok(Some(line)),
        Err(ReadlineError::Eof) => Ok(None),
        Err(ReadlineError::Interrupted) => {
            stop();
            Ok(None)
        }
        Err(error) => Err(std::io::Error::other(error)),
    }
}

/// Helps with the line that is edited.
struct Assistant {
    repl: Rc<RefCell<Repl>>,
    files: FilenameCompleter,
    color: bool,
    /// Whether the line is shown for the last time, as it was entered.
    last: Cell<bool>,
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = match self.repl.borrow().complete(line, position) {
            Completion::Words(start, found) => (start, found),
            Completion::File => return self.files.complete(line, position, context),
        };
        let pair = |found: session::repl::Candidate| Pair { display: found.display, replacement: found.replacement };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

/// What is known of the word before the cursor. It is read, not taken over.
struct Remark(String);

impl Hint for Remark {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Assistant {
    type Hint = Remark;

    /// Only where colours can tell it from what was typed.
    fn hint(&self, line: &str, position: usize, _: &Context<'_>) -> Option<Remark> {
        if !self.color || position < line.len() {
            return None;
        }
        self.repl.borrow().hint(line).map(Remark)
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, position: usize) -> Cow<'l, str> {
        highlight::colored(line, (!self.last.get()).then_some(position)).into()
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        highlight::dimmed(hint).into()
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.last.set(kind == CmdKind::ForcedRefresh);
        true
    }
}

impl Helper for Assistant {}
impl Validator for Assistant {}
