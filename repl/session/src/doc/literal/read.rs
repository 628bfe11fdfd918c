//! A value of type `Doc` as blocks and running text.

use crate::doc::comment::{Block, Comment, Inline, plain};
use crate::doc::lookup::{Found, Library, Meaning};
use crate::doc::shelf::Shelf;
use base::Name;
use machine::Datum;

/// What a document says.
pub fn comment(document: &Datum, values: &[Result<String, String>], library: &Library<'_>) -> Comment {
    let reader = Reader { values, library };
    Comment { blocks: reader.blocks(document, 1), examples: Vec::new() }
}

struct Reader<'r> {
    values: &'r [Result<String, String>],
    library: &'r Library<'r>,
}

/// The constructor of a part of a document, and its fields.
type Part<'d> = (String, &'d [Datum]);

impl Reader<'_> {
    fn part<'d>(&self, datum: &'d Datum) -> Option<Part<'d>> {
        let Datum::Constructed(ty, index, fields) = datum else { return None };
        let declaration = self.library.environment.declaration(*ty)?;
        let constructor = declaration.constructors.get(*index as usize)?;
        Some((constructor.name.to_string(), fields))
    }

    /// `level` is that of the headings here.
    fn blocks(&self, datum: &Datum, level: u8) -> Vec<Block> {
        let Some((name, fields)) = self.part(datum) else { return Vec::new() };
        match (name.as_str(), fields) {
            ("UntitledSection" | "Column", [Datum::List(parts)]) => {
                parts.iter().flat_map(|part| self.blocks(part, level)).collect()
            }
            ("Section", [title, Datum::List(parts)]) => {
                let heading = Block::Heading(level, self.inlines(title));
                let below = parts.iter().flat_map(|part| self.blocks(part, level.saturating_add(1)));
                [heading].into_iter().chain(below).collect()
            }
            ("BulletedList", [Datum::List(items)]) => vec![self.items(None, items, level)],
            ("NumberedList", [Datum::Nat(first), Datum::List(items)]) => vec![self.items(Some(*first), items, level)],
            ("CodeBlock", [_, text]) => vec![Block::Code(plain(&self.inlines(text)))],
            ("Blockquote" | "Aside", [inner]) => vec![Block::Quote(self.blocks(inner, level))],
            ("Callout", [icon, inner]) => vec![Block::Quote(self.callout(icon, inner, level))],
            ("Table", [Datum::List(rows)]) => vec![Block::Table(rows.iter().map(|row| self.row(row)).collect())],
            ("Folded", [_, _, inner]) => self.blocks(inner, level),
            ("Style" | "Anchor", [_, inner]) => self.blocks(inner, level),
            ("SectionBreak", []) => vec![Block::Rule],
            ("Blankline", []) => Vec::new(),
            ("Special", [special]) => match self.special_block(special) {
                Some(blocks) => blocks,
                None => self.paragraph(datum),
            },
            ("Paragraph", [Datum::List(parts)]) => self.paragraphs(parts, level),
            _ => self.paragraph(datum),
        }
    }

    fn paragraph(&self, datum: &Datum) -> Vec<Block> {
        let text = self.inlines(datum);
        if text.is_empty() { Vec::new() } else { vec![Block::Paragraph(text)] }
    }

    /// Running text, and what in it cannot stand on a line.
    fn paragraphs(&self, parts: &[Datum], level: u8) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut text: Vec<&Datum> = Vec::new();
        let end = |text: &mut Vec<&Datum>, blocks: &mut Vec<Block>| {
            let shown = self.spaced(std::mem::take(text).into_iter());
            if !shown.is_empty() {
                blocks.push(Block::Paragraph(shown));
            }
        };
        for part in parts {
            if self.is_block(part) {
                end(&mut text, &mut blocks);
                blocks.extend(self.blocks(part, level));
            } else {
                text.push(part);
            }
        }
        end(&mut text, &mut blocks);
        blocks
    }

    fn is_block(&self, datum: &Datum) -> bool {
        let Some((name, fields)) = self.part(datum) else { return false };
        let special = |datum: &Datum| self.part(datum).is_some_and(|(name, _)| is_special_block(&name));
        match (name.as_str(), fields) {
            ("Special", [inner]) => special(inner),
            // One paragraph that stands for something in another one is part of its text.
            ("UntitledSection", [Datum::List(parts)]) => {
                parts.len() > 1 || parts.iter().any(|part| self.is_block(part))
            }
            _ => matches!(
                name.as_str(),
                "Section"
                    | "BulletedList"
                    | "NumberedList"
                    | "CodeBlock"
                    | "Blockquote"
                    | "Aside"
                    | "Callout"
                    | "Table"
                    | "Folded"
                    | "SectionBreak"
                    | "Column"
            ),
        }
    }

    fn items(&self, first: Option<u64>, items: &[Datum], level: u8) -> Block {
        Block::Items { first, items: items.iter().map(|item| self.blocks(item, level)).collect() }
    }

    fn callout(&self, icon: &Datum, inner: &Datum, level: u8) -> Vec<Block> {
        let mut blocks = self.blocks(inner, level);
        if let Datum::Constructed(_, _, fields) = icon
            && let [icon] = fields.as_slice()
        {
            let mut text = self.inlines(icon);
            match blocks.first_mut() {
                Some(Block::Paragraph(first)) => {
                    text.push(Inline::Text(" ".to_string()));
                    first.splice(0..0, text);
                }
                _ => blocks.insert(0, Block::Paragraph(text)),
            }
        }
        blocks
    }

    fn row(&self, row: &Datum) -> Vec<Vec<Inline>> {
        let Datum::List(cells) = row else { return Vec::new() };
        cells.iter().map(|cell| self.inlines(cell)).collect()
    }

    /// What is filled in on lines of its own.
    fn special_block(&self, special: &Datum) -> Option<Vec<Block>> {
        let (name, fields) = self.part(special)?;
        match (name.as_str(), fields) {
            ("Source" | "FoldedSource", [Datum::List(targets)]) => {
                Some(targets.iter().map(|target| Block::Code(self.source(target))).collect())
            }
            ("Signature", [Datum::List(targets)]) => {
                let lines: Vec<String> = targets.iter().map(|target| self.signature(target)).collect();
                Some(vec![Block::Code(lines.join("\n"))])
            }
            ("ExampleBlock", [Datum::Text(code), _]) => Some(vec![Block::Code(code.to_string())]),
            ("Eval", [Datum::Text(code), Datum::Nat(number)]) => {
                let code = code.to_string();
                Some(vec![Block::Evaluated { code, value: self.value(*number) }])
            }
            _ => None,
        }
    }

    fn value(&self, number: u64) -> Result<String, String> {
        let value = usize::try_from(number).ok().and_then(|number| self.values.get(number));
        value.cloned().unwrap_or_else(|| Err("there is too much to evaluate here".to_string()))
    }

    /// Running text.
    fn inlines(&self, datum: &Datum) -> Vec<Inline> {
        let Some((name, fields)) = self.part(datum) else { return Vec::new() };
        match (name.as_str(), fields) {
            ("Word", [Datum::Text(text)]) => vec![Inline::Text(text.to_string())],
            ("Code", [inner]) => vec![Inline::Code(plain(&self.inlines(inner)))],
            ("Bold", [inner]) => vec![Inline::Bold(self.inlines(inner))],
            ("Italic", [inner]) => vec![Inline::Italic(self.inlines(inner))],
            ("Strikethrough", [inner]) => vec![Inline::Struck(self.inlines(inner))],
            ("NamedLink", [text, target]) => vec![self.link(text, target)],
            ("Image", [text, address, ..]) => {
                let address = plain(&self.inlines(address));
                vec![Inline::Link { text: self.inlines(text), address }]
            }
            ("Linebreak", []) => vec![Inline::Text(" ".to_string())],
            ("Special", [special]) => self.special(special),
            ("Join", [Datum::List(parts)]) => parts.iter().flat_map(|part| self.inlines(part)).collect(),
            ("Group" | "Blockquote" | "Aside", [inner]) => self.inlines(inner),
            ("Style" | "Anchor" | "CodeBlock", [_, inner]) | ("Tooltip", [inner, _]) => self.inlines(inner),
            ("Paragraph" | "UntitledSection" | "Column" | "BulletedList", [Datum::List(parts)]) => {
                self.spaced(parts.iter())
            }
            _ => Vec::new(),
        }
    }

    /// Pieces with blanks between.
    fn spaced<'d>(&self, parts: impl Iterator<Item = &'d Datum>) -> Vec<Inline> {
        let mut all: Vec<Inline> = Vec::new();
        for part in parts {
            let piece = self.inlines(part);
            if !all.is_empty() && !piece.is_empty() {
                all.push(Inline::Text(" ".to_string()));
            }
            all.extend(piece);
        }
        joined(all)
    }

    /// `[text](target)`: a name is shown as text, since where it leads is up to whoever shows it.
    fn link(&self, text: &Datum, target: &Datum) -> Inline {
        let (text, target) = (self.inlines(text), self.inlines(target));
        match target.as_slice() {
            [Inline::Code(name)] => Inline::Named { text, name: name.clone() },
            target if plain(&text) == plain(target) => Inline::Address(plain(target)),
            target => Inline::Link { text, address: plain(target) },
        }
    }

    fn special(&self, special: &Datum) -> Vec<Inline> {
        let Some((name, fields)) = self.part(special) else { return Vec::new() };
        match (name.as_str(), fields) {
            ("Link", [target]) => vec![Inline::Code(self.name(target))],
            ("Example", [Datum::Text(code), _]) => vec![Inline::Code(code.to_string())],
            ("EvalInline", [Datum::Text(code), Datum::Nat(number)]) => match self.value(*number) {
                Ok(value) => vec![Inline::Code(value)],
                Err(reason) => vec![Inline::Code(code.to_string()), Inline::Text(format!(" (no value: {reason})"))],
            },
            ("SignatureInline", [Datum::List(targets)]) => {
                let signatures: Vec<String> = targets.iter().map(|target| self.signature(target)).collect();
                vec![Inline::Code(signatures.join(", "))]
            }
            _ => match self.special_block(special) {
                Some(blocks) => blocks.iter().filter_map(code_of).collect(),
                None => Vec::new(),
            },
        }
    }

    /// What is linked to.
    fn found(&self, target: &Datum) -> Option<Found> {
        let Datum::Constructed(_, _, fields) = target else { return None };
        let environment = self.library.environment;
        let (name, meaning) = match fields.as_slice() {
            [Datum::TypeLink(ty)] => (environment.type_name(*ty), Meaning::Type(*ty)),
            [Datum::TermLink(term)] => (environment.term_name(*term), Meaning::Term(*term)),
            _ => return None,
        };
        let name = name.unwrap_or_else(|| Name::new(hash_of(&meaning)));
        let level = self.library.meanings(&name).into_iter().find(|found| found.meaning == meaning);
        Some(Found { level: level.map_or(0, |found| found.level), name, meaning })
    }

    fn name(&self, target: &Datum) -> String {
        self.found(target).map_or_else(|| "?".to_string(), |found| found.name.to_string())
    }

    fn signature(&self, target: &Datum) -> String {
        self.entry(target).map_or_else(|| self.name(target), |entry| entry.title())
    }

    /// The text of a definition; its signature, if it has none.
    fn source(&self, target: &Datum) -> String {
        let entry = self.entry(target);
        entry.map_or_else(|| self.name(target), |entry| entry.source.clone().unwrap_or_else(|| entry.title()))
    }

    fn entry(&self, target: &Datum) -> Option<crate::doc::Entry> {
        let found = self.found(target)?;
        let word = found.name.segments().next().map(str::to_string);
        let shelf = Shelf::new(self.library.stored, &self.library.at_hand, word.as_deref());
        self.library.entry(&shelf, &found).ok()
    }
}

fn is_special_block(name: &str) -> bool {
    matches!(name, "Source" | "FoldedSource" | "Signature" | "ExampleBlock" | "Eval")
}

fn hash_of(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Type(ty) | Meaning::Constructor(ty, _) => hash::type_ref_text(*ty),
        Meaning::Term(term) => hash::term_ref_text(*term),
    }
}

fn code_of(block: &Block) -> Option<Inline> {
    match block {
        Block::Code(code) | Block::Evaluated { code, .. } => Some(Inline::Code(code.clone())),
        _ => None,
    }
}

/// Neighbouring text as one piece.
fn joined(pieces: Vec<Inline>) -> Vec<Inline> {
    let mut all: Vec<Inline> = Vec::new();
    for piece in pieces {
        match (all.last_mut(), piece) {
            (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
            (_, piece) => all.push(piece),
        }
    }
    all
}
