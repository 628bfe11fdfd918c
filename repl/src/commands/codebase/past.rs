//! `history`, `undo`, `diff`.

use super::{answered, item_json, items_json, open, open_existing, trouble};
use crate::arguments::Format;
use crate::arguments::codebase::{Diff, History, Undo};
use crate::commands::now_ms;
use crate::exit::{self, Failure};
use crate::output;
use serde_json::{Value, json};
use session::definitions::Item;
use session::definitions::history::{self as past, Difference, Differences, Entry, NameStep, Side};
use std::path::{Path, PathBuf};

/// Lines of a text that are compared; of longer ones all lines are said to differ.
const LINES_MAX: usize = 2_000;

pub fn history(arguments: &History) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let entries = past::history(&workspace, arguments.name.as_deref(), arguments.limit)
        .map_err(|error| trouble::failure(&error))?;
    if arguments.common.format == Format::Json {
        return answered(json!({ "changes": entries.iter().map(entry_json).collect::<Vec<_>>() }));
    }
    if entries.is_empty() {
        output::told("No name has been given yet.");
    }
    entries.iter().for_each(|entry| output::line(&entry_text(entry)));
    Ok(exit::OK)
}

fn entry_json(entry: &Entry) -> Value {
    let names = entry
        .names
        .iter()
        .map(|step| json!({ "name": step.name.as_str(), "is_type": step.is_type, "old": step.old, "new": step.new }));
    json!({
        "id": entry.id.map(|id| id.0),
        "at_ms": entry.at_ms,
        "kind": entry.kind.text(),
        "what": entry.what,
        "reverts": entry.reverts.map(|id| id.0),
        "undone": entry.undone,
        "names": names.collect::<Vec<_>>(),
    })
}

fn entry_text(entry: &Entry) -> String {
    let reverts = entry.reverts.map_or(String::new(), |id| format!(" @{}", id.0));
    let undone = if entry.undone { "  (taken back)" } else { "" };
    let mut text =
        format!("{}  {}  {}{reverts} {}{undone}", at(entry), utc(entry.at_ms), entry.kind.text(), entry.what);
    for step in &entry.names {
        text += &format!("\n    {}", step_text(step));
    }
    text
}

/// Which point of the history it is.
fn at(entry: &Entry) -> String {
    entry.id.map_or("elsewhere".to_string(), |id| format!("@{}", id.0))
}

fn step_text(step: &NameStep) -> String {
    let name = if step.is_type { format!("type {}", step.name) } else { step.name.to_string() };
    match (&step.old, &step.new) {
        (None, Some(new)) => format!("+ {name}  {new}"),
        (Some(old), None) => format!("- {name}  {old}"),
        (Some(old), Some(new)) => format!("~ {name}  {old} -> {new}"),
        (None, None) => name,
    }
}

pub fn undo(arguments: &Undo) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let turned = past::undo(&workspace, arguments.redo, now_ms()).map_err(|e| trouble::failure(&e))?;
    if arguments.common.format == Format::Json {
        return answered(json!({ "turned": entry_json(&turned), "redo": arguments.redo }));
    }
    let said = if arguments.redo { "Brought back" } else { "Taken back" };
    output::told(&format!("{said}: {} {} {}", at(&turned), turned.kind.text(), turned.what));
    for step in &turned.names {
        let (old, new) = (step.old.clone(), step.new.clone());
        let (old, new) = if arguments.redo { (old, new) } else { (new, old) };
        output::told(&format!("    {}", step_text(&NameStep { old, new, ..step.clone() })));
    }
    Ok(exit::OK)
}

pub fn diff(arguments: &Diff) -> Result<u8, Failure> {
    // As numbers they are shown behind an `@`, which is easily left out.
    let is_point = |what: &String| what.starts_with('@') || (what.parse::<u64>().is_ok() && !Path::new(what).exists());
    let points = arguments.what.iter().all(is_point);
    let differences = match (arguments.what.as_slice(), points) {
        ([from], true) => past::diff_changes(&open_existing(&arguments.common)?, from, None),
        ([from, to], true) => past::diff_changes(&open_existing(&arguments.common)?, from, Some(to)),
        (_, true) => return Err(Failure::new(exit::USAGE, "there are at most two points of the history to compare")),
        (files, false) => {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            past::diff_files(&open(&arguments.common, files.first().map(|file| &**file))?, &files)
        }
    };
    let differences = differences.map_err(|error| trouble::failure(&error))?;
    if arguments.common.format == Format::Json {
        return answered(json!({
            "changed": differences.changed.iter().map(difference_json).collect::<Vec<_>>(),
            "carried": items_json(&differences.carried),
            "broken": differences.broken.iter().map(|broken| broken.name.as_str()).collect::<Vec<_>>(),
        }));
    }
    differences_text(&differences);
    Ok(exit::OK)
}

fn difference_json(difference: &Difference) -> Value {
    let side = |side: &Option<Side>| {
        side.as_ref().map(|side| {
            let mut answer = item_json(&side.item);
            answer["text"] = json!(side.text);
            answer
        })
    };
    json!({
        "name": difference.name.as_str(),
        "is_type": difference.is_type,
        "old": side(&difference.old),
        "new": side(&difference.new),
    })
}

fn differences_text(differences: &Differences) {
    if differences.changed.is_empty() {
        output::told("Nothing differs.");
    }
    for difference in &differences.changed {
        let line = |side: &Option<Side>| side.as_ref().map(|side| format!("{}  {}", side.item.line(), side.item.hash));
        match (line(&difference.old), line(&difference.new)) {
            (Some(old), Some(new)) => output::line(&format!("- {old}\n+ {new}")),
            (Some(old), None) => output::line(&format!("- {old}")),
            (None, Some(new)) => output::line(&format!("+ {new}")),
            (None, None) => {}
        }
        if let (Some(Side { text: Some(old), .. }), Some(Side { text: Some(new), .. })) =
            (&difference.old, &difference.new)
        {
            lines(old, new).iter().for_each(|line| output::line(&format!("    {line}")));
        }
    }
    if !differences.carried.is_empty() {
        let names: Vec<String> = differences.carried.iter().map(Item::title).collect();
        output::line(&format!("These would be carried along: {}", names.join(", ")));
    }
    if !differences.broken.is_empty() {
        let names: Vec<&str> = differences.broken.iter().map(|broken| broken.name.as_str()).collect();
        output::line(&format!("These could not follow: {}", names.join(", ")));
    }
}

/// The lines of two texts: `- ` is only in the first one, `+ ` only in the second one.
fn lines(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len().max(new.len()) > LINES_MAX {
        let gone = old.iter().map(|line| format!("- {line}"));
        return gone.chain(new.iter().map(|line| format!("+ {line}"))).collect();
    }
    let common = common(&old, &new);
    let (mut out, mut i, mut j) = (Vec::new(), 0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            out.push(format!("  {}", old[i]).trim_end().to_string());
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            out.push(format!("- {}", old[i]));
            i += 1;
        } else {
            out.push(format!("+ {}", new[j]));
            j += 1;
        }
    }
    out
}

/// How many lines the rests of two texts have in common, in order.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let skipped = table[i + 1][j].max(table[i][j + 1]);
            table[i][j] = if old[i] == new[j] { table[i + 1][j + 1] + 1 } else { skipped };
        }
    }
    table
}

/// A time of day, as `2026-11-22 01:02:03` in UTC.
fn utc(at_ms: u64) -> String {
    let (days, seconds) = (at_ms / 86_400_000, at_ms / 1_000 % 86_400);
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// The date of a day since 1970. Years are counted from March, so that the leap day is the last one; 400 of them have 146,097 days.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let calendar = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(calendar <= 2), calendar, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00:00");
        assert_eq!(utc(951_782_400_000), "2000-02-29 00:00:00");
        assert_eq!(utc(1_795_309_323_456), "2026-11-22 01:02:03");
    }

    #[test]
    fn lines_that_stay_are_found_among_those_that_differ() {
        assert_eq!(lines("a\nb\nc", "a\nx\nc\nd"), ["  a", "- b", "+ x", "  c", "+ d"]);
    }
}
