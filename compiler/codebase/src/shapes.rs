//! The table `shapes`, which the type search reads.

use crate::error::CodebaseError;
use crate::names::Sort;
use crate::objects;
use crate::shape::Shape;
use base::Name;
use hash::{parse_term_ref, parse_type_ref};
use kernel::{DefId, TermRef, Type, TypeRef};
use rusqlite::{Connection, Row, params};

/// A term or constructor that the type search found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shaped {
    pub name: Name,
    pub of: ShapedRef,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShapedRef {
    Term(TermRef),
    Constructor(TypeRef, u32),
}

/// Enters the type of a definition that has a name.
pub(crate) fn put_term(db: &Connection, term: TermRef) -> Result<(), CodebaseError> {
    let TermRef::Def(id) = term else { return Ok(()) };
    let text = hash::term_ref_text(term);
    if has(db, Sort::Term, &text)? {
        return Ok(());
    }
    match objects::get(db, &id.component)?.and_then(|object| object.signatures()?.into_iter().nth(id.index as usize)) {
        Some(signature) => put(db, Sort::Term, &text, 0, &signature.ty),
        None => Ok(()),
    }
}

/// Enters the types of the constructors of a type that has a name.
pub(crate) fn put_type(db: &Connection, ty: TypeRef) -> Result<(), CodebaseError> {
    let TypeRef::Def(DefId { component, index }) = ty else { return Ok(()) };
    let text = hash::type_ref_text(ty);
    if has(db, Sort::Constructor, &text)? {
        return Ok(());
    }
    let object = objects::get(db, &component)?;
    let Some(declaration) = object.and_then(|object| object.declarations()?.into_iter().nth(index as usize)) else {
        return Ok(());
    };
    for (member, constructor) in (0..).zip(&declaration.constructors) {
        let ty = constructor.ty.clone();
        let ty = if declaration.params == 0 { ty } else { Type::Forall(declaration.params, ty.into()) };
        put(db, Sort::Constructor, &text, member, &ty)?;
    }
    Ok(())
}

/// Enters everything that has a name: after a migration.
pub(crate) fn put_all(db: &Connection) -> Result<(), CodebaseError> {
    let named = |sort: Sort| -> Result<Vec<String>, CodebaseError> {
        let mut found = db.prepare("SELECT DISTINCT reference FROM names WHERE sort = ?1")?;
        let rows = found.query_map([sort as i64], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    for text in named(Sort::Term)? {
        parse_term_ref(&text).map_or(Ok(()), |term| put_term(db, term))?;
    }
    for text in named(Sort::Type)? {
        parse_type_ref(&text).map_or(Ok(()), |ty| put_type(db, ty))?;
    }
    Ok(())
}

fn has(db: &Connection, sort: Sort, text: &str) -> Result<bool, CodebaseError> {
    let mut found = db.prepare_cached("SELECT 1 FROM shapes WHERE sort = ?1 AND reference = ?2")?;
    Ok(found.exists(params![sort as i64, text])?)
}

fn put(db: &Connection, sort: Sort, text: &str, member: u32, ty: &Type) -> Result<(), CodebaseError> {
    let Shape { shape, loose, result, .. } = Shape::of(ty);
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO shapes (sort, reference, member, shape, loose, result) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    insert.execute(params![sort as i64, text, member, shape, loose, result])?;
    Ok(())
}

/// Which column is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Column {
    Shape,
    Loose,
    Result,
}

/// What has a name and this value in the column, at most so many.
pub(crate) fn find(db: &Connection, column: Column, value: &str, limit: u32) -> Result<Vec<Shaped>, CodebaseError> {
    let column = match column {
        Column::Shape => "shape",
        Column::Loose => "loose",
        Column::Result => "result",
    };
    // Left alone, SQLite looks through all names for each shape.
    let mut found = db.prepare_cached(&format!(
        "SELECT names.sort, names.name, names.reference, names.member FROM shapes \
         CROSS JOIN names INDEXED BY names_by_reference ON names.sort = shapes.sort AND names.reference = shapes.reference AND names.member = shapes.member \
         WHERE shapes.{column} = ?1 ORDER BY names.name LIMIT ?2"
    ))?;
    let rows = found.query_map(params![value, limit], shaped)?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn shaped(row: &Row<'_>) -> rusqlite::Result<Option<Shaped>> {
    let (sort, name, text): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let of = if sort == Sort::Term as i64 {
        parse_term_ref(&text).map(ShapedRef::Term)
    } else {
        let member = row.get(3)?;
        parse_type_ref(&text).map(|ty| ShapedRef::Constructor(ty, member))
    };
    Ok(of.map(|of| Shaped { name: Name::new(name), of }))
}
