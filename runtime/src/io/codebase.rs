//! Names of the host's store, which go to other codebases and come from there. The values that carry them name the definitions, so that these travel with them.

use super::Done;
use super::error::IoError;
use builtin::Builtin;
use hash::store::{NameExchange, NameExport, ObjectStore, StoreError};
use machine::Datum;

/// None: another kind of effect.
pub(super) fn perform(store: &dyn ObjectStore, builtin: Builtin, args: &[Datum]) -> Option<Done> {
    Some(match (builtin, args) {
        (Builtin::IoExportNames, [Datum::List(wanted)]) => export(store, wanted),
        (Builtin::IoMergeNames, [Datum::Bytes(merge), _, _]) => {
            names(store).and_then(|names| names.merge_names(merge).map_err(told)).map(|done| Datum::Bytes(done.into()))
        }
        _ => return None,
    })
}

fn export(store: &dyn ObjectStore, wanted: &[Datum]) -> Done {
    let text = |datum: &Datum| match datum {
        Datum::Text(text) => Ok(text.to_string()),
        _ => Err(IoError::other("a name is a text")),
    };
    let wanted = wanted.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let NameExport { bytes, terms, types } = names(store)?.export_names(&wanted).map_err(told)?;
    let terms = Datum::List(terms.into_iter().map(Datum::TermLink).collect());
    let types = Datum::List(types.into_iter().map(Datum::TypeLink).collect());
    Ok(Datum::tuple(vec![Datum::Bytes(bytes.into()), terms, types]))
}

fn names(store: &dyn ObjectStore) -> Result<&dyn NameExchange, IoError> {
    let none = "this node keeps its definitions in memory, without names: start it with --store FILE";
    store.names().ok_or_else(|| IoError::other(none))
}

fn told(error: StoreError) -> IoError {
    match error {
        StoreError::Refused(why) | StoreError::Unavailable(why) => IoError::other(&why),
        StoreError::Full => IoError::other("the disk of its codebase is full"),
        StoreError::Corrupt(hash) => IoError::other(&format!("the definition {} is damaged there", hash.short())),
        StoreError::Dangling(hash) => IoError::other(&format!("the definition {} is missing there", hash.short())),
    }
}
