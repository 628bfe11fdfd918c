//! The byte forms of exports and of what became of them, version 1: strict, in the codec of `base::bytes`.
//!
//! - a reference is its sort (0 term, 1 type) and its text as in `hash::text`; an optional one has 2 for nothing;
//! - an export is the version, then its names, sources and changes, each with their number before them;
//! - a merge is an export, where it comes from, whether it is forced, and the time in milliseconds since 1970;
//! - what became of a name is 0 added, 1 updated, 2 unchanged, 3 newer, 4 conflict; 1, 3 and 4 with the reference.

use super::{Export, Merge, Merged, PastChange};
use crate::history::{ChangeKind, NameChange, Note};
use crate::names::Reference;
use crate::sources::SourceText;
use base::Name;
use base::bytes::{DecodeError, Reader, Writer};
use std::sync::Arc;

const VERSION: u8 = 1;

pub fn export(export: &Export) -> Vec<u8> {
    let mut writer = Writer::new();
    write_export(&mut writer, export);
    writer.finish()
}

pub fn merge(merge: &Merge) -> Vec<u8> {
    let mut writer = Writer::new();
    write_export(&mut writer, &merge.export);
    writer.text(&merge.what);
    writer.u8(u8::from(merge.force));
    writer.varint(merge.at_ms);
    writer.finish()
}

pub fn merged(merged: &[(Name, Merged)]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(VERSION);
    writer.len(merged.len());
    for (name, outcome) in merged {
        writer.text(name.as_str());
        let (tag, of) = match outcome {
            Merged::Added => (0, None),
            Merged::Updated(of) => (1, Some(of)),
            Merged::Unchanged => (2, None),
            Merged::Newer(of) => (3, Some(of)),
            Merged::Conflict(of) => (4, Some(of)),
        };
        writer.u8(tag);
        if let Some(of) = of {
            write_reference(&mut writer, *of);
        }
    }
    writer.finish()
}

fn write_export(writer: &mut Writer, export: &Export) {
    writer.u8(VERSION);
    writer.len(export.names.len());
    for (name, of) in &export.names {
        writer.text(name.as_str());
        write_reference(writer, *of);
    }
    writer.len(export.sources.len());
    for source in &export.sources {
        writer.text(source.name.as_str());
        write_reference(writer, source.of);
        [&source.text, &source.context, &source.project].into_iter().for_each(|text| writer.text(text));
        writer.text(source.made_by.as_ref().map_or("", Name::as_str));
    }
    writer.len(export.changes.len());
    export.changes.iter().for_each(|change| write_change(writer, change));
}

fn write_change(writer: &mut Writer, change: &PastChange) {
    writer.raw(&change.uid);
    writer.varint(change.at_ms);
    writer.text(change.note.kind.text());
    writer.text(&change.note.what);
    writer.len(change.names.len());
    for name in &change.names {
        writer.text(name.name.as_str());
        [name.old, name.new].into_iter().for_each(|of| match of {
            Some(of) => write_reference(writer, of),
            None => writer.u8(2),
        });
    }
}

fn write_reference(writer: &mut Writer, of: Reference) {
    writer.u8(match of {
        Reference::Term(_) => 0,
        Reference::Type(_) => 1,
    });
    writer.text(&of.text());
}

pub fn read_export(bytes: &[u8]) -> Result<Export, DecodeError> {
    let mut reader = reader(bytes);
    let export = take_export(&mut reader)?;
    reader.finish()?;
    Ok(export)
}

pub fn read_merge(bytes: &[u8]) -> Result<Merge, DecodeError> {
    let mut reader = reader(bytes);
    let export = take_export(&mut reader)?;
    let what = reader.text()?.to_string();
    let force = match reader.u8()? {
        0 => false,
        1 => true,
        other => return Err(DecodeError::BadTag("flag", u64::from(other))),
    };
    let at_ms = reader.varint()?;
    reader.finish()?;
    Ok(Merge { export, what, force, at_ms })
}

pub fn read_merged(bytes: &[u8]) -> Result<Vec<(Name, Merged)>, DecodeError> {
    let mut reader = reader(bytes);
    version(&mut reader)?;
    let mut merged = Vec::new();
    for _ in 0..reader.count()? {
        let name = take_name(&mut reader)?;
        let outcome = match reader.u8()? {
            0 => Merged::Added,
            1 => Merged::Updated(take_reference(&mut reader)?),
            2 => Merged::Unchanged,
            3 => Merged::Newer(take_reference(&mut reader)?),
            4 => Merged::Conflict(take_reference(&mut reader)?),
            other => return Err(DecodeError::BadTag("outcome of a name", u64::from(other))),
        };
        merged.push((name, outcome));
    }
    reader.finish()?;
    Ok(merged)
}

/// Every item takes at least one byte, so the length pays for all of them.
fn reader(bytes: &[u8]) -> Reader<'_> {
    Reader::new(bytes, bytes.len() as u64)
}

fn version(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    match reader.u8()? {
        VERSION => Ok(()),
        other => Err(DecodeError::BadTag("version", u64::from(other))),
    }
}

fn take_export(reader: &mut Reader<'_>) -> Result<Export, DecodeError> {
    version(reader)?;
    let mut export = Export::default();
    for _ in 0..reader.count()? {
        export.names.push((take_name(reader)?, take_reference(reader)?));
    }
    for _ in 0..reader.count()? {
        export.sources.push(take_source(reader)?);
    }
    for _ in 0..reader.count()? {
        export.changes.push(take_change(reader)?);
    }
    Ok(export)
}

fn take_source(reader: &mut Reader<'_>) -> Result<SourceText, DecodeError> {
    let (name, of) = (take_name(reader)?, take_reference(reader)?);
    let (text, context, project) = (take_text(reader)?, take_text(reader)?, take_text(reader)?);
    let maker = reader.text()?;
    let made_by = (!maker.is_empty()).then(|| Name::new(maker));
    Ok(SourceText { name, of, text, context, project, made_by })
}

fn take_change(reader: &mut Reader<'_>) -> Result<PastChange, DecodeError> {
    let mut uid = [0; 16];
    uid.copy_from_slice(reader.raw(16)?);
    let at_ms = reader.varint()?;
    let note = Note { kind: ChangeKind::parse(reader.text()?), what: reader.text()?.to_string() };
    let mut names = Vec::new();
    for _ in 0..reader.count()? {
        let name = take_name(reader)?;
        let (old, new) = (take_optional(reader)?, take_optional(reader)?);
        names.push(NameChange { name, old, new });
    }
    Ok(PastChange { uid, at_ms, note, names })
}

/// A name that could stand in source: what a codebase gives out goes into messages and files.
fn take_name(reader: &mut Reader<'_>) -> Result<Name, DecodeError> {
    let text = reader.text()?;
    let segment = |segment: &str| !segment.is_empty() && !segment.chars().any(|c| c.is_whitespace() || c.is_control());
    if !text.split('.').all(segment) {
        return Err(DecodeError::Forbidden("a name that is none"));
    }
    Ok(Name::new(text))
}

fn take_text(reader: &mut Reader<'_>) -> Result<Arc<str>, DecodeError> {
    Ok(Arc::from(reader.text()?))
}

fn take_reference(reader: &mut Reader<'_>) -> Result<Reference, DecodeError> {
    take_optional(reader)?.ok_or(DecodeError::Forbidden("a name without a meaning"))
}

fn take_optional(reader: &mut Reader<'_>) -> Result<Option<Reference>, DecodeError> {
    let sort = match reader.u8()? {
        2 => return Ok(None),
        sort @ (0 | 1) => i64::from(sort),
        other => return Err(DecodeError::BadTag("sort of reference", u64::from(other))),
    };
    let of = Reference::parse(sort, reader.text()?).ok_or(DecodeError::Forbidden("a reference that is none"))?;
    Ok(Some(of))
}
