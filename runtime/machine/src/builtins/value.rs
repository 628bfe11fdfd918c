//! What can be told of any value: its hash, and its text as JSON.

use super::{Call, Result};
use crate::Budget;
use crate::portable::{self, GRAPH_BYTES, NotJson};
use crate::trap::Trap;
use builtin::Builtin;

/// Steps for one unit of fuel.
const STEPS_PER_FUEL: u64 = 8;

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    Some(match builtin {
        Builtin::ValueHash => hash(call),
        Builtin::ValueToJson => to_json(call),
        _ => return None,
    })
}

fn graph(call: &mut Call<'_>) -> std::result::Result<portable::Graph, Box<Trap>> {
    let limit = (call.heap.limit_bytes() / GRAPH_BYTES) as u64;
    portable::graph_of(call.word(0), call.heap, limit).or_else(|error| match error {
        portable::EncodeError::TooLarge => Trap::out_of(Budget::Memory),
        error => Trap::fault(error.to_string()),
    })
}

fn hash(call: &mut Call<'_>) -> Result {
    let graph = graph(call)?;
    let fuel = call.heap.work_max.saturating_sub(call.heap.work);
    let digest = match graph.mutable() {
        Some(ty) => Trap::fault(format!("a value of {} has no hash: what is in it changes", ty.spec().name)),
        None => portable::digest(&graph, fuel.saturating_mul(STEPS_PER_FUEL), || call.heap.check_interrupt()),
    };
    graph.give_back();
    let Some((digest, steps)) = digest? else { return Trap::out_of(Budget::Fuel) };
    call.heap.work += steps / STEPS_PER_FUEL;
    Ok(call.heap.bytes_value(digest.as_slice().into()).0)
}

/// `Right` of the text, or `Left` of why there is none.
fn to_json(call: &mut Call<'_>) -> Result {
    let graph = graph(call)?;
    let json = portable::json(&graph, call.machine, call.heap.limit_bytes() / 2, || call.heap.check_interrupt());
    graph.give_back();
    match json? {
        Ok(text) => {
            call.heap.reserve(text.len())?;
            call.heap.charge_bytes(text.len());
            let text = call.heap.text_built(text.into_bytes());
            Ok(call.heap.constructed(call.machine.known.right, &[text.0]).0)
        }
        Err(NotJson::TooLong) => Trap::out_of(Budget::Memory),
        Err(error) => {
            let text = call.heap.text(&error.to_string());
            Ok(call.heap.constructed(call.machine.known.left, &[text.0]).0)
        }
    }
}
