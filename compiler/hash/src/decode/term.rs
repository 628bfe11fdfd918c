//! Terms, patterns and literals.

use super::Decoder;
use crate::dismantle::{dismantle_pattern, dismantle_term};
use crate::format;
use base::bytes::DecodeError;
use kernel::{Case, Literal, Pattern, Term, TypeRef};

/// What is still to be done, last first. A count stands for so many items, so that a false one costs nothing.
enum Step {
    Term,
    Terms(usize),
    /// Terms each of which is in scope of those after it.
    Bindings(usize),
    /// One variable more is in scope.
    Bind,
    /// So many variables are in scope again.
    Scope(u64),
    Cases(usize),
    Pattern,
    Patterns(usize),
    BuildTerm(TermNode),
    BuildCase {
        guard: bool,
    },
    BuildPattern(PatternNode),
}

/// A term that waits for its parts: so many, where their number varies.
enum TermNode {
    List(usize),
    App(usize),
    Lambda(u32),
    Let(usize),
    LetRec(usize),
    If,
    Match(usize),
    Handle(Vec<TypeRef>),
}

/// A pattern that waits for its parts.
enum PatternNode {
    Constructor(TypeRef, u32, usize),
    As,
    List(usize),
    Cons,
    Snoc,
    Prefix(usize),
    Suffix(usize),
    Pure,
    Request(TypeRef, u32, usize),
}

/// The state of reading one term.
struct Reading {
    work: Vec<Step>,
    /// How many `Build` steps there are in `work`.
    depth: usize,
    /// How many variables are in scope.
    scope: u64,
    terms: Vec<Term>,
    cases: Vec<Case>,
    patterns: Vec<Pattern>,
}

impl Decoder<'_> {
    /// A closed term.
    pub fn term(&mut self) -> Result<Term, DecodeError> {
        let work = vec![Step::Term];
        let mut reading =
            Reading { work, depth: 0, scope: 0, terms: Vec::new(), cases: Vec::new(), patterns: Vec::new() };
        while let Some(step) = reading.work.pop() {
            if let Err(error) = self.step(step, &mut reading) {
                reading.dismantle();
                return Err(error);
            }
        }
        Ok(reading.term())
    }

    fn step(&mut self, step: Step, reading: &mut Reading) -> Result<(), DecodeError> {
        match step {
            Step::Term => self.term_front(reading)?,
            Step::Pattern => self.pattern_front(reading)?,
            Step::Terms(0) | Step::Bindings(0) | Step::Cases(0) | Step::Patterns(0) => {}
            Step::Terms(n) => reading.work.extend([Step::Terms(n - 1), Step::Term]),
            Step::Bindings(n) => reading.work.extend([Step::Bindings(n - 1), Step::Bind, Step::Term]),
            Step::Patterns(n) => reading.work.extend([Step::Patterns(n - 1), Step::Pattern]),
            Step::Cases(n) => {
                let guard = self.flag()?;
                reading.work.extend([Step::Cases(n - 1), Step::Scope(reading.scope)]);
                self.deeper_term(reading)?;
                reading.work.extend([Step::BuildCase { guard }, Step::Terms(1 + usize::from(guard)), Step::Pattern]);
            }
            Step::Bind => reading.scope += 1,
            Step::Scope(scope) => reading.scope = scope,
            Step::BuildTerm(node) => reading.build_term(node)?,
            Step::BuildCase { guard } => reading.build_case(guard),
            Step::BuildPattern(node) => reading.build_pattern(node),
        }
        Ok(())
    }

    fn deeper_term(&self, reading: &mut Reading) -> Result<(), DecodeError> {
        reading.depth += 1;
        if reading.depth > self.limits.term_depth { Err(DecodeError::OverBudget) } else { Ok(()) }
    }

    /// Reads a term up to its first part: the whole of it if it has none, otherwise its parts are put on the stack.
    fn term_front(&mut self, reading: &mut Reading) -> Result<(), DecodeError> {
        let tag = self.reader.u8()?;
        let leaf = match tag {
            format::term::LOCAL => Term::Local(self.local(reading.scope)?),
            format::term::REF => Term::Ref(self.term_ref()?),
            format::term::CONSTRUCTOR => Term::Constructor(self.type_ref()?, self.reader.u32()?),
            format::term::OPERATION => Term::Operation(self.type_ref()?, self.reader.u32()?),
            format::term::LITERAL => Term::Literal(self.literal()?),
            format::term::ROW => Term::Row(self.abilities()?),
            format::term::TERM_LINK => Term::TermLink(self.term_ref()?),
            format::term::TYPE_LINK => Term::TypeLink(self.type_ref()?),
            _ => return self.term_parts(tag, reading),
        };
        reading.terms.push(leaf);
        Ok(())
    }

    fn term_parts(&mut self, tag: u8, reading: &mut Reading) -> Result<(), DecodeError> {
        let outer = reading.scope;
        let (node, parts) = match tag {
            format::term::LIST => {
                let n = self.reader.count()?;
                (TermNode::List(n), vec![Step::Terms(n)])
            }
            format::term::APP => {
                let n = self.reader.count()?;
                (TermNode::App(n), vec![Step::Terms(n), Step::Term])
            }
            format::term::LAMBDA => {
                let vars = self.binders()?;
                reading.scope += u64::from(vars);
                (TermNode::Lambda(vars), vec![Step::Scope(outer), Step::Term])
            }
            format::term::LET => {
                let n = self.bindings()?;
                (TermNode::Let(n), vec![Step::Scope(outer), Step::Term, Step::Bindings(n)])
            }
            format::term::LET_REC => {
                let n = self.bindings()?;
                reading.scope += n as u64;
                (TermNode::LetRec(n), vec![Step::Scope(outer), Step::Term, Step::Terms(n)])
            }
            format::term::IF => (TermNode::If, vec![Step::Terms(3)]),
            format::term::MATCH => {
                let n = self.reader.count()?;
                (TermNode::Match(n), vec![Step::Cases(n), Step::Term])
            }
            format::term::HANDLE => (TermNode::Handle(self.abilities()?), vec![Step::Terms(2)]),
            _ => return Err(DecodeError::BadTag("term", u64::from(tag))),
        };
        self.deeper_term(reading)?;
        reading.work.push(Step::BuildTerm(node));
        reading.work.extend(parts);
        Ok(())
    }

    fn pattern_front(&mut self, reading: &mut Reading) -> Result<(), DecodeError> {
        let tag = self.reader.u8()?;
        let leaf = match tag {
            format::pattern::ANY => Pattern::Any,
            format::pattern::VAR => {
                reading.scope += 1;
                Pattern::Var
            }
            format::pattern::LITERAL => match self.literal()? {
                Literal::Float(_) => return Err(DecodeError::Forbidden("a float as a pattern")),
                literal => Pattern::Literal(literal),
            },
            _ => return self.pattern_parts(tag, reading),
        };
        reading.patterns.push(leaf);
        Ok(())
    }

    fn pattern_parts(&mut self, tag: u8, reading: &mut Reading) -> Result<(), DecodeError> {
        let (node, parts) = match tag {
            format::pattern::CONSTRUCTOR => {
                let (ty, index, n) = (self.type_ref()?, self.reader.u32()?, self.reader.count()?);
                (PatternNode::Constructor(ty, index, n), n)
            }
            format::pattern::AS => {
                reading.scope += 1;
                (PatternNode::As, 1)
            }
            format::pattern::LIST => {
                let n = self.reader.count()?;
                (PatternNode::List(n), n)
            }
            format::pattern::CONS => (PatternNode::Cons, 2),
            format::pattern::SNOC => (PatternNode::Snoc, 2),
            format::pattern::PREFIX => {
                let n = self.reader.count()?;
                (PatternNode::Prefix(n), n + 1)
            }
            format::pattern::SUFFIX => {
                let n = self.reader.count()?;
                (PatternNode::Suffix(n), n + 1)
            }
            format::pattern::PURE => (PatternNode::Pure, 1),
            format::pattern::REQUEST => {
                let (ability, operation, n) = (self.type_ref()?, self.reader.u32()?, self.reader.count()?);
                (PatternNode::Request(ability, operation, n), n + 1)
            }
            _ => return Err(DecodeError::BadTag("pattern", u64::from(tag))),
        };
        self.deeper_term(reading)?;
        reading.work.extend([Step::BuildPattern(node), Step::Patterns(parts)]);
        Ok(())
    }

    fn local(&mut self, scope: u64) -> Result<u32, DecodeError> {
        let index = self.reader.u32()?;
        let bound = u64::from(index) < scope;
        bound.then_some(index).ok_or(DecodeError::Forbidden("a variable that is not in scope"))
    }

    fn bindings(&mut self) -> Result<usize, DecodeError> {
        match self.reader.count()? {
            0 => Err(DecodeError::Forbidden("a binder of no variable")),
            n => Ok(n),
        }
    }

    fn abilities(&mut self) -> Result<Vec<TypeRef>, DecodeError> {
        let mut abilities = self.ascending(|decoder| decoder.type_ref())?;
        abilities.sort_unstable();
        Ok(abilities)
    }

    fn literal(&mut self) -> Result<Literal, DecodeError> {
        let tag = self.reader.u8()?;
        Ok(match tag {
            format::literal::NAT => Literal::Nat(self.reader.varint()?),
            format::literal::INT => {
                let zigzag = self.reader.varint()?;
                Literal::Int((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
            }
            format::literal::FLOAT => Literal::Float(self.float()?),
            format::literal::CHAR => {
                let scalar = self.reader.u32()?;
                Literal::Char(char::from_u32(scalar).ok_or(DecodeError::BadTag("character", u64::from(scalar)))?)
            }
            format::literal::FALSE => Literal::Boolean(false),
            format::literal::TRUE => Literal::Boolean(true),
            format::literal::TEXT => Literal::Text(self.reader.text()?.into()),
            format::literal::BYTES => Literal::Bytes(self.reader.bytes()?.into()),
            _ => return Err(DecodeError::BadTag("literal", u64::from(tag))),
        })
    }

    fn float(&mut self) -> Result<u64, DecodeError> {
        let bits = u64::from_le_bytes(self.reader.raw(8)?.try_into().expect("8 bytes were asked for"));
        let canonical = bits == format::NAN || !f64::from_bits(bits).is_nan();
        canonical.then_some(bits).ok_or(DecodeError::Forbidden("a NaN that is not the canonical one"))
    }
}

impl Reading {
    fn build_term(&mut self, node: TermNode) -> Result<(), DecodeError> {
        self.depth -= 1;
        let term = match node {
            TermNode::List(n) => Term::List(self.last_terms(n)),
            TermNode::App(n) => {
                check_head(&self.terms[self.terms.len() - n - 1], n)?;
                let args = self.last_terms(n);
                Term::App(self.boxed(), args)
            }
            TermNode::Lambda(vars) => Term::Lambda(vars, self.boxed()),
            TermNode::Let(n) => {
                let body = self.boxed();
                Term::Let(self.last_terms(n), body)
            }
            TermNode::LetRec(n) => {
                let bindings = &self.terms[self.terms.len() - n - 1..self.terms.len() - 1];
                if !bindings.iter().all(|binding| matches!(binding, Term::Lambda(..))) {
                    return Err(DecodeError::Forbidden("a recursive binding that is not a lambda"));
                }
                let body = self.boxed();
                Term::LetRec(self.last_terms(n), body)
            }
            TermNode::If => {
                let (otherwise, then, condition) = (self.boxed(), self.boxed(), self.boxed());
                Term::If(condition, then, otherwise)
            }
            TermNode::Match(n) => Term::Match(self.boxed(), last(&mut self.cases, n)),
            TermNode::Handle(abilities) => {
                let (handler, body) = (self.boxed(), self.boxed());
                Term::Handle { abilities, body, handler }
            }
        };
        self.terms.push(term);
        Ok(())
    }

    fn build_case(&mut self, guard: bool) {
        self.depth -= 1;
        let body = self.term();
        let guard = guard.then(|| self.term());
        let pattern = self.patterns.pop().expect("a case has read its pattern");
        self.cases.push(Case { pattern, guard, body });
    }

    fn build_pattern(&mut self, node: PatternNode) {
        self.depth -= 1;
        let pattern = match node {
            PatternNode::Constructor(ty, index, n) => Pattern::Constructor(ty, index, self.last_patterns(n)),
            PatternNode::As => Pattern::As(self.boxed_pattern()),
            PatternNode::List(n) => Pattern::List(self.last_patterns(n)),
            PatternNode::Cons => {
                let (rest, first) = (self.boxed_pattern(), self.boxed_pattern());
                Pattern::Cons(first, rest)
            }
            PatternNode::Snoc => {
                let (last, rest) = (self.boxed_pattern(), self.boxed_pattern());
                Pattern::Snoc(rest, last)
            }
            PatternNode::Prefix(n) => {
                let rest = self.boxed_pattern();
                Pattern::Prefix(self.last_patterns(n), rest)
            }
            PatternNode::Suffix(n) => {
                let elements = self.last_patterns(n);
                Pattern::Suffix(self.boxed_pattern(), elements)
            }
            PatternNode::Pure => Pattern::Pure(self.boxed_pattern()),
            PatternNode::Request(ability, operation, n) => {
                let resume = self.boxed_pattern();
                Pattern::Request { ability, operation, args: self.last_patterns(n), resume }
            }
        };
        self.patterns.push(pattern);
    }

    fn term(&mut self) -> Term {
        self.terms.pop().expect("every step leaves one term")
    }

    fn boxed(&mut self) -> Box<Term> {
        Box::new(self.term())
    }

    fn last_terms(&mut self, n: usize) -> Vec<Term> {
        last(&mut self.terms, n)
    }

    fn boxed_pattern(&mut self) -> Box<Pattern> {
        Box::new(self.patterns.pop().expect("every step leaves one pattern"))
    }

    fn last_patterns(&mut self, n: usize) -> Vec<Pattern> {
        last(&mut self.patterns, n)
    }

    fn dismantle(self) {
        self.terms.into_iter().for_each(dismantle_term);
        self.patterns.into_iter().for_each(dismantle_pattern);
        for case in self.cases {
            dismantle_pattern(case.pattern);
            case.guard.into_iter().chain([case.body]).for_each(dismantle_term);
        }
    }
}

fn check_head(head: &Term, args: usize) -> Result<(), DecodeError> {
    match head {
        Term::App(..) => Err(DecodeError::Forbidden("an application of an application")),
        Term::Operation(..) => Ok(()),
        _ if args == 0 => Err(DecodeError::Forbidden("an application to nothing")),
        _ => Ok(()),
    }
}

/// The last `n` items, in a vector no larger than they need (`split_off` may hand out all of the stack's capacity).
fn last<T>(items: &mut Vec<T>, n: usize) -> Vec<T> {
    items.drain(items.len() - n..).collect()
}
