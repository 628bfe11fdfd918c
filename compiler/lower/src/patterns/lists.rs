//! Lists, which are tested by their size and taken apart by the primitives of lists.

use super::{Row, Shape};
use crate::draft::{BlockId, Derived};
use crate::terms::{Dest, Lowering};
use builtin::Builtin;
use ir::{JoinId, Op, Reg, Rep, Scalar};

impl<'t> Lowering<'_, 't> {
    /// Lists of certain sizes, then at most one shape of lists that are longer.
    pub(super) fn lists(&mut self, on: Reg, rows: Vec<Row<'t>>, fail: Option<JoinId>, dest: Dest) {
        let on = self.draft.convert(on, Rep::V);
        let size = self
            .draft
            .derive(on, Derived::Size, |draft| draft.op(Rep::W(Scalar::Nat), Op::Builtin(Builtin::ListSize, vec![on])));
        let buckets = self.buckets(rows, |row| {
            let node = self.next_test(row);
            (!matches!(node.shape, Shape::Exact), node.children.len())
        });
        let (open, exact): (Vec<_>, Vec<_>) = buckets.into_iter().partition(|((open, _), _)| *open);
        let sizes: Vec<u64> = exact.iter().map(|((_, size), _)| *size as u64).collect();
        let mut blocks: Vec<_> = exact.into_iter().map(|(_, rows)| (self.draft.child(), rows)).collect();
        let at_least = open.into_iter().next().map(|((_, children), rows)| (children as u64 - 1, rows));
        if sizes.is_empty() {
            self.longer(size, at_least, 0, &mut blocks, fail);
        } else {
            let default = self.draft.child();
            self.switch_word(size, &sizes, blocks.iter().map(|(block, _)| *block).collect(), default);
            self.draft.enter(default);
            // The sizes are distinct, and below those of the open shape.
            self.longer(size, at_least, sizes.len() as u64, &mut blocks, fail);
        }
        for (block, rows) in &mut blocks {
            self.draft.enter(*block);
            let parts = self.elements(on, size, rows);
            self.take_apart(rows, &parts);
        }
        self.push_rows(blocks, fail, dest);
    }

    /// Lists of at least some size, when `excluded` sizes below it are known not to be.
    fn longer(
        &mut self,
        size: Reg,
        at_least: Option<(u64, Vec<Row<'t>>)>,
        excluded: u64,
        blocks: &mut Vec<(BlockId, Vec<Row<'t>>)>,
        fail: Option<JoinId>,
    ) {
        match at_least {
            None => self.fail(fail),
            Some((least, rows)) if least == excluded => blocks.push((self.draft.at(), rows)),
            Some((least, rows)) => {
                let least = self.draft.nat(least);
                let enough = self.builtin(Builtin::NatGteq, vec![size, least]);
                let yes = self.draft.child();
                let no = self.failing(fail);
                self.branch_to(enough, yes, no);
                blocks.push((yes, rows));
            }
        }
    }

    /// The parts of a list that these rows look at.
    fn elements(&mut self, on: Reg, size: Reg, rows: &[Row<'t>]) -> Vec<Option<Reg>> {
        let node = self.next_test(&rows[0]);
        let (shape, count) = (node.shape, node.children.len());
        let used = self.used(rows, count);
        let mut parts = vec![None; count];
        for place in (0..count).filter(|place| used[*place]) {
            let (place, last) = (place as u64, count as u64 - 1);
            let part = match shape {
                Shape::Prefix if place == last => {
                    let taken = self.draft.nat(last);
                    self.builtin(Builtin::ListDrop, vec![taken, on])
                }
                Shape::Suffix if place == 0 => {
                    let rest = self.counted_back(size, last);
                    self.builtin(Builtin::ListTake, vec![rest, on])
                }
                Shape::Suffix => {
                    let index = self.counted_back(size, last - place + 1);
                    self.builtin(Builtin::ListUnsafeAt, vec![index, on])
                }
                _ => {
                    let index = self.draft.nat(place);
                    self.builtin(Builtin::ListUnsafeAt, vec![index, on])
                }
            };
            parts[place as usize] = Some(part);
        }
        parts
    }

    fn counted_back(&mut self, size: Reg, count: u64) -> Reg {
        let count = self.draft.nat(count);
        self.builtin(Builtin::NatSub, vec![size, count])
    }
}
