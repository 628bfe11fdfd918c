//! `unison gc`.

use super::{answered, open_existing};
use crate::arguments::Format;
use crate::arguments::codebase::Gc;
use crate::commands::{now_ms, report};
use crate::exit::{self, Failure};
use crate::output;
use serde_json::json;

const DAY_MS: u64 = 86_400_000;

pub fn collect(arguments: &Gc) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let since = now_ms().saturating_sub(arguments.unused_for.saturating_mul(DAY_MS));
    // What was used in this very moment is used, unless everything is meant.
    let since = if arguments.unused_for == 0 { u64::MAX } else { since };
    let collected = workspace.collect(since, arguments.dry_run).map_err(|error| report::workspace(&error))?;
    let (removed, bytes, kept) = (collected.removed, collected.bytes, collected.kept);
    if arguments.common.format == Format::Json {
        let (dry, company) = (arguments.dry_run, collected.in_company);
        return answered(
            json!({ "removed": removed, "bytes": bytes, "kept": kept, "dryRun": dry, "inCompany": company }),
        );
    }
    let (says, stay) = if arguments.dry_run { ("Would remove", "would stay") } else { ("Removed", "stay") };
    output::told(&format!("{says}: definitions {removed}, bytes {bytes}; {kept} {stay}."));
    if collected.in_company {
        output::told(
            "Others have the codebase open (a node, a prompt, `watch`), so what was made in it stays, and what others have sent if it was used within a day.",
        );
    }
    Ok(exit::OK)
}
