//! `--format sarif`: a log in SARIF 2.1.0, which code hosts and editors read.

use super::github::message;
use super::region::Region;
use base::{Diagnostic, Label, Sources};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub fn log(sources: &Sources, diagnostics: &[Diagnostic]) -> Value {
    let rules = rules(diagnostics);
    let results: Vec<Value> = diagnostics.iter().map(|diagnostic| result(diagnostic, sources, &rules)).collect();
    let rules: Vec<Value> = rules.iter().map(|rule| described(rule)).collect();
    let driver = json!({ "name": "unison", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    let run = json!({ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results });
    json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
}

/// One mistake of each kind, in order of codes.
fn rules(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut rules: Vec<&Diagnostic> = diagnostics.iter().collect();
    rules.sort_by_key(|rule| rule.code);
    rules.dedup_by_key(|rule| rule.code);
    rules
}

fn described(rule: &Diagnostic) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": message(rule) },
        "defaultConfiguration": { "level": "error" },
    })
}

fn result(diagnostic: &Diagnostic, sources: &Sources, rules: &[&Diagnostic]) -> Value {
    let index = rules.iter().position(|rule| rule.code == diagnostic.code);
    let mut result = json!({
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": "error",
        "message": { "text": message(diagnostic) },
        "locations": [],
    });
    let mut labels = diagnostic.labels.iter().map(|label| location(label, sources));
    if let Some(main) = labels.next() {
        result["locations"] = json!([main]);
    }
    let others: Vec<Value> = labels.collect();
    if !others.is_empty() {
        result["relatedLocations"] = Value::Array(others);
    }
    result
}

fn location(label: &Label, sources: &Sources) -> Value {
    let Region { file, line, column, end_line, end_column } = Region::of(label.span, sources);
    let region = json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column });
    let mut location = json!({ "physicalLocation": { "artifactLocation": artifact(&file), "region": region } });
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

/// A file as a URI: below the folder in which the check ran, or absolute.
fn artifact(file: &str) -> Value {
    let path = percent(file);
    if Path::new(file).is_absolute() {
        json!({ "uri": format!("file://{path}") })
    } else {
        json!({ "uri": path, "uriBaseId": "%SRCROOT%" })
    }
}

fn percent(path: &str) -> String {
    path.bytes().fold(String::new(), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            _ = write!(uri, "%{byte:02X}");
        }
        uri
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Span;

    #[test]
    fn a_log_has_what_the_standard_requires() {
        let mut sources = Sources::default();
        let id = sources.add("src/ä b.u", "x = é ++ 1\n");
        let other = sources.add("/tmp/c.u", "y\n");
        let two = Diagnostic::new("U0209", "no `++` fits").label(Span::new(id, 7, 9), "here").reason("why");
        let one = Diagnostic::new("U0101", "odd").label(Span::new(other, 0, 1), "").label(Span::new(id, 0, 1), "first");
        let log = log(&sources, &[two.clone(), one, two]);
        assert_eq!((&log["version"], &log["$schema"]), (&json!("2.1.0"), &json!(SCHEMA)));
        let run = &log["runs"][0];
        let rules: Vec<&str> = run["tool"]["driver"]["rules"].as_array().expect("rules").iter().map(id_of).collect();
        assert_eq!(rules, ["U0101", "U0209"]);
        let results = run["results"].as_array().expect("results");
        for result in results {
            let index = result["ruleIndex"].as_u64().expect("a position") as usize;
            assert_eq!(result["ruleId"].as_str(), Some(rules[index]));
            assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        }
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"], json!({ "uri": "src/%C3%A4%20b.u", "uriBaseId": "%SRCROOT%" }));
        assert_eq!(place["region"], json!({ "startLine": 1, "startColumn": 7, "endLine": 1, "endColumn": 9 }));
        let absolute = &results[1]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(*absolute, json!({ "uri": "file:///tmp/c.u" }));
        assert_eq!(results[1]["relatedLocations"][0]["message"]["text"], json!("first"));
    }

    fn id_of(rule: &Value) -> &str {
        rule["id"].as_str().expect("an id")
    }
}
