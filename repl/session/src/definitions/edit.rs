//! `edit`: puts definitions into a scratch file.

use super::scratch::{self, Piece};
use super::view::{self, Shown, Viewed};
use super::{Error, Item, Origin};
use crate::workspace::Workspace;
use std::path::PathBuf;

/// Where definitions can be edited.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Editing {
    pub items: Vec<Item>,
    pub files: Vec<PathBuf>,
}

/// Puts the texts of definitions into scratch files; one that is in such a file already is left as it is there.
pub fn edit(workspace: &Workspace, wanted: &[String]) -> Result<Editing, Error> {
    let viewed = view::view(workspace, wanted)?;
    if let Some(other) = viewed.iter().find(|viewed| viewed.item.origin == Origin::Builtin) {
        return Err(Error::NotOwn(other.item.clone()));
    }
    let lacking: Vec<Item> = viewed.iter().filter(|viewed| piece(viewed).is_none()).map(|v| v.item.clone()).collect();
    if !lacking.is_empty() {
        return Err(Error::NoText(lacking));
    }
    let pieces: Vec<Piece> = viewed.iter().filter_map(piece).collect();
    let files = scratch::keep(workspace, &pieces)?;
    Ok(Editing { items: viewed.into_iter().map(|viewed| viewed.item).collect(), files })
}

fn piece(viewed: &Viewed) -> Option<Piece> {
    let (text, context) = match &viewed.text {
        Shown::Written(text) | Shown::Outdated { written: text, .. } => (text, &viewed.context),
        Shown::Printed(text) => (text, &viewed.context),
        Shown::Builtin | Shown::Absent => return None,
    };
    let name = viewed.item.name.clone()?;
    Some(Piece { name, is_type: viewed.item.sort.is_type(), context: context.clone(), text: text.clone() })
}
