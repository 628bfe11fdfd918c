//! `unison private`.

use super::{answered, open_existing, trouble};
use crate::arguments::Format;
use crate::arguments::codebase::Private;
use crate::exit::{self, Failure};
use crate::output;
use base::Name;
use serde_json::json;
use session::definitions::private as names;

pub fn private(arguments: &Private) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let lists = arguments.names.is_empty();
    let changed = match lists {
        true => names::list(&workspace),
        false => names::change(&workspace, &arguments.names, !arguments.undo),
    };
    let changed = changed.map_err(|error| trouble::failure(&error))?;
    if arguments.common.format == Format::Json {
        let names: Vec<&str> = changed.iter().map(Name::as_str).collect();
        return answered(json!({ "names": names, "private": lists || !arguments.undo }));
    }
    for name in &changed {
        match (lists, arguments.undo) {
            (true, _) => output::told(name.as_str()),
            (false, false) => output::told(&format!("{name} is private: it does not leave this codebase.")),
            (false, true) => output::told(&format!("{name} is not private any more.")),
        }
    }
    Ok(exit::OK)
}
