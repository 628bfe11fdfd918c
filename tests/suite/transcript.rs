//! `tests/cli/*.txt`: what a user types and sees.
//!
//! A transcript begins with a comment, then has any number of files, then commands with what they print:
//!
//!     --- file hello.u
//!     main = do printLine "Hello"
//!
//!     --- transcript
//!     $ unison run hello.u
//!     Hello
//!
//! Below a command stand its standard output, its standard error with `! ` before each line, and `[exit N]` if that is not 0.
//! Besides `unison ..` there are:
//!
//! | command | meaning |
//! |---|---|
//! | `node NAME ..` | start a node in the background, with more arguments for `node start`; wait until it is ready |
//! | `spawn NAME ..` | start `unison ..` in the background |
//! | `until NAME TEXT` | wait until it has printed a text |
//! | `signal SIGNAL NAME` | send a signal to either |
//! | `wait NAME` | wait for its end; show what it printed |
//! | `peer NAME KIND` | listen on a port: `garbage` answers with noise, `closes` hangs up at once, `silent` says nothing |
//! | `noise NAME` | send noise to a node, and wait until it hangs up |
//! | `user NAME` | what follows is typed by another user |
//! | `write FILE TEXT` | make a file; `⟨fc⟩` is a byte, `⟨3 × ab⟩` is `ababab` |
//! | `link FILE TARGET` | make a symbolic link |
//! | `cat FILE` | show a file |
//! | `remove FILE`, `rename FILE FILE` | remove a file, or give it another name |
//! | `shape ..` | as `unison ..`, with `N` for each number |
//!
//! `unison .. < FILE` reads its standard input from a file. In what is expected, `[..]` stands for any part of a line.
//!
//! `{NAME}` stands for a node as `KEY@HOST:PORT`, `{NAME.address}` for its address, `{NAME.key}` for its key, and for a user's key, in
//! commands and in what they print. In what they print, `{DIR}` is the folder of the test and `{KEY}` any other key.

use crate::process::{Finished, Running};
use crate::world::{Bench, Node, World, files_in, root, stem, updating};
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let trial = |file: std::path::PathBuf| {
        let bench = bench.clone();
        Trial::test(format!("cli::{}", stem(&file)), move || run(&bench, &file))
    };
    files_in(&root().join("tests/cli"), "txt").into_iter().map(trial).collect()
}

fn run(bench: &Arc<Bench>, file: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let (setting, commands) = text.split_once("--- transcript\n").ok_or("no line `--- transcript`")?;
    let mut stage = Stage::new(World::new(bench));
    write_files(setting, &stage.world.files())?;
    let mut played = String::new();
    for (command, expected) in steps(commands) {
        let shown = stage.step(command).map_err(|error| format!("$ {command}\n{error}\nbefore that:\n{played}"))?;
        let as_expected = matches(expected.trim_end(), shown.trim_end());
        if !as_expected && !updating() {
            return Err(format!("$ {command}\nexpected:\n{expected}\nactual:\n{shown}\nbefore that:\n{played}").into());
        }
        let kept = if as_expected { expected.trim_start_matches('\n') } else { &shown };
        played += &format!("$ {command}\n{kept}");
    }
    if updating() {
        std::fs::write(file, format!("{setting}--- transcript\n{played}")).map_err(|error| error.to_string())?;
    }
    Ok(())
}

pub fn write_files(setting: &str, folder: &Path) -> Result<(), String> {
    for section in setting.split("--- file ").skip(1) {
        let (name, text) = section.split_once('\n').unwrap_or((section, ""));
        let path = folder.join(name.trim());
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|error| error.to_string())?;
        std::fs::write(path, format!("{}\n", text.trim_end())).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Each command, and what is expected below it.
fn steps(text: &str) -> Vec<(&str, String)> {
    let mut steps: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push((command, String::new()));
        } else if let Some((_, expected)) = steps.last_mut() {
            expected.push_str(line);
            expected.push('\n');
        }
    }
    steps
}

/// Whether text is as expected, line by line.
pub fn matches(expected: &str, actual: &str) -> bool {
    expected.lines().count() == actual.lines().count()
        && expected.lines().zip(actual.lines()).all(|(e, a)| line_matches(e, a))
}

/// Whether a line is as expected; `[..]` stands for anything.
fn line_matches(expected: &str, actual: &str) -> bool {
    let Some((before, after)) = expected.split_once("[..]") else { return expected == actual };
    let Some(rest) = actual.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|i| rest.is_char_boundary(*i)).any(|i| line_matches(after, &rest[i..]))
}

/// What a transcript has started.
pub struct Stage {
    pub world: World,
    user: String,
    nodes: BTreeMap<String, Node>,
    jobs: BTreeMap<String, Running>,
    /// What names in braces stand for; the longest values first.
    names: Vec<(String, String)>,
}

impl Stage {
    pub fn new(world: World) -> Stage {
        let directory = world.files().display().to_string();
        Stage {
            world,
            user: "me".to_string(),
            nodes: BTreeMap::new(),
            jobs: BTreeMap::new(),
            names: vec![("{DIR}".to_string(), directory)],
        }
    }

    /// Carries out a command, and returns what is to be shown below it.
    pub fn step(&mut self, command: &str) -> Result<String, String> {
        let words = words(&self.filled_in(command));
        let [verb, rest @ ..] = words.as_slice() else { return Err("an empty command".to_string()) };
        match (verb.as_str(), rest) {
            ("unison", arguments) => self.unison(arguments),
            ("shape", arguments) => self.unison(arguments).map(|shown| without_numbers(&shown)),
            ("node", [name, arguments @ ..]) => self.node(name, arguments),
            ("spawn", [name, arguments @ ..]) => {
                let job = Running::start(self.world.unison(&self.user).args(arguments))?;
                self.jobs.insert(name.clone(), job);
                Ok(String::new())
            }
            ("until", [name, text @ ..]) => {
                self.running(name)?.until(&text.join(" "))?;
                Ok(String::new())
            }
            ("signal", [signal, name]) => {
                self.running(name)?.signal(signal)?;
                Ok(String::new())
            }
            ("wait", [name]) => {
                let job = self.jobs.remove(name).or_else(|| self.nodes.remove(name).map(|node| node.process));
                let finished = job.ok_or(format!("no {name}"))?.finish()?;
                Ok(self.shown(&finished))
            }
            ("peer", [name, kind]) => self.peer(name, kind),
            ("noise", [name]) => self.noise(name),
            ("user", [name]) => self.user(name),
            ("write", [file, text @ ..]) => {
                let text = compiler::explain::expanded(&text.join(" "));
                std::fs::write(self.world.files().join(file), text).map_err(|error| error.to_string())?;
                Ok(String::new())
            }
            ("link", [file, target]) => {
                let file = self.world.files().join(file);
                std::os::unix::fs::symlink(target, file).map_err(|error| error.to_string())?;
                Ok(String::new())
            }
            ("remove", [file]) => {
                std::fs::remove_file(self.world.files().join(file)).map_err(|error| error.to_string())?;
                Ok(String::new())
            }
            ("rename", [from, to]) => {
                let files = self.world.files();
                std::fs::rename(files.join(from), files.join(to)).map_err(|error| error.to_string())?;
                Ok(String::new())
            }
            ("cat", [file]) => {
                let text = std::fs::read_to_string(self.world.files().join(file)).map_err(|error| error.to_string())?;
                Ok(self.hidden(&text))
            }
            _ => Err("no such command".to_string()),
        }
    }

    fn unison(&self, arguments: &[String]) -> Result<String, String> {
        let mut command = self.world.unison(&self.user);
        let arguments = match arguments {
            [arguments @ .., arrow, file] if arrow == "<" => {
                command.stdin(File::open(self.world.files().join(file)).map_err(|error| error.to_string())?);
                arguments
            }
            arguments => arguments,
        };
        Ok(self.shown(&Running::start(command.args(arguments))?.finish()?))
    }

    fn user(&mut self, name: &str) -> Result<String, String> {
        self.user = name.to_string();
        let key = self.world.user_key(name)?;
        self.name(&format!("{{{name}}}"), &key);
        Ok(String::new())
    }

    fn noise(&mut self, name: &str) -> Result<String, String> {
        let address = &self.nodes.get(name).ok_or(format!("no {name}"))?.address;
        let mut connection = TcpStream::connect(address).map_err(|error| error.to_string())?;
        // The node may hang up before it has read it all, or after; either will do.
        let _ = connection.write_all(&random_bytes());
        let _ = connection.read_to_end(&mut Vec::new());
        Ok(String::new())
    }

    fn node(&mut self, name: &str, arguments: &[String]) -> Result<String, String> {
        let node = self.world.node(&self.user, arguments)?;
        self.name(&format!("{{{name}}}"), &node.name);
        self.name(&format!("{{{name}.address}}"), &node.address);
        self.name(&format!("{{{name}.key}}"), node.key());
        self.nodes.insert(name.to_string(), node);
        Ok(String::new())
    }

    fn peer(&mut self, name: &str, kind: &str) -> Result<String, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        self.name(&format!("{{{name}.address}}"), &address.to_string());
        let kind = kind.to_string();
        std::thread::spawn(move || serve(&listener, &kind));
        Ok(String::new())
    }

    fn running(&mut self, name: &str) -> Result<&mut Running, String> {
        let node = self.nodes.get_mut(name).map(|node| &mut node.process);
        node.or(self.jobs.get_mut(name)).ok_or(format!("no {name}"))
    }

    fn name(&mut self, name: &str, value: &str) {
        self.names.retain(|(known, _)| known != name);
        self.names.push((name.to_string(), value.to_string()));
        self.names.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
    }

    pub fn filled_in(&self, command: &str) -> String {
        self.names.iter().fold(command.to_string(), |text, (name, value)| text.replace(name, value))
    }

    fn shown(&self, finished: &Finished) -> String {
        let mut shown = finished.out.clone();
        if !shown.is_empty() && !shown.ends_with('\n') {
            shown.push('\n');
        }
        for line in finished.err.lines() {
            shown += &format!("! {line}\n");
        }
        match finished.status {
            Some(0) => {}
            Some(status) => shown += &format!("[exit {status}]\n"),
            None => shown += "[killed]\n",
        }
        self.hidden(&shown)
    }

    /// Replaces what differs from run to run by names.
    pub fn hidden(&self, text: &str) -> String {
        let text = self.names.iter().fold(text.to_string(), |text, (name, value)| text.replace(value, name));
        let without_keys =
            text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()).map(without_key).collect::<String>();
        without_keys.lines().map(|line| line.trim_end().to_string() + "\n").collect()
    }
}

/// A piece of text that ends where a word does; a word that can only be a key or hash is replaced.
fn without_key(piece: &str) -> String {
    let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_key = word.len() == 52 && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v'));
    if is_key { piece.replace(word, "{KEY}") } else { piece.to_string() }
}

fn without_numbers(text: &str) -> String {
    let mut shape = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if shape.ends_with('N') => {}
            '0'..='9' => shape.push('N'),
            c => shape.push(c),
        }
    }
    shape
}

/// Splits at blanks; double quotes keep a word together.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut started) = (String::new(), false, false);
    for c in command.chars() {
        match c {
            '"' => (quoted, started) = (!quoted, true),
            c if c.is_whitespace() && !quoted => {
                if std::mem::take(&mut started) {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => {
                word.push(c);
                started = true;
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

/// Bytes without meaning, the same in each run.
fn random_bytes() -> Vec<u8> {
    (0..100_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// A peer that is none.
fn serve(listener: &TcpListener, kind: &str) {
    for connection in listener.incoming().flatten() {
        let (kind, mut connection) = (kind.to_string(), connection);
        std::thread::spawn(move || match kind.as_str() {
            "garbage" => {
                let _ = connection.write_all(&random_bytes());
                let _ = connection.read_to_end(&mut Vec::new());
            }
            "silent" => {
                let _ = connection.read_to_end(&mut Vec::new());
            }
            // Hangs up.
            _ => {}
        });
    }
}
