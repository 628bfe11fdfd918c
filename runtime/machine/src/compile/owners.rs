//! Checks what `slots` decided, in builds with debug assertions: follows who wrote each slot last, in the order of the lines.

use super::fold::Folding;
use super::lines::{Layout, Line};
use super::slots::{Slots, passed};
use ir::{End, Function, Reg, Step};
use std::collections::BTreeMap;

/// Panics if a register is read from a slot that holds another, or is kept outside the frame.
pub(super) fn check(function: &Function, layout: &Layout, folding: &Folding, slots: &Slots) {
    let params = (0..function.params.len() as u32).map(|slot| (slot, Reg(slot)));
    let mut owners: BTreeMap<u32, Reg> = params.collect();
    for (at, line) in layout.lines.iter().enumerate() {
        let fused = at > 0 && folding.is_fused(at - 1);
        line.for_each_use(|reg| {
            let inside = folding.is_folded(reg) || matches!(line, Line::End(End::If(..), _) if fused);
            assert!(inside || owners.get(&slots.of(reg)) == Some(&reg), "{reg} is not in its slot in line {at}");
        });
        match line {
            Line::Let(to, _) if folding.is_folded(*to) || folding.is_fused(at) => {}
            Line::Let(to, _) | Line::Field { to, .. } => drop(owners.insert(slots.of(*to), *to)),
            Line::Wait(step) | Line::Renew(step) => {
                let resume = step.resume().expect("what waits has a number");
                let frame = slots.frame(at);
                for reg in &function.resume_points[resume.number as usize].live {
                    assert!(
                        slots.of(*reg) < frame && owners.get(&slots.of(*reg)) == Some(reg),
                        "line {at} loses {reg}"
                    );
                }
                assert!(frame + 1 + passed(step).len() as u32 <= slots.height, "line {at} passes on too much");
                owners.retain(|slot, _| *slot < frame);
                owners.extend(Step::into(step).map(|into| (slots.of(into), into)));
            }
            Line::End(End::Jump(id, _), _) => {
                let params = layout.joins.get(id).map_or(&[][..], |join| join.params);
                let params = params.iter().filter(|param| slots.has(**param));
                owners.extend(params.map(|param| (slots.of(*param), *param)));
            }
            Line::Detach(into) => owners.extend(into.map(|into| (slots.of(into), into))),
            Line::Label(_) | Line::End(..) | Line::TailHandle(_) | Line::Reinstate(_) => {}
        }
    }
}
