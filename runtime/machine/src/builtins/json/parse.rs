//! Text to `Json`. Strings without escapes and numbers are slices of the document.

use super::{Shapes, number_end};
use crate::builtins::asking::{self, PIECE_BYTES};
use crate::builtins::text::count;
use crate::builtins::{Call, Result};
use crate::heap::Heap;
use crate::trap::Trap;
use crate::word::Word;

/// Bytes of heap that a value takes, roughly: its constructor, a text, a place in a list, a member's pair.
const VALUE_BYTES: usize = 112;

/// Values between two looks at what is left of the heap.
const VALUES_PER_CHECK: usize = 1_024;

/// Why there is no value.
enum Stop {
    /// At this byte the document is not JSON: what should stand there.
    Wrong(usize, String),
    Trap(Box<Trap>),
}

impl From<Box<Trap>> for Stop {
    fn from(trap: Box<Trap>) -> Stop {
        Stop::Trap(trap)
    }
}

fn wrong<T>(at: usize, why: &str) -> std::result::Result<T, Stop> {
    Err(Stop::Wrong(at, why.into()))
}

type Parsed<T> = std::result::Result<T, Stop>;

/// `Right` of the value, or `Left` of the place of the mistake, in characters, and what is wrong.
pub(super) fn parse(call: &mut Call<'_>) -> Result {
    let len = call.text(0)?.len();
    call.heap.charge_bytes(8 * len);
    call.heap.reserve(len.min(VALUES_PER_CHECK) * VALUE_BYTES)?;
    let blob = call.heap.share_blob(call.word(0));
    let text = Heap::text_in(&blob, call.word(0));
    let shapes = Shapes::of(call.machine);
    let mut parser = Parser { text, at: 0, call, shapes, open: Vec::new(), done: Vec::new(), made: 0 };
    let parsed = parser.document();
    match parsed {
        Ok(value) => Ok(call.heap.constructed(call.machine.known.right, &[value.0]).0),
        Err(Stop::Trap(trap)) => Err(trap),
        Err(Stop::Wrong(at, why)) => {
            let place = count(call.heap, &text[..at])?;
            let place = call.heap.nat(place);
            let why = call.heap.text(&why);
            let mistake = call.pair(place, why);
            Ok(call.heap.constructed(call.machine.known.left, &[mistake.0]).0)
        }
    }
}

/// What is open: where its elements or members begin in `done`.
enum Open {
    Array(usize),
    /// And the name of the member whose value comes next.
    Object(usize, Word),
}

struct Parser<'a, 'c> {
    text: &'a str,
    /// The next byte. Always between characters.
    at: usize,
    call: &'a mut Call<'c>,
    shapes: Shapes,
    open: Vec<Open>,
    /// Elements and members of what is open.
    done: Vec<Word>,
    /// Values since the last look at the heap.
    made: usize,
}

impl Parser<'_, '_> {
    fn document(&mut self) -> Parsed<Word> {
        loop {
            let mut value = match self.begin()? {
                Some(value) => value,
                None => continue,
            };
            // A value ends whatever ends behind it.
            loop {
                match self.after(value)? {
                    After::Next => break,
                    After::Closed(outer) => value = outer,
                    After::End => return Ok(value),
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) -> Parsed<()> {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
            if self.at.is_multiple_of(PIECE_BYTES) {
                self.call.heap.check_interrupt()?;
            }
        }
        Ok(())
    }

    fn eat(&mut self, byte: u8) -> Parsed<bool> {
        self.blanks()?;
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        Ok(found)
    }

    fn room(&mut self) -> Parsed<()> {
        self.made += 1;
        if self.made.is_multiple_of(VALUES_PER_CHECK) {
            self.call.heap.reserve(VALUES_PER_CHECK * VALUE_BYTES)?;
        }
        Ok(())
    }

    /// A value that is complete, or none if an array or object was opened.
    fn begin(&mut self) -> Parsed<Option<Word>> {
        self.room()?;
        if self.eat(b'[')? {
            if self.eat(b']')? {
                return Ok(Some(self.call.heap.constructed(self.shapes.array, &[Word::EMPTY_LIST.0])));
            }
            self.open.push(Open::Array(self.done.len()));
            return Ok(None);
        }
        if self.eat(b'{')? {
            if self.eat(b'}')? {
                return Ok(Some(self.call.heap.constructed(self.shapes.object, &[Word::EMPTY_LIST.0])));
            }
            let name = self.name()?;
            self.open.push(Open::Object(self.done.len(), name));
            return Ok(None);
        }
        self.scalar().map(Some)
    }

    fn name(&mut self) -> Parsed<Word> {
        self.blanks()?;
        if self.peek() != Some(b'"') {
            return wrong(self.at, "expected the name of a member, in quotation marks");
        }
        let name = self.string()?;
        if self.eat(b':')? { Ok(name) } else { wrong(self.at, "expected `:` after the name of a member") }
    }

    fn after(&mut self, value: Word) -> Parsed<After> {
        let (start, member) = match self.open.last() {
            None => {
                self.blanks()?;
                let end = self.at == self.text.len();
                return if end { Ok(After::End) } else { wrong(self.at, "expected nothing more after the value") };
            }
            Some(Open::Array(start)) => (*start, None),
            Some(Open::Object(start, name)) => (*start, Some(*name)),
        };
        let item = member.map_or(value, |name| self.call.pair(name, value));
        self.done.push(item);
        if self.eat(b',')? {
            if member.is_some() {
                let name = self.name()?;
                self.open.pop();
                self.open.push(Open::Object(start, name));
            }
            return Ok(After::Next);
        }
        let (close, shape) = if member.is_some() { (b'}', self.shapes.object) } else { (b']', self.shapes.array) };
        if !self.eat(close)? {
            return wrong(self.at, &format!("expected `,` or `{}`", char::from(close)));
        }
        self.open.pop();
        let items = asking::list_of(self.call.heap, &self.done[start..])?;
        self.done.truncate(start);
        Ok(After::Closed(self.call.heap.constructed(shape, &[items.0])))
    }

    fn scalar(&mut self) -> Parsed<Word> {
        match self.peek() {
            Some(b'"') => {
                let text = self.string()?;
                Ok(self.call.heap.constructed(self.shapes.text, &[text.0]))
            }
            Some(b'-' | b'0'..=b'9') => {
                let end = number_end(self.text.as_bytes(), self.at).or_else(|(at, why)| wrong(at, why))?;
                let digits = self.slice(self.at, end);
                self.at = end;
                Ok(self.call.heap.constructed(self.shapes.number, &[digits.0]))
            }
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Parsed<Word> {
        let rest = &self.text[self.at..];
        let (word, shape, fields): (_, _, &[u64]) = if rest.starts_with("null") {
            ("null", self.shapes.null, &[])
        } else if rest.starts_with("true") {
            ("true", self.shapes.boolean, &[1])
        } else if rest.starts_with("false") {
            ("false", self.shapes.boolean, &[0])
        } else if rest.is_empty() {
            return wrong(self.at, "the document ends where a value should stand");
        } else {
            return wrong(self.at, "expected a value");
        };
        self.at += word.len();
        Ok(self.call.heap.constructed(shape, fields))
    }

    fn slice(&mut self, start: usize, end: usize) -> Word {
        self.call.heap.part(self.call.word(0), start, end - start)
    }

    /// The string that begins here.
    fn string(&mut self) -> Parsed<Word> {
        let start = self.at + 1;
        let plain = self.plain(start)?;
        self.at = start + plain;
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(self.slice(start, start + plain));
        }
        let text = self.unescaped(self.text[start..self.at].to_string())?;
        Ok(self.call.heap.text_built(text.into_bytes()))
    }

    /// Bytes from a place in a string on that are characters as they are.
    fn plain(&self, start: usize) -> Parsed<usize> {
        let rest = &self.text.as_bytes()[start..];
        Ok(asking::before(self.call.heap, rest, |b| matches!(b, b'"' | b'\\' | 0..=0x1f))?)
    }

    /// The rest of a string that begins like this.
    fn unescaped(&mut self, mut text: String) -> Parsed<String> {
        let mut reserved = 0;
        loop {
            if text.len() > reserved {
                reserved = 2 * text.len();
                self.call.heap.reserve(reserved)?;
            }
            let plain = self.plain(self.at)?;
            text.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return wrong(self.at, "a control character in a string; write it as an escape, like \\n"),
                None => return wrong(self.at, "the document ends within a string"),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let at = self.at;
        self.at += 2;
        Ok(match self.text.as_bytes().get(at + 1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'u') => return self.unicode(at),
            _ => return wrong(at, "there is no such escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX"),
        })
    }

    /// The character of an escape `\uXXXX` at this byte, or of two that are a surrogate pair. `self.at` is behind the `u`.
    fn unicode(&mut self, at: usize) -> Parsed<char> {
        let first = self.code_unit(at)?;
        if !(0xd800..0xe000).contains(&first) {
            return Ok(char::from_u32(first).expect("not a surrogate, and of four digits"));
        }
        let lone = || wrong(at, "half of a surrogate pair, without the other half");
        if first >= 0xdc00 || !self.text[self.at..].starts_with("\\u") {
            return lone();
        }
        let second_at = self.at;
        self.at += 2;
        let second = self.code_unit(second_at)?;
        if !(0xdc00..0xe000).contains(&second) {
            return lone();
        }
        let scalar = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        Ok(char::from_u32(scalar).expect("a surrogate pair is a character"))
    }

    fn code_unit(&mut self, at: usize) -> Parsed<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(unit) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            return wrong(at, "expected four hexadecimal digits after \\u");
        };
        self.at += 4;
        Ok(unit)
    }
}

/// What comes behind a value.
enum After {
    /// Another value of the same array or object.
    Next,
    /// The end of an array or object, which is a value now.
    Closed(Word),
    /// The end of the document.
    End,
}
