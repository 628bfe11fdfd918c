//! `Json` to text.

use super::{Shapes, number_end};
use crate::builtins::asking::{self, Output};
use crate::builtins::{Call, Result, wrong_type};
use crate::list::{self, Elements};
use crate::trap::Trap;
use crate::word::Word;
use std::fmt::Write;

/// What is still to be written, the next one last.
enum Piece {
    Value(Word, usize),
    /// A member of an object: a pair.
    Member(Word, usize),
    Text(&'static str),
    /// A line break and so many levels of indentation, if there are lines at all.
    Line(usize),
    /// What is left of an array or an object: one by one, since lists share what they are made of and may have more elements than memory holds.
    Items(Items),
}

struct Items {
    elements: Elements,
    first: bool,
    piece: fn(Word, usize) -> Piece,
    close: &'static str,
    /// The level of the items.
    level: usize,
}

type Done = std::result::Result<(), Box<Trap>>;

/// The text of a value; a level is indented by so many blanks, and without any all is on one line.
pub(super) fn print(call: &mut Call<'_>) -> Result {
    let blanks = usize::try_from(call.args[0]).unwrap_or(usize::MAX).min(16);
    let shapes = Shapes::of(call.machine);
    let root = call.word(1);
    let mut printer =
        Printer { call, shapes, blanks, out: Output::default(), reserved: 0, work: vec![Piece::Value(root, 0)] };
    for n in 1usize.. {
        let Some(piece) = printer.work.pop() else { break };
        asking::now_and_then(printer.call.heap, n)?;
        printer.piece(piece)?;
        printer.room()?;
    }
    let out = printer.out.finish(call.heap)?;
    Ok(call.heap.text_built(out).0)
}

struct Printer<'a, 'c> {
    call: &'a mut Call<'c>,
    shapes: Shapes,
    blanks: usize,
    out: Output,
    /// Bytes of text that there is room for.
    reserved: usize,
    work: Vec<Piece>,
}

impl Printer<'_, '_> {
    fn room(&mut self) -> Done {
        self.out.rest();
        if self.out.len() >= self.reserved {
            self.reserved = 2 * self.out.len() + 64;
            self.call.heap.reserve(self.reserved)?;
        }
        Ok(())
    }

    fn piece(&mut self, piece: Piece) -> Done {
        match piece {
            Piece::Text(text) => self.out.last.push_str(text),
            Piece::Line(_) if self.blanks == 0 => {}
            Piece::Line(level) => {
                self.out.last.push('\n');
                self.out.last.extend(std::iter::repeat_n(' ', level * self.blanks));
            }
            Piece::Member(pair, level) => self.member(pair, level)?,
            Piece::Value(value, level) => self.value(value, level)?,
            Piece::Items(items) => self.item(items),
        }
        Ok(())
    }

    fn member(&mut self, pair: Word, level: usize) -> Done {
        if pair.descriptor() != Some(self.call.machine.known.pair) {
            return wrong_type("Json");
        }
        self.string(pair.field(0))?;
        self.out.last.push_str(if self.blanks == 0 { ":" } else { ": " });
        self.work.push(Piece::Value(pair.field(1), level));
        Ok(())
    }

    fn value(&mut self, value: Word, level: usize) -> Done {
        let Some(shape) = value.descriptor() else { return wrong_type("Json") };
        let shapes = &self.shapes;
        if shape == shapes.null {
            self.out.last.push_str("null");
        } else if shape == shapes.boolean {
            self.out.last.push_str(if value.raw_field(0) == 0 { "false" } else { "true" });
        } else if shape == shapes.number {
            return self.number(value.field(0));
        } else if shape == shapes.text {
            return self.string(value.field(0));
        } else if shape == shapes.array {
            return self.items(value.field(0), ("[", "]"), Piece::Value, level);
        } else if shape == shapes.object {
            return self.items(value.field(0), ("{", "}"), Piece::Member, level);
        } else {
            return wrong_type("Json");
        }
        Ok(())
    }

    fn items(
        &mut self,
        items: Word,
        (open, close): (&str, &'static str),
        piece: fn(Word, usize) -> Piece,
        level: usize,
    ) -> Done {
        if !items.is_list() {
            return wrong_type("Json");
        }
        self.out.last.push_str(open);
        if list::size(items) == 0 {
            self.out.last.push_str(close);
            return Ok(());
        }
        let items = Items { elements: Elements::of(items), first: true, piece, close, level: level + 1 };
        self.work.push(Piece::Items(items));
        Ok(())
    }

    fn item(&mut self, mut items: Items) {
        let Some(item) = items.elements.next() else {
            return self.work.extend([Piece::Text(items.close), Piece::Line(items.level - 1)]);
        };
        if !items.first {
            self.out.last.push(',');
        }
        let (level, piece) = (items.level, (items.piece)(item, items.level));
        items.first = false;
        self.work.extend([Piece::Items(items), piece, Piece::Line(level)]);
    }

    /// What a program has put together, and is no number of JSON's, is written as a string: the document stays one.
    fn number(&mut self, digits: Word) -> Done {
        let Some(text) = self.call.heap.as_text(digits) else { return wrong_type("Json") };
        if number_end(text.as_bytes(), 0) == Ok(text.len()) {
            self.out.last.push_str(text);
            return Ok(());
        }
        self.string(digits)
    }

    fn string(&mut self, text: Word) -> Done {
        let Some(text) = self.call.heap.as_text(text) else { return wrong_type("Json") };
        let out = &mut self.out;
        out.last.push('"');
        for piece in asking::pieces(self.call.heap, text) {
            write_plain(piece?, &mut out.last);
            out.rest();
        }
        out.last.push('"');
        Ok(())
    }
}

/// A string of JSON's.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    write_plain(text, out);
    out.push('"');
}

/// What stands in a string.
pub(crate) fn write_plain(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)) {
        out.push_str(&rest[..at]);
        escaped(rest.as_bytes()[at], out);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

fn escaped(byte: u8, out: &mut String) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        8 => out.push_str("\\b"),
        12 => out.push_str("\\f"),
        other => write!(out, "\\u{other:04x}").expect("writing to a String does not fail"),
    }
}
