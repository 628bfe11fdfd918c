//! A page for each code of a problem: what it means, and a wrong and a right example.
//!
//! **Invariant:** every code that a problem can have has a page, and what a page shows as wrong or right is so.

use base::similar::distance;

/// All pages. A line `==== CODE title` starts one; `---- wrong` and `---- right` start its examples.
const PAGES: &str = include_str!("explain/pages.txt");

/// What is said about a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    pub code: &'static str,
    pub title: &'static str,
    /// Empty where the title says it all.
    pub text: &'static str,
    /// A file that has this problem and no other. None where no short file has it.
    pub wrong: Option<&'static str>,
    /// A file that has no problem.
    pub right: Option<&'static str>,
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

fn page_of(section: &'static str) -> Page {
    let (head, body) = section.split_once('\n').unwrap_or((section, ""));
    let (code, title) = head.split_once(' ').unwrap_or((head, ""));
    let mut parts = body.split("---- ");
    let text = parts.next().unwrap_or("").trim();
    let (mut wrong, mut right) = (None, None);
    for part in parts {
        match part.split_once('\n') {
            Some(("wrong", example)) => wrong = Some(example.trim_end()),
            Some(("right", example)) => right = Some(example.trim_end()),
            _ => {}
        }
    }
    Page { code, title, text, wrong, right }
}
