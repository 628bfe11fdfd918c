//! `unison --version`.

use crate::arguments::Format;
use crate::exit::{self, Failure};
use crate::output;
use serde_json::json;

pub fn version(format: Format) -> Result<u8, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    match format {
        Format::Human => output::line(&format!("unison {version}")),
        Format::Json => output::line(
            &json!({
                "version": version,
                "target": target(),
                "protocol": runtime::PROTOCOL_VERSION,
                "hash": hash::format::TERM_CONTEXT,
                "ir": ir::IR_VERSION,
                "codebase": codebase::schema::MIGRATIONS.len(),
                "compiler": compiler::COMPILER_VERSION,
            })
            .to_string(),
        ),
    }
    Ok(exit::OK)
}

/// Processor and system, and how the C library is linked.
fn target() -> String {
    let linked = if cfg!(target_feature = "crt-static") { "static" } else { "dynamic" };
    format!("{}-{}-{linked}", std::env::consts::ARCH, std::env::consts::OS)
}
