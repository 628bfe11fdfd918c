//! What the search looks through: a script that sets one variable, since pages that are opened as files may fetch nothing.

use super::Site;
use super::links::anchor;
use crate::doc::comment::plain;
use crate::doc::entry::Kind;
use serde_json::json;

/// One row each: name, kind, type, first sentence, address.
pub fn script(site: &Site) -> String {
    let mut rows = Vec::new();
    for (space, shown) in &site.pages {
        let page = site.links.page(space);
        for entry in shown.entries.iter().map(|documented| &documented.entry) {
            let mut row = |name: &str, kind: Kind, signature: &str, about: String| {
                rows.push(json!([name, kind.word(), signature, about, format!("{page}#{}", anchor(kind, name))]));
            };
            row(&entry.name, entry.kind, &entry.signature, plain(&entry.comment.summary()));
            let kind = if entry.kind == Kind::Ability { Kind::Operation } else { Kind::Constructor };
            for member in &entry.members {
                row(&member.name, kind, &member.signature, plain(&member.comment.summary()));
            }
        }
    }
    let rows: Vec<String> = rows.iter().map(|row| row.to_string()).collect();
    // Valid JSON is a valid expression of the script's language.
    format!("window.UNISON_INDEX = [\n{}\n];\n", rows.join(",\n"))
}
