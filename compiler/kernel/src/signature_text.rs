//! Reads the types in the builtin table. The text is ours, so a mistake in it is a bug, found by the test that reads every row.
//!
//! Notation: `forall a. t`, `t ->{A, g} t`, application by juxtaposition, `[t]`, tuples, `Request {g} r`, and a computation `({g} t)` as a parameter or `{g} t` as the whole.

use crate::{Row, Signature, Type, TypeRef};
use builtin::BuiltinType;
use std::sync::Arc;

/// Reads a signature. Variables not bound otherwise are quantified in front, in order of first occurrence.
pub(crate) fn signature(text: &str) -> Signature {
    let mut free = Vec::new();
    let mut parser = Parser::new(text, &[]);
    parser.implicit = Some(&mut free);
    parser.whole();
    let mut parser = Parser::new(text, &free);
    let (body, by_name) = parser.whole();
    let ty = if free.is_empty() { body } else { Type::Forall(free.len() as u32, Arc::new(body)) };
    Signature { ty, by_name }
}

/// Reads a constructor's or operation's type below the parameters of its declaration.
pub(crate) fn below(text: &str, params: &[&str]) -> (Type, bool) {
    let params: Vec<String> = params.iter().map(|p| p.trim_matches(['{', '}']).to_string()).collect();
    Parser::new(text, &params).whole()
}

struct Parser<'t, 'i> {
    rest: &'t str,
    scope: Vec<String>,
    /// Where to collect variables that are not in scope, while looking for them.
    implicit: Option<&'i mut Vec<String>>,
}

impl<'t> Parser<'t, '_> {
    fn new(text: &'t str, scope: &[String]) -> Parser<'t, 'static> {
        Parser { rest: text, scope: scope.to_vec(), implicit: None }
    }

    fn whole(&mut self) -> (Type, bool) {
        let parsed = self.computation_or_type();
        assert!(self.peek().is_empty(), "left over in a builtin's type: {}", self.rest);
        parsed
    }

    fn peek(&mut self) -> &'t str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = self.peek().starts_with(symbol);
        if found {
            self.rest = &self.rest[symbol.len()..];
        }
        found
    }

    fn word(&mut self) -> Option<&'t str> {
        let text = self.peek();
        let end = text.find(|c: char| !c.is_alphanumeric() && !"._!".contains(c)).unwrap_or(text.len());
        let word = &text[..end];
        self.rest = &text[end..];
        (!word.is_empty()).then_some(word)
    }

    fn computation_or_type(&mut self) -> (Type, bool) {
        if !self.peek().starts_with('{') {
            return (self.ty(), false);
        }
        let row = self.row();
        (Type::delay(row, self.ty()), true)
    }

    fn ty(&mut self) -> Type {
        if let Some(rest) = self.peek().strip_prefix("forall ") {
            let (names, body) = rest.split_once('.').expect("a forall has a dot");
            self.rest = body;
            let names: Vec<String> = names.split_whitespace().map(String::from).collect();
            let outer = self.scope.len();
            self.scope.extend(names);
            let bound = (self.scope.len() - outer) as u32;
            let body = self.ty();
            self.scope.truncate(outer);
            return Type::Forall(bound, Arc::new(body));
        }
        let (arg, by_name) = self.application();
        if !self.eat("->") {
            assert!(!by_name, "a computation stands only before an arrow");
            return arg;
        }
        let row = if self.peek().starts_with('{') { self.row() } else { Row::empty() };
        Type::Fun { arg: Arc::new(arg), by_name, row, ret: Arc::new(self.ty()) }
    }

    fn application(&mut self) -> (Type, bool) {
        let (mut head, by_name) = self.atom().expect("a type");
        while let Some((arg, _)) = self.atom() {
            head = Type::apply(head, [arg]);
        }
        (head, by_name)
    }

    fn atom(&mut self) -> Option<(Type, bool)> {
        if self.eat("(") {
            let mut elements = Vec::new();
            let mut by_name = false;
            while !self.eat(")") {
                let (element, computation) = self.computation_or_type();
                by_name |= computation;
                elements.push(element);
                self.eat(",");
            }
            let single = elements.len() == 1;
            return Some((if single { elements.remove(0) } else { Type::tuple(elements) }, by_name));
        }
        if self.eat("[") {
            let element = self.ty();
            assert!(self.eat("]"), "a list type is closed");
            return Some((Type::list(element), false));
        }
        if self.peek().starts_with('{') {
            return Some((Type::Row(self.row()), false));
        }
        let word = self.word()?;
        Some((self.named(word), false))
    }

    fn named(&mut self, word: &str) -> Type {
        if word.starts_with(|c: char| c.is_lowercase()) && !word.contains('.') {
            return Type::Var(self.variable(word));
        }
        let ty = BuiltinType::from_name(word).unwrap_or_else(|| panic!("no builtin type {word}"));
        Type::Ref(TypeRef::Builtin(ty))
    }

    fn variable(&mut self, name: &str) -> u32 {
        if let Some(index) = self.scope.iter().rev().position(|bound| bound == name) {
            return index as u32;
        }
        let free = self.implicit.as_mut().unwrap_or_else(|| panic!("type variable {name} is not bound"));
        if !free.iter().any(|seen| seen == name) {
            free.push(name.to_string());
        }
        0
    }

    fn row(&mut self) -> Row {
        assert!(self.eat("{"), "a row opens");
        let (mut heads, mut vars) = (Vec::new(), Vec::new());
        while !self.eat("}") {
            match self.application().0 {
                Type::Var(var) => vars.push(var),
                head => heads.push(head),
            }
            self.eat(",");
        }
        Row::new(heads, vars)
    }
}
