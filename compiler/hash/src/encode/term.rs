//! Terms, patterns and literals.

use super::Encoder;
use crate::format;
use kernel::{Case, Literal, Pattern, Term, TypeRef};
use std::mem::take;

/// What is still to be written, last first.
enum Work<'t> {
    Term(&'t Term),
    Case(&'t Case),
    Pattern(&'t Pattern),
}

impl Encoder<'_> {
    pub fn term(&mut self, root: &Term) {
        let mut work = vec![Work::Term(root)];
        while let Some(next) = work.pop() {
            match next {
                Work::Term(term) => self.term_front(term, &mut work),
                Work::Pattern(pattern) => self.pattern_front(pattern, &mut work),
                Work::Case(case) => {
                    self.out.u8(u8::from(case.guard.is_some()));
                    work.push(Work::Term(&case.body));
                    work.extend(case.guard.as_ref().map(Work::Term));
                    work.push(Work::Pattern(&case.pattern));
                }
            }
        }
    }

    /// Writes a term up to its first part, and puts its parts on the stack.
    fn term_front<'t>(&mut self, term: &'t Term, work: &mut Vec<Work<'t>>) {
        match term {
            Term::Local(index) => self.tagged(format::term::LOCAL, *index),
            Term::Ref(reference) => {
                self.out.u8(format::term::REF);
                self.term_ref(*reference);
            }
            Term::Constructor(ty, index) => self.member(format::term::CONSTRUCTOR, *ty, *index),
            Term::Operation(ty, index) => self.member(format::term::OPERATION, *ty, *index),
            Term::Literal(literal) => {
                self.out.u8(format::term::LITERAL);
                self.literal(literal);
            }
            Term::List(elements) => {
                self.counted(format::term::LIST, elements.len());
                push_terms(work, elements);
            }
            Term::App(head, args) => {
                self.counted(format::term::APP, args.len());
                push_terms(work, args);
                work.push(Work::Term(head));
            }
            Term::Lambda(vars, body) => {
                self.tagged(format::term::LAMBDA, *vars);
                work.push(Work::Term(body));
            }
            Term::Let(bindings, body) => self.bindings(format::term::LET, bindings, body, work),
            Term::LetRec(bindings, body) => self.bindings(format::term::LET_REC, bindings, body, work),
            Term::If(condition, then, otherwise) => {
                self.out.u8(format::term::IF);
                work.extend([Work::Term(otherwise), Work::Term(then), Work::Term(condition)]);
            }
            Term::Match(scrutinee, cases) => {
                self.counted(format::term::MATCH, cases.len());
                work.extend(cases.iter().rev().map(Work::Case));
                work.push(Work::Term(scrutinee));
            }
            Term::Handle { abilities, body, handler } => {
                self.out.u8(format::term::HANDLE);
                self.abilities(abilities);
                work.extend([Work::Term(handler), Work::Term(body)]);
            }
            Term::Row(abilities) => {
                self.out.u8(format::term::ROW);
                self.abilities(abilities);
            }
            Term::TermLink(reference) => {
                self.out.u8(format::term::TERM_LINK);
                self.term_ref(*reference);
            }
            Term::TypeLink(reference) => {
                self.out.u8(format::term::TYPE_LINK);
                self.type_ref(*reference);
            }
        }
    }

    fn bindings<'t>(&mut self, tag: u8, bindings: &'t [Term], body: &'t Term, work: &mut Vec<Work<'t>>) {
        self.counted(tag, bindings.len());
        work.push(Work::Term(body));
        push_terms(work, bindings);
    }

    fn pattern_front<'t>(&mut self, pattern: &'t Pattern, work: &mut Vec<Work<'t>>) {
        match pattern {
            Pattern::Any => self.out.u8(format::pattern::ANY),
            Pattern::Var => self.out.u8(format::pattern::VAR),
            Pattern::Literal(literal) => {
                self.out.u8(format::pattern::LITERAL);
                self.literal(literal);
            }
            Pattern::Constructor(ty, index, fields) => {
                self.member(format::pattern::CONSTRUCTOR, *ty, *index);
                self.out.len(fields.len());
                push_patterns(work, fields);
            }
            Pattern::As(inner) => self.one(format::pattern::AS, inner, work),
            Pattern::List(elements) => {
                self.counted(format::pattern::LIST, elements.len());
                push_patterns(work, elements);
            }
            Pattern::Cons(first, rest) => self.two(format::pattern::CONS, first, rest, work),
            Pattern::Snoc(rest, last) => self.two(format::pattern::SNOC, rest, last, work),
            Pattern::Prefix(elements, rest) => {
                self.counted(format::pattern::PREFIX, elements.len());
                work.push(Work::Pattern(rest));
                push_patterns(work, elements);
            }
            Pattern::Suffix(rest, elements) => {
                self.counted(format::pattern::SUFFIX, elements.len());
                push_patterns(work, elements);
                work.push(Work::Pattern(rest));
            }
            Pattern::Pure(inner) => self.one(format::pattern::PURE, inner, work),
            Pattern::Request { ability, operation, args, resume } => {
                self.member(format::pattern::REQUEST, *ability, *operation);
                self.out.len(args.len());
                work.push(Work::Pattern(resume));
                push_patterns(work, args);
            }
        }
    }

    fn one<'t>(&mut self, tag: u8, inner: &'t Pattern, work: &mut Vec<Work<'t>>) {
        self.out.u8(tag);
        work.push(Work::Pattern(inner));
    }

    fn two<'t>(&mut self, tag: u8, first: &'t Pattern, second: &'t Pattern, work: &mut Vec<Work<'t>>) {
        self.out.u8(tag);
        work.extend([Work::Pattern(second), Work::Pattern(first)]);
    }

    /// A constructor or operation.
    fn member(&mut self, tag: u8, ty: TypeRef, index: u32) {
        self.out.u8(tag);
        self.type_ref(ty);
        self.out.varint(u64::from(index));
    }

    fn counted(&mut self, tag: u8, count: usize) {
        self.out.u8(tag);
        self.out.len(count);
    }

    fn abilities(&mut self, abilities: &[TypeRef]) {
        let out = take(&mut self.out);
        let mut written = Vec::new();
        for ability in abilities {
            self.type_ref(*ability);
            written.push(take(&mut self.out).finish());
        }
        self.out = out;
        written.sort();
        written.dedup();
        self.out.len(written.len());
        written.iter().for_each(|bytes| self.out.raw(bytes));
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Nat(n) => {
                self.out.u8(format::literal::NAT);
                self.out.varint(*n);
            }
            Literal::Int(n) => {
                self.out.u8(format::literal::INT);
                self.out.varint(((n << 1) ^ (n >> 63)) as u64);
            }
            Literal::Float(bits) => {
                self.out.u8(format::literal::FLOAT);
                let bits = if f64::from_bits(*bits).is_nan() { format::NAN } else { *bits };
                self.out.raw(&bits.to_le_bytes());
            }
            Literal::Char(c) => self.tagged(format::literal::CHAR, u32::from(*c)),
            Literal::Boolean(false) => self.out.u8(format::literal::FALSE),
            Literal::Boolean(true) => self.out.u8(format::literal::TRUE),
            Literal::Text(text) => {
                self.out.u8(format::literal::TEXT);
                self.out.text(text);
            }
            Literal::Bytes(bytes) => {
                self.out.u8(format::literal::BYTES);
                self.out.bytes(bytes);
            }
        }
    }
}

fn push_terms<'t>(work: &mut Vec<Work<'t>>, terms: &'t [Term]) {
    work.extend(terms.iter().rev().map(Work::Term));
}

fn push_patterns<'t>(work: &mut Vec<Work<'t>>, patterns: &'t [Pattern]) {
    work.extend(patterns.iter().rev().map(Work::Pattern));
}
