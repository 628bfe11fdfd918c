//! A page for each code of a problem: what it means, and a wrong and a right example.
//!
//! **Invariant:** every code that a problem can have has a page with both examples, and what a page shows as wrong or right is so (`tests/gallery.txt`).

use base::similar::distance;

/// All pages. A line `==== CODE title` starts one; lines `---- codebase`, `---- wrong` and `---- right` start its examples, and `---- command NAME` says what
/// tells of the problem. What is too long to be read, or is no text, is abbreviated: see [`expanded`].
const PAGES: &str = include_str!("explain/pages.txt");

/// What is said about a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    pub code: &'static str,
    pub title: &'static str,
    /// Empty where the title says it all.
    pub text: &'static str,
    /// What `unison` is to do with the examples: `check`, where it is said by no other command alone.
    pub command: &'static str,
    /// What the codebase has to contain, if that matters.
    pub codebase: Option<&'static str>,
    /// A file that has this problem and no other.
    pub wrong: &'static str,
    /// A file that has no problem.
    pub right: &'static str,
}

/// All pages, by code.
pub fn pages() -> Vec<Page> {
    PAGES.split("==== ").skip(1).map(page_of).collect()
}

/// The page of a code, in capitals or not.
pub fn page(code: &str) -> Option<Page> {
    pages().into_iter().find(|page| page.code.eq_ignore_ascii_case(code))
}

/// A code that may have been meant.
pub fn similar(code: &str) -> Option<&'static str> {
    let code = code.to_ascii_uppercase();
    let nearest = pages().into_iter().map(|page| page.code).min_by_key(|known| distance(&code, known))?;
    (distance(&code, nearest) <= 2).then_some(nearest)
}

/// The bytes of an example, in which `⟨3 × ab⟩` stands for `ababab` and `⟨fc⟩` for the byte 0xfc.
pub fn expanded(example: &str) -> Vec<u8> {
    let mut parts = example.split('⟨');
    let mut bytes = parts.next().unwrap_or("").as_bytes().to_vec();
    for (short, rest) in parts.filter_map(|part| part.split_once('⟩')) {
        match short.split_once(" × ") {
            Some((count, what)) => bytes.extend(what.repeat(count.parse().unwrap_or(1)).bytes()),
            None => bytes.extend(u8::from_str_radix(short, 16)),
        }
        bytes.extend(rest.bytes());
    }
    bytes
}

fn page_of(section: &'static str) -> Page {
    let (head, body) = section.split_once('\n').unwrap_or((section, ""));
    let (code, title) = head.split_once(' ').unwrap_or((head, ""));
    let mut parts = body.split("---- ");
    let text = parts.next().unwrap_or("").trim();
    let mut page = Page { code, title, text, command: "check", codebase: None, wrong: "", right: "" };
    for part in parts {
        match part.split_once('\n') {
            Some(("wrong", example)) => page.wrong = example.trim_end(),
            Some(("right", example)) => page.right = example.trim_end(),
            Some(("codebase", example)) => page.codebase = Some(example.trim_end()),
            Some((head, _)) => page.command = head.strip_prefix("command ").unwrap_or(page.command),
            None => {}
        }
    }
    page
}
