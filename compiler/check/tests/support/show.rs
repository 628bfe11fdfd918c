//! Kernel terms as short text. Variables are named `v0`, `v1`, .. by depth, which also shows that every index is in scope.

use super::library::Library;
use check::Environment;
use kernel::{Literal, Pattern, Term, TermRef, TypeRef};

pub fn term(term: &Term, library: &Library) -> String {
    Show { library, depth: 0 }.term(term)
}

struct Show<'l> {
    library: &'l Library,
    depth: u32,
}

impl Show<'_> {
    fn bind(&mut self, n: u32) -> String {
        let names: Vec<String> = (self.depth..self.depth + n).map(|depth| format!("v{depth}")).collect();
        self.depth += n;
        names.join(" ")
    }

    fn ability(&self, ability: TypeRef) -> String {
        self.library.type_name(ability).map_or("?".to_string(), |name| name.to_string())
    }

    fn all(&mut self, terms: &[Term]) -> Vec<String> {
        terms.iter().map(|term| self.term(term)).collect()
    }

    fn term(&mut self, term: &Term) -> String {
        let outer = self.depth;
        let text = match term {
            Term::Local(index) => format!("v{}", self.depth.checked_sub(1 + index).expect("in scope")),
            Term::Ref(TermRef::Cycle(index)) => format!("cycle{index}"),
            Term::Ref(reference) => self.library.term_name(*reference).map_or("?".into(), |name| name.to_string()),
            Term::Constructor(TypeRef::Builtin(builtin::BuiltinType::Tuple(0)), _) => "()".to_string(),
            Term::Constructor(ty, index) | Term::Operation(ty, index) => self.library.member_name(*ty, *index),
            Term::Literal(Literal::Nat(n)) => n.to_string(),
            Term::Literal(Literal::Boolean(value)) => value.to_string(),
            Term::Literal(Literal::Text(text)) => format!("{text:?}"),
            Term::Literal(Literal::Bytes(bytes)) => match &bytes[..] {
                [] => "open".to_string(),
                hash => format!("hash {:02x}{:02x}", hash[0], hash[1]),
            },
            Term::Literal(literal) => format!("{literal:?}"),
            Term::List(elements) => format!("[{}]", self.all(elements).join(", ")),
            Term::App(head, args) => format!("({} · {})", self.term(head), self.all(args).join(" ")),
            Term::Lambda(n, body) => {
                let names = self.bind(*n);
                format!("(\\{names} {})", self.term(body))
            }
            Term::Let(bindings, body) => {
                let mut texts = Vec::new();
                for binding in bindings {
                    let value = self.term(binding);
                    texts.push(format!("{} = {value}", self.bind(1)));
                }
                format!("let {} in {}", texts.join("; "), self.term(body))
            }
            Term::LetRec(bindings, body) => {
                let names = self.bind(bindings.len() as u32);
                format!("rec {names} = {} in {}", self.all(bindings).join("; "), self.term(body))
            }
            Term::If(a, b, c) => format!("if {} then {} else {}", self.term(a), self.term(b), self.term(c)),
            Term::Match(scrutinee, cases) => {
                let scrutinee = self.term(scrutinee);
                let cases: Vec<String> = cases.iter().map(|case| self.case(case)).collect();
                format!("match {scrutinee} {{{}}}", cases.join("; "))
            }
            Term::Handle { abilities, body, handler } => {
                let abilities: Vec<String> = abilities.iter().map(|ability| self.ability(*ability)).collect();
                let body = self.term(body);
                format!("handle<{}> {body} with {}", abilities.join(", "), self.term(handler))
            }
            Term::Row(abilities) => {
                let abilities: Vec<String> = abilities.iter().map(|ability| self.ability(*ability)).collect();
                format!("<{}>", abilities.join(", "))
            }
            Term::TermLink(reference) => {
                format!("link {}", self.library.term_name(*reference).map_or("?".into(), |name| name.to_string()))
            }
            Term::TypeLink(ty) => format!("link {}", self.ability(*ty)),
        };
        self.depth = outer;
        text
    }

    fn case(&mut self, case: &kernel::Case) -> String {
        let outer = self.depth;
        let pattern = self.pattern(&case.pattern);
        let guard = case.guard.as_ref().map_or(String::new(), |guard| format!(" | {}", self.term(guard)));
        let text = format!("{pattern}{guard} -> {}", self.term(&case.body));
        self.depth = outer;
        text
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> Vec<String> {
        patterns.iter().map(|pattern| self.pattern(pattern)).collect()
    }

    fn pattern(&mut self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Any => "_".to_string(),
            Pattern::Var => self.bind(1),
            Pattern::Literal(literal) => self.term(&Term::Literal(literal.clone())),
            Pattern::Constructor(ty, index, fields) => {
                let name = self.library.member_name(*ty, *index);
                format!("({})", [vec![name], self.patterns(fields)].concat().join(" "))
            }
            Pattern::As(inner) => format!("{}@{}", self.bind(1), self.pattern(inner)),
            Pattern::List(elements) => format!("[{}]", self.patterns(elements).join(", ")),
            Pattern::Cons(first, rest) => format!("{} +: {}", self.pattern(first), self.pattern(rest)),
            Pattern::Snoc(front, last) => format!("{} :+ {}", self.pattern(front), self.pattern(last)),
            Pattern::Prefix(elements, rest) => {
                format!("[{}] ++ {}", self.patterns(elements).join(", "), self.pattern(rest))
            }
            Pattern::Suffix(front, elements) => {
                format!("{} ++ [{}]", self.pattern(front), self.patterns(elements).join(", "))
            }
            Pattern::Pure(inner) => format!("{{{}}}", self.pattern(inner)),
            Pattern::Request { ability, operation, args, resume } => {
                let name = self.library.member_name(*ability, *operation);
                let parts = [vec![name], self.patterns(args)].concat().join(" ");
                format!("{{{parts} -> {}}}", self.pattern(resume))
            }
        }
    }
}
