//! The line editor: entries line by line, with completion and history.
//!
//! Lines are read one at a time behind prompts of the same width, so that columns mean on the screen what they mean to the layout rule.

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::{FileHistory, MemHistory};
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use session::repl::{Repl, input};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

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
    editor: Editor<NameCompleter, FileHistory>,
    history: PathBuf,
    color: bool,
}

impl LineEditor {
    /// An editor that completes from a session and keeps its history in a file.
    pub fn new(repl: Rc<RefCell<Repl>>, history: PathBuf, color: bool) -> rustyline::Result<LineEditor> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .history_ignore_space(true)
            .max_history_size(HISTORY_MAX)?
            .build();
        let past = FileHistory::with_config(&config);
        let mut editor = Editor::with_history(config, past)?;
        editor.set_helper(Some(NameCompleter { repl, files: FilenameCompleter::new() }));
        // At the first session there is none.
        let _ = editor.load_history(&history);
        Ok(LineEditor { editor, history, color })
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
        }
        self.remember(entry.trim_end());
        Ok(Read::Entry(entry))
    }

    fn line(&mut self, prompt: &str, initial: &str) -> rustyline::Result<String> {
        let _reading = READING.lock().unwrap_or_else(PoisonError::into_inner);
        let styled = if self.color { format!("\x1b[1;36m{prompt}\x1b[0m") } else { prompt.to_string() };
        self.editor.readline_with_initial(&(prompt, styled), (initial, ""))
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

/// Completes names and commands, and files after `:load`.
struct NameCompleter {
    repl: Rc<RefCell<Repl>>,
    files: FilenameCompleter,
}

impl Completer for NameCompleter {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        if line.starts_with(":l") && line.contains(' ') {
            return self.files.complete(line, position, context);
        }
        let (start, found) = self.repl.borrow().complete(line, position);
        let pair = |found: session::repl::Candidate| Pair { display: found.display, replacement: found.replacement };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

impl Helper for NameCompleter {}
impl Validator for NameCompleter {}
impl Highlighter for NameCompleter {}

impl Hinter for NameCompleter {
    type Hint = String;
}
