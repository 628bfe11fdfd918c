//! `unison doc --html`: every link within the site leads somewhere, and nothing that a program says becomes markup.

use crate::process::Running;
use crate::world::{Bench, World};
use libtest_mimic::{Failed, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Names and comments that would be something else if they were not escaped.
const HOSTILE: &str = r#"
-- Breaks out: </script><img src=x onerror=alert(1)> & `</code><b>` and "quotes' too. See https://a.b/"onmouseover="x.
--
-- - `<i>` in a list
--
--     </pre><script>alert(2)</script>
-- > Evil.(<&>) 1 2 == 1
(Evil.<&>) : Nat -> Nat -> Nat
(Evil.<&>) a b =
  text = "</script><script>alert(3)</script>"
  a

-- The same in another case: these are two pages.
evil.other : Nat
evil.other = 1

-- A record.
type Evil.Pair a = { first : a, second : Nat }

-- > Evil.swap (Pair 1 2) == Pair 2 2
Evil.swap : Evil.Pair Nat -> Evil.Pair Nat
Evil.swap p = Pair (Pair.second p) (Pair.second p)

-- Hides nothing: `Evil.swap`, `swap`.
index : Nat
index = evil.other
"#;

/// What the markup may contain as it stands.
const TAGS: &[&str] = &[
    "a", "b", "body", "button", "code", "dd", "details", "div", "dl", "dt", "h1", "h2", "h3", "head", "header", "html",
    "input", "kbd", "li", "link", "main", "meta", "nav", "p", "pre", "script", "section", "span", "summary", "table",
    "tbody", "td", "th", "thead", "title", "tr", "ul", "wbr", "!doctype",
];

pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let bench = bench.clone();
    vec![Trial::test("site::links", move || {
        let world = World::new(&bench);
        let site = world.files().join("site");
        std::fs::write(world.files().join("hostile.u"), HOSTILE).map_err(|error| error.to_string())?;
        let mut command = world.unison("me");
        let finished = Running::start(command.args(["doc", "--html", "site", "hostile.u"]))?.finish()?;
        if finished.status != Some(0) {
            return Err(format!("status {:?}\n{}\n{}", finished.status, finished.out, finished.err).into());
        }
        let pages = pages(&site)?;
        every_link_leads_somewhere(&site, &pages)?;
        nothing_hostile_is_markup(&pages)?;
        the_search_knows_every_place(&site, &pages)
    })]
}

/// The text of each page, by its file's name.
fn pages(site: &Path) -> Result<BTreeMap<String, String>, Failed> {
    let mut pages = BTreeMap::new();
    for entry in std::fs::read_dir(site).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_string();
        if name.ends_with(".html") {
            pages.insert(name, std::fs::read_to_string(&path).map_err(|error| error.to_string())?);
        }
    }
    let wanted = ["index.html", "List.html", "Evil.html", "evil~.html", "_top.html"];
    match wanted.iter().find(|page| !pages.contains_key(**page)) {
        Some(missing) => Err(format!("no page {missing} among {:?}", pages.keys()).into()),
        None => Ok(pages),
    }
}

/// What stands in an attribute, each time.
fn attributes<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let open = format!(" {name}=\"");
    text.split(&open).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn every_link_leads_somewhere(site: &Path, pages: &BTreeMap<String, String>) -> Result<(), Failed> {
    let places: BTreeMap<&String, BTreeSet<&str>> =
        pages.iter().map(|(name, text)| (name, attributes(text, "id").into_iter().collect())).collect();
    let mut lost = Vec::new();
    let mut count = 0;
    for (name, text) in pages {
        let ids = attributes(text, "id");
        if ids.len() != places[name].len() {
            lost.push(format!("{name} has a place twice"));
        }
        for link in attributes(text, "href") {
            count += 1;
            let (page, place) = link.split_once('#').unwrap_or((link, ""));
            let page = if page.is_empty() { name } else { &page.to_string() };
            let leads = match places.get(page) {
                Some(ids) => place.is_empty() || ids.contains(place),
                None => link.starts_with("https://") || site.join(page).is_file(),
            };
            if !leads {
                lost.push(format!("{name}: {link}"));
            }
        }
    }
    if lost.is_empty() && count > 1_000 {
        Ok(())
    } else {
        Err(format!("of {count} links:\n{}", lost.join("\n")).into())
    }
}

fn nothing_hostile_is_markup(pages: &BTreeMap<String, String>) -> Result<(), Failed> {
    for (name, text) in pages {
        for rest in text.split('<').skip(1) {
            let tag: String = rest.trim_start_matches('/').chars().take_while(|c| !" >".contains(*c)).collect();
            if !TAGS.contains(&tag.as_str()) {
                return Err(format!("{name} has a tag `{tag}`").into());
            }
        }
        let scripts = text.matches("<script").count();
        if scripts != 2 || text.contains(" onerror=") && !text.contains("&lt;img src=x onerror=") {
            return Err(format!("{name} has {scripts} scripts").into());
        }
    }
    let evil = &pages["Evil.html"];
    let shown = ["&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;", "Evil.<wbr>&lt;&amp;&gt;", "alert(3)"];
    match shown.iter().find(|text| !evil.contains(**text)) {
        Some(missing) => Err(format!("`{missing}` is not shown").into()),
        None => Ok(()),
    }
}

fn the_search_knows_every_place(site: &Path, pages: &BTreeMap<String, String>) -> Result<(), Failed> {
    let script = std::fs::read_to_string(site.join("search-index.js")).map_err(|error| error.to_string())?;
    let data = script.strip_prefix("window.UNISON_INDEX = ").and_then(|rest| rest.trim_end().strip_suffix(';'));
    let rows: Vec<[String; 5]> =
        serde_json::from_str(data.ok_or("the index is not one variable")?).map_err(|error| error.to_string())?;
    for [name, _, _, _, address] in &rows {
        let (page, place) = address.split_once('#').ok_or("an address without a place")?;
        if !pages.get(page).is_some_and(|text| attributes(text, "id").contains(&place)) {
            return Err(format!("{name} is not at {address}").into());
        }
    }
    let names: BTreeSet<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let wanted = ["List.map", "Optional.Some", "Evil.<&>", "Evil.Pair", "Evil.Pair.first", "index"];
    match wanted.iter().find(|name| !names.contains(**name)) {
        Some(missing) => Err(format!("`{missing}` cannot be found").into()),
        None => Ok(()),
    }
}
