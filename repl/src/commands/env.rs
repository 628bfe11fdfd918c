//! `unison env`: what this process would use, and why.

use super::report;
use crate::arguments::{Env, Format};
use crate::exit::{self, Failure};
use crate::output;
use runtime::Keys;
use serde_json::{Map, Value, json};
use session::project::Project;
use std::path::{Path, PathBuf};

/// Variables of the environment that are read.
const VARIABLES: &[&str] = &[
    "UNISON_HOME",
    "UNISON_LOG",
    "UNISON_JIT",
    "HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "NO_COLOR",
    "CLICOLOR_FORCE",
    "VISUAL",
    "EDITOR",
    "TMPDIR",
];

/// A path, and whether there is anything.
type Row = (&'static str, PathBuf);

pub fn env(arguments: Env) -> Result<u8, Failure> {
    let home = super::home()?;
    let project = Project::of(Path::new(".")).map_err(|error| report::project(&error))?;
    let codebase = arguments.codebase.or_else(|| project.codebase()).unwrap_or_else(|| home.codebase());
    let rows: Vec<Row> = vec![
        ("configuration", home.config.clone()),
        ("data", home.data.clone()),
        ("cache", home.cache.clone()),
        ("codebase", codebase),
        ("library", compiler::library::image_path(&home.cache)),
        ("node_store", home.node_store()),
        ("known_hosts", home.config.join("known_hosts")),
        ("history", home.data.join("history")),
    ];
    let key = Keys::user_key_in(&home.config).map_err(|error| report::runtime(&error))?.map(|key| key.to_string());
    match arguments.format {
        Format::Human => output::line(human(&project, &rows, key.as_deref()).trim_end()),
        Format::Json => output::line(&as_json(&project, &rows, key.as_deref()).to_string()),
    }
    Ok(exit::OK)
}

fn human(project: &Project, rows: &[Row], key: Option<&str>) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: String| text += &format!("{name:16} {value}\n");
    if let Some(root) = &project.root {
        let name = if project.name.is_empty() { "(without a name)" } else { &project.name };
        row("project", format!("{name}, in {}", root.display()));
    }
    for (name, path) in rows {
        let absent = if path.exists() { "" } else { "  (not there yet)" };
        row(&name.replace('_', " "), format!("{}{absent}", path.display()));
    }
    row("your key", key.unwrap_or("(made at the first use)").to_string());
    for name in VARIABLES {
        if let Some(value) = std::env::var_os(name) {
            row(name, value.to_string_lossy().into_owned());
        }
    }
    text
}

fn as_json(project: &Project, rows: &[Row], key: Option<&str>) -> Value {
    let paths: Map<String, Value> =
        rows.iter().map(|(name, path)| (name.to_string(), json!({ "path": path, "exists": path.exists() }))).collect();
    let variables: Map<String, Value> = VARIABLES
        .iter()
        .map(|name| (name.to_string(), json!(std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))))
        .collect();
    json!({
        "version": 1, "project": { "name": project.name, "root": project.root }, "paths": paths, "key": key,
        "variables": variables,
    })
}
