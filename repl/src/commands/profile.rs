//! `unison run --profile FILE`: which definitions a run's time went to, in the format of speedscope.

use crate::exit::{self, Failure};
use runtime::{Profile, SampledFrame};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

/// Writes what was sampled, with each frame by its name.
pub fn write(path: &Path, profile: &Profile, name: impl Fn(&SampledFrame) -> String) -> Result<(), Failure> {
    let written = std::fs::write(path, document(&profile.stacks(), name).to_string());
    written.map_err(|error| {
        Failure::new(exit::USAGE, format!("cannot write the profile {}: {error}", path.display()))
            .hint("--profile takes the path of a file to write")
    })
}

fn document(stacks: &[(Vec<SampledFrame>, Duration)], name: impl Fn(&SampledFrame) -> String) -> Value {
    let (mut places, mut frames) = (BTreeMap::new(), Vec::new());
    let mut place = |frame: &SampledFrame| {
        *places.entry(*frame).or_insert_with(|| {
            frames.push(json!({ "name": name(frame) }));
            frames.len() - 1
        })
    };
    let samples: Vec<Vec<usize>> = stacks.iter().map(|(stack, _)| stack.iter().map(&mut place).collect()).collect();
    let weights: Vec<u128> = stacks.iter().map(|(_, took)| took.as_micros()).collect();
    json!({
        "$schema": SCHEMA,
        "exporter": concat!("unison ", env!("CARGO_PKG_VERSION")),
        "shared": { "frames": frames },
        "profiles": [{
            "type": "sampled", "name": "all tasks of this process", "unit": "microseconds",
            "startValue": 0, "endValue": weights.iter().sum::<u128>(), "samples": samples, "weights": weights,
        }],
    })
}
