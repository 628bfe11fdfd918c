//! The pages.

use super::links::anchor;
use super::markup::{escape, link, safe};
use super::prose::Prose;
use super::{Documented, Shown, Site, TOP};
use crate::doc::entry::{Entry, Kind, Member, Place};
use crate::doc::text::at_arrows;
use std::fmt::Write;

/// Columns that a type may have before it is folded.
const SIGNATURE_WIDTH: usize = 76;

/// What the page of the names without a namespace is called.
const TOP_TITLE: &str = "Top level";

/// The front page: what there is.
pub fn front(site: &Site) -> String {
    let count: usize = site.pages.values().map(|page| page.entries.len()).sum();
    let rows: String = site.pages.iter().map(|(name, shown)| front_row(site, name, shown)).collect();
    let body = format!(
        "<h1>{title}</h1>\n<p class=\"lead\">{count} definitions in {pages} namespaces. \
         Press <kbd>/</kbd> to search by name, by type such as <code>[a] -&gt; Nat</code>, or by what something does.</p>\n\
         <table class=\"spaces\"><thead><tr><th scope=\"col\">Namespace</th><th scope=\"col\">About</th>\
         <th scope=\"col\" class=\"count\">Names</th></tr></thead><tbody>\n{rows}</tbody></table>\n",
        title = escape(&site.title),
        pages = site.pages.len(),
    );
    frame(site, &site.title, None, &body)
}

fn front_row(site: &Site, name: &str, shown: &Shown) -> String {
    let prose = Prose { links: &site.links, namespace: name };
    let own = shown.entries.iter().find(|documented| documented.entry.name == name);
    let about = match own {
        _ if !shown.namespace.comment.is_empty() => prose.running(&shown.namespace.comment.summary()),
        Some(documented) => prose.running(&documented.entry.comment.summary()),
        None if name == TOP => "What stands in no namespace.".to_string(),
        None => String::new(),
    };
    format!(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"count\">{}</td></tr>\n",
        link(site.links.page(name), "", &title(name)),
        about,
        shown.entries.len()
    )
}

/// The page of a namespace.
pub fn namespace(site: &Site, name: &str, shown: &Shown) -> String {
    let prose = Prose { links: &site.links, namespace: name };
    let mut body = format!("<p class=\"crumbs\">{}</p>\n<h1>{}</h1>\n", crumbs(site, name), title(name));
    body += &prose.comment(&shown.namespace.comment);
    body += &below(site, name);
    body += &contents(shown);
    for documented in &shown.entries {
        body += &entry(&prose, documented);
    }
    frame(site, &format!("{} · {}", plain_title(name), site.title), Some(name), &body)
}

fn plain_title(name: &str) -> &str {
    if name == TOP { TOP_TITLE } else { name }
}

fn title(name: &str) -> String {
    // A long name may be broken behind its dots.
    escape(plain_title(name)).replace('.', ".<wbr>")
}

/// The way from the front page.
fn crumbs(site: &Site, name: &str) -> String {
    let mut way = link("index.html", "", "All namespaces");
    for (dot, _) in name.match_indices('.') {
        if let Some(page) = site.links.page_of(&name[..dot]) {
            _ = write!(way, " / {}", link(page, "", &escape(&name[..dot])));
        }
    }
    way
}

/// The namespaces below one.
fn below(site: &Site, name: &str) -> String {
    let prefix = format!("{name}.");
    let inner = site.pages.keys().filter(|other| name != TOP && other.starts_with(&prefix));
    let links: Vec<String> = inner.map(|other| link(site.links.page(other), "", &escape(other))).collect();
    if links.is_empty() { String::new() } else { format!("<p class=\"below\">Below it: {}</p>\n", links.join(", ")) }
}

/// A link to each entry of the page.
fn contents(shown: &Shown) -> String {
    let item = |documented: &Documented| {
        let entry = &documented.entry;
        let name = link(
            &format!("#{}", anchor(entry.kind, &entry.name)),
            "",
            &escape(relative(&entry.name, &shown.namespace.name)),
        );
        format!("<li>{name}</li>")
    };
    let items: String = shown.entries.iter().map(item).collect();
    format!("<nav class=\"contents\" aria-label=\"On this page\"><ul>{items}</ul></nav>\n")
}

/// The last segment, which may be an operator with dots of its own before it only.
fn last(name: &str) -> &str {
    name.rsplit('.').next().filter(|last| !last.is_empty()).unwrap_or(name)
}

/// A name as it is seen from a namespace.
fn relative<'n>(name: &'n str, namespace: &str) -> &'n str {
    let below = name.strip_prefix(namespace).and_then(|rest| rest.strip_prefix('.'));
    below.filter(|rest| !rest.is_empty()).unwrap_or(if name == namespace { last(name) } else { name })
}

fn entry(prose: &Prose<'_>, documented: &Documented) -> String {
    let entry = &documented.entry;
    let id = anchor(entry.kind, &entry.name);
    let mut text = format!(
        "<section class=\"entry {kind}\" id=\"{id}\">\n<h2>{name}{word}</h2>\n",
        kind = entry.kind.word(),
        name = link(&format!("#{id}"), "name", &escape(&entry.name).replace('.', ".<wbr>")),
        word = if entry.kind.is_type() {
            format!(" <span class=\"kind\">{}</span>", entry.kind.word())
        } else {
            String::new()
        },
    );
    text += &signature(prose, entry);
    text += &prose.comment(&entry.comment);
    if !entry.members.is_empty() {
        let heading = if entry.kind == Kind::Ability { "Operations" } else { "Constructors" };
        let members: String = entry.members.iter().map(|member| self::member(prose, member)).collect();
        _ = write!(text, "<h3>{heading}</h3>\n<dl class=\"members\">\n{members}</dl>\n");
    }
    text += &source(prose, documented);
    text + "</section>\n"
}

fn signature(prose: &Prose<'_>, entry: &Entry) -> String {
    if entry.kind.is_type() {
        let head = format!("{} {} {}", entry.kind.word(), last(&entry.name), entry.signature);
        return format!("<pre class=\"signature\"><code>{}</code></pre>\n", prose.signature(head.trim_end()));
    }
    let name = relative(&entry.name, prose.namespace);
    format!(
        "<pre class=\"signature\"><code><b>{}</b> <span class=\"o\">:</span> {}</code></pre>\n",
        escape(name),
        prose.signature(&folded(name, &entry.signature))
    )
}

/// A type on one line, or on a line for each of its outermost arrows.
fn folded(name: &str, signature: &str) -> String {
    if name.chars().count() + signature.chars().count() + 3 <= SIGNATURE_WIDTH {
        return signature.to_string();
    }
    let margin = format!("\n{}", " ".repeat(name.chars().count().min(8)));
    at_arrows(signature).join(&margin)
}

fn member(prose: &Prose<'_>, member: &Member) -> String {
    let about = prose.comment(&member.comment);
    let about = if about.is_empty() { String::new() } else { format!("<dd>{about}</dd>") };
    format!(
        "<dt id=\"{}\"><code><b>{}</b> <span class=\"o\">:</span> {}</code></dt>{about}\n",
        safe(&member.name),
        escape(last(&member.name)),
        prose.signature(&member.signature)
    )
}

/// Where it is from, and its text.
fn source(prose: &Prose<'_>, documented: &Documented) -> String {
    let entry = &documented.entry;
    let place = match &entry.place {
        Place::Builtin => "built in".to_string(),
        Place::Library { file, line } => format!("stdlib/{}:{line}", escape(file)),
        Place::Codebase => "codebase".to_string(),
        Place::File { file, line } => format!("{}:{line}", escape(file)),
    };
    let facts =
        format!("<span class=\"place\">{place}</span> <span class=\"hash\">{}</span>", escape(&entry.short_hash));
    match &entry.source {
        Some(text) => format!(
            "<details><summary>Source {facts}</summary><pre class=\"source\"><code>{}</code></pre></details>\n",
            prose.source(text, &documented.used)
        ),
        None => format!("<p class=\"facts\">{facts}</p>\n"),
    }
}

/// What stands around every page.
fn frame(site: &Site, heading: &str, current: Option<&str>, body: &str) -> String {
    let item = |name: &String| {
        let here = if current == Some(name) { " aria-current=\"page\"" } else { "" };
        let depth = if name == TOP { 0 } else { name.matches('.').count().min(5) };
        let shown = escape(if depth == 0 { plain_title(name) } else { last(name) });
        format!("<li class=\"d{depth}\"><a href=\"{}\"{here}>{shown}</a></li>\n", site.links.page(name))
    };
    let spaces: String = site.pages.keys().map(item).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{heading}</title>\n\
         <link rel=\"stylesheet\" href=\"style.css\">\n<script src=\"site.js\"></script>\n\
         <script src=\"search-index.js\" defer></script>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">Skip to the content</a>\n\
         <header class=\"bar\"><a class=\"home\" href=\"index.html\">{title}</a>\n\
         <div class=\"search\" role=\"search\"><input id=\"search\" type=\"search\" placeholder=\"Search names, types, words\" \
         aria-label=\"Search\" autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\" role=\"combobox\" \
         aria-expanded=\"false\" aria-controls=\"results\"><kbd aria-hidden=\"true\">/</kbd>\n\
         <ul id=\"results\" role=\"listbox\" aria-label=\"Results\" hidden></ul></div>\n\
         <button id=\"theme\" type=\"button\" hidden>Theme</button></header>\n\
         <div class=\"columns\"><nav class=\"spaces\" aria-label=\"Namespaces\"><details open><summary>Namespaces</summary>\n\
         <ul>\n{spaces}</ul></details></nav>\n<main id=\"content\">\n{body}</main></div>\n</body>\n</html>\n",
        heading = escape(heading),
        title = escape(&site.title),
    )
}
