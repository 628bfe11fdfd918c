//! What stands below each other: the arrows of cases that take one line, and comments behind lines, wherever the writer had lined up some of them.

use std::collections::BTreeMap;

/// A line of the result.
#[derive(Default, Debug)]
pub struct Line {
    pub text: String,
    /// A place in it that may stand below that of its neighbours.
    pub arrow: Option<Mark>,
    pub comment: Option<Mark>,
    /// As it was, whatever that is.
    pub verbatim: bool,
    /// Further lines may depend on its columns.
    pub careful: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Bytes before it.
    pub at: usize,
    /// Only marks with the same group are lined up.
    pub group: usize,
    /// The writer put more than one blank before it.
    pub padded: bool,
}

/// Blanks that are put in at most: what is further out stands alone.
const PADDING_MAX: usize = 40;

/// Lines up arrows, then comments, since arrows move those.
pub fn align(lines: &mut [Line]) {
    for run in groups(lines, |line| line.arrow) {
        line_up(lines, &run, |line| line.arrow);
    }
    for run in groups(lines, |line| line.comment) {
        line_up(lines, &run, |line| line.comment);
    }
}

/// The lines of each group.
fn groups(lines: &[Line], mark: fn(&Line) -> Option<Mark>) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(mark) = mark(line) {
            groups.entry(mark.group).or_default().push(at);
        }
    }
    groups.into_values().collect()
}

fn line_up(lines: &mut [Line], run: &[usize], mark: fn(&Line) -> Option<Mark>) {
    let marks: Vec<(usize, Mark)> = run.iter().filter_map(|at| Some((*at, mark(&lines[*at])?))).collect();
    if !marks.iter().any(|(_, mark)| mark.padded) {
        return;
    }
    let column = |lines: &[Line], (at, mark): (usize, Mark)| lines[at].text[..mark.at].chars().count();
    let most = marks.iter().map(|mark| column(lines, *mark)).max().unwrap_or(0);
    for (at, mark) in marks {
        let padding = most - column(lines, (at, mark));
        if padding <= PADDING_MAX {
            lines[at].pad(mark.at, padding);
        }
    }
}

impl Line {
    /// Puts blanks in; what is marked behind them moves along.
    fn pad(&mut self, at: usize, padding: usize) {
        self.text.insert_str(at, &" ".repeat(padding));
        for mark in [&mut self.arrow, &mut self.comment].into_iter().flatten() {
            mark.at += if mark.at > at { padding } else { 0 };
        }
    }
}
