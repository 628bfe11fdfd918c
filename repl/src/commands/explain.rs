//! `unison explain`: what a problem's code means.

use crate::arguments::{Explain, Format};
use crate::exit::{self, Failure};
use crate::output;
use compiler::explain::{self, Page};
use serde_json::{Value, json};

pub fn explain(arguments: &Explain) -> Result<u8, Failure> {
    let Some(code) = &arguments.code else {
        return Ok(all(arguments.format));
    };
    let page = explain::page(code.trim()).ok_or_else(|| unknown(code))?;
    match arguments.format {
        Format::Human => output::line(human(&page).trim_end()),
        Format::Json => output::line(&as_json(&page).to_string()),
    }
    Ok(exit::OK)
}

fn all(format: Format) -> u8 {
    let pages = explain::pages();
    match format {
        Format::Human => {
            let lines: Vec<String> = pages.iter().map(|page| format!("{}  {}", page.code, page.title)).collect();
            output::line(&lines.join("\n"));
        }
        Format::Json => {
            let pages: Vec<Value> = pages.iter().map(as_json).collect();
            output::line(&json!({ "version": 1, "codes": pages }).to_string());
        }
    }
    exit::OK
}

fn unknown(code: &str) -> Failure {
    let failure = Failure::new(exit::USAGE, format!("no problem has the code {code}"));
    match explain::similar(code) {
        Some(similar) => failure.hint(format!("is it {similar}? `unison explain` lists all codes")),
        None => failure.hint("a code stands before each problem, as in [U0301]; `unison explain` lists all of them"),
    }
}

fn human(page: &Page) -> String {
    let mut text = format!("{}: {}\n", page.code, page.title);
    if !page.text.is_empty() {
        text += &format!("\n{}\n", wrapped(page.text));
    }
    let command = |of: &str| {
        if page.command == "check" { of.to_string() } else { format!("{of}, for `unison {}`", page.command) }
    };
    let examples = [
        ("In the codebase".to_string(), page.codebase),
        (command("Wrong"), Some(page.wrong)),
        (command("Right"), Some(page.right)),
    ];
    for (heading, example) in examples.into_iter().filter_map(|(heading, example)| Some((heading, example?))) {
        let lines: String = example.lines().map(|line| format!("    {line}").trim_end().to_string() + "\n").collect();
        text += &format!("\n{heading}:\n\n{lines}");
    }
    text
}

/// Columns of a line of prose.
const WIDTH: usize = 80;

fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is one to begin with");
        if last.is_empty() {
            *last = word.to_string();
        } else if last.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_string());
        } else {
            *last += &format!(" {word}");
        }
    }
    lines.join("\n")
}

fn as_json(page: &Page) -> Value {
    json!({ "code": page.code, "title": page.title, "text": page.text, "command": page.command,
        "codebase": page.codebase, "wrong": page.wrong, "right": page.right })
}
