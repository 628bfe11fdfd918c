//! What the grammar's actions call: lexemes to nodes of the tree, and the few checks that need a node as a whole.

use crate::habit::Habit;
use crate::lexeme::{Lexeme, Terminal};
use crate::literal;
use crate::operators::Chain;
use crate::problem::Problem;
use crate::token::TokenKind;
use crate::tree::*;
use base::{Name, Span};
use std::cell::RefCell;

/// What stands between two separators, before signatures are joined with their bindings.
#[derive(Debug)]
pub enum Line {
    Namespace(Ident),
    Type(TypeDeclaration),
    Ability(AbilityDeclaration),
    Watch(Watch),
    Use(Use),
    Signature(Span, Ident, TypeExpr),
    Binding {
        binding: Binding,
        arrow: bool,
    },
    Destructure {
        span: Span,
        pattern: Pattern,
        body: Expr,
        arrow: bool,
    },
    Expr(Expr),
    /// A doc literal between the items of a file.
    Doc(Expr),
    /// A block that is read on its own.
    Block(Expr),
}

/// The lexemes of one item, and what is found to be wrong with it.
pub struct Builder<'t> {
    text: &'t str,
    lexemes: &'t [Lexeme],
    /// In how many doc literals they stand.
    level: usize,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Builder<'t> {
    pub fn new(text: &'t str, lexemes: &'t [Lexeme], level: usize) -> Builder<'t> {
        Builder { text, lexemes, level, problems: RefCell::default() }
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// The place of the lexemes `l..r`, without the marks at its ends.
    pub fn span(&self, l: usize, r: usize) -> Span {
        let inside = self.lexemes.get(l..r).unwrap_or(&[]);
        let first = inside.iter().find(|x| !x.terminal.is_mark());
        let last = inside.iter().rfind(|x| !x.terminal.is_mark());
        match (first, last) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => self.lexemes.get(l).or(self.lexemes.last()).map_or(Span::default(), |x| x.span.start_point()),
        }
    }

    fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    pub fn ident(&self, l: usize, r: usize) -> Ident {
        let span = self.span(l, r);
        // The `=` of a condition, which was reported, is read as what was meant.
        let text = if self.slice(span) == "=" { "==" } else { self.slice(span) };
        Ident { name: name(text), span }
    }

    pub fn guid(&self, l: usize, r: usize) -> DeclaredIdentity {
        let text = self.slice(self.span(l, r));
        let guid = text.trim_start_matches("unique").trim_start_matches('[').trim_end_matches(']');
        DeclaredIdentity::Guid(guid.trim().to_string())
    }

    // Items and statements.

    /// A watch; `l` is its mark, which has the word before `>` if it is `named`.
    pub fn watch(&self, l: usize, r: usize, named: bool, watched: Line) -> Line {
        let span = self.span(l, r);
        let kind = named.then(|| {
            let mark = self.lexemes[l].span;
            let word = Span { end: mark.end - 1, ..mark };
            Ident { name: name(self.slice(word)), span: word }
        });
        let (name, expr) = match watched {
            Line::Binding { binding, .. } if binding.params.is_empty() => (Some(binding.name), binding.body),
            Line::Binding { binding, .. } => {
                let kind = ExprKind::Lambda(binding.params, Box::new(binding.body));
                (Some(binding.name), Expr { span: binding.span, kind })
            }
            Line::Expr(expr) => (None, expr),
            Line::Destructure { span, .. } => {
                self.report(Problem::PatternAtTopLevel { span });
                (None, Expr { span, kind: ExprKind::Error })
            }
            _ => (None, Expr { span, kind: ExprKind::Error }),
        };
        Line::Watch(Watch { span, kind, name, expr })
    }

    pub fn binding(&self, l: usize, r: usize, name: Ident, params: Vec<Pattern>, arrow: bool, body: Expr) -> Line {
        let span = self.span(l, r);
        if name.name.as_str().starts_with(char::is_uppercase) && params.iter().any(|param| is_refutable(&param.kind)) {
            // No parameter would be like that: a value was to be taken apart. That not every value can be is told by coverage.
            let end = params.last().map_or(name.span.end, |last| last.span.end);
            let pattern = Pattern { span: Span { end, ..name.span }, kind: PatternKind::Constructor(name, params) };
            return Line::Destructure { span, pattern, body, arrow };
        }
        let params = self.parameters(params);
        if name.name.as_str().starts_with('_') && params.is_empty() {
            let pattern = Pattern { span: name.span, kind: PatternKind::Wild };
            return Line::Destructure { span, pattern, body, arrow };
        }
        Line::Binding { binding: Binding { span, name, signature: None, params, body }, arrow }
    }

    pub fn destructure(&self, l: usize, r: usize, pattern: Pattern, arrow: bool, body: Expr) -> Line {
        Line::Destructure { span: self.span(l, r), pattern, body, arrow }
    }

    /// The value of a block: itself if it is one expression.
    pub fn block(&self, l: usize, r: usize, lines: Vec<Line>) -> Expr {
        let mut problems = self.problems.borrow_mut();
        let (statements, has_arrow) = crate::items::statements(lines, &mut problems);
        match <[Statement; 1]>::try_from(statements) {
            Ok([Statement::Expr(expr)]) => expr,
            Ok([only]) => self.expr(l, r, ExprKind::Block(Block { statements: vec![only], has_arrow })),
            Err(statements) => self.expr(l, r, ExprKind::Block(Block { statements, has_arrow })),
        }
    }

    pub fn type_declaration(
        &self,
        l: usize,
        r: usize,
        identity: DeclaredIdentity,
        name: Ident,
        params: Vec<Ident>,
        body: TypeBody,
    ) -> TypeDeclaration {
        TypeDeclaration { span: self.span(l, r), identity, name, params, body }
    }

    // Expressions.

    pub fn expr(&self, l: usize, r: usize, kind: ExprKind) -> Expr {
        Expr { span: self.span(l, r), kind }
    }

    /// Operands and operators as a tree.
    pub fn chain(&self, chain: Chain) -> Expr {
        let (chain, words) = chain.logical();
        for Ident { name, span } in words {
            self.report(Problem::Habit { span, what: Habit::Logic(name.to_string()) });
        }
        chain.group()
    }

    pub fn literal(&self, l: usize, r: usize) -> Expr {
        let kind = self.decode(l).map_or(ExprKind::Error, ExprKind::Literal);
        self.expr(l, r, kind)
    }

    /// `{{ .. }}`
    pub fn doc(&self, l: usize, r: usize) -> Expr {
        crate::doc::read(self.text, self.span(l, r), self.level, &mut self.problems.borrow_mut())
    }

    /// The value of a literal lexeme; nothing if it has none, which the lexer has reported.
    fn decode(&self, at: usize) -> Option<Literal> {
        let lexeme = self.lexemes.get(at)?;
        match lexeme.terminal {
            Terminal::Token(kind) => literal::decode(kind, self.text, lexeme.span).ok(),
            _ => None,
        }
    }

    /// An application whose head is not one.
    pub fn app(&self, l: usize, r: usize, function: Expr, mut args: Vec<Expr>) -> Expr {
        let span = self.span(l, r);
        let kind = match function.kind {
            ExprKind::App(head, mut before) => {
                before.append(&mut args);
                ExprKind::App(head, before)
            }
            kind => ExprKind::App(Box::new(Expr { kind, ..function }), args),
        };
        Expr { span, kind }
    }

    /// `'e`; `'let` is the delay of a block.
    pub fn quote(&self, l: usize, r: usize, body: Expr) -> Expr {
        let quoted = !self.lexemes.get(l + 1).is_some_and(|next| next.is(TokenKind::Let));
        self.expr(l, r, ExprKind::Delay { quoted, body: Box::new(body) })
    }

    pub fn lambda(&self, l: usize, r: usize, params: Vec<Pattern>, body: Expr) -> Expr {
        if let Some(span) = case_of(&params) {
            // What was read as parameters further on are its cases.
            let whole = self.span(l, r);
            self.problems.borrow_mut().retain(|p| {
                !matches!(p, Problem::RefutableParameter { span, .. } if whole.start <= span.start && span.end <= whole.end)
            });
            self.report(Problem::CaseOf { span });
            return self.expr(l, r, ExprKind::Error);
        }
        self.expr(l, r, ExprKind::Lambda(self.parameters(params), Box::new(body)))
    }

    /// Parameters: what takes every value. Others are reported, and an error in their place.
    fn parameters(&self, mut params: Vec<Pattern>) -> Vec<Pattern> {
        params.iter_mut().for_each(|p| self.check_parameter(p));
        params
    }

    fn check_parameter(&self, pattern: &mut Pattern) {
        match &mut pattern.kind {
            PatternKind::Constructor(name, fields) if fields.is_empty() && name.name.as_str().contains('.') => {
                self.report(Problem::DottedParameter { span: pattern.span });
                pattern.kind = PatternKind::Error;
            }
            PatternKind::Tuple(elements) => elements.iter_mut().for_each(|p| self.check_parameter(p)),
            kind if is_refutable(kind) => {
                let whole = pattern.span;
                let is_part = |problem: &Problem| matches!(problem, Problem::PatternOperator { span } if whole.start <= span.start && span.end <= whole.end);
                self.problems.borrow_mut().retain(|problem| !is_part(problem));
                let list = !matches!(kind, PatternKind::Literal(_));
                self.report(Problem::RefutableParameter { span: whole, list });
                pattern.kind = unread(&[pattern]);
            }
            _ => {}
        }
    }

    /// A case that could not be read, which may take anything.
    pub fn unreadable_case(&self, l: usize, r: usize) -> Case {
        let pattern = self.pattern(l, r, PatternKind::Error);
        let body = GuardedBody { guard: None, body: self.expr(l, r, ExprKind::Error) };
        Case { span: pattern.span, patterns: vec![pattern], bodies: vec![body] }
    }

    /// A guarded body; the guard `otherwise` is none.
    pub fn guarded(&self, guard: Expr, body: Expr) -> GuardedBody {
        let otherwise = matches!(&guard.kind, ExprKind::Name(name) if name.as_str() == "otherwise");
        GuardedBody { guard: (!otherwise).then_some(guard), body }
    }

    // Patterns.

    pub fn pattern(&self, l: usize, r: usize, kind: PatternKind) -> Pattern {
        Pattern { span: self.span(l, r), kind }
    }

    /// A name alone: a constructor if it is capitalised or has a dot, else a variable.
    pub fn name_pattern(&self, ident: Ident) -> Pattern {
        let (span, text) = (ident.span, ident.name.as_str());
        let constructor = text.contains('.') || text.starts_with(char::is_uppercase);
        let kind = if text.starts_with('_') {
            PatternKind::Wild
        } else if constructor {
            PatternKind::Constructor(ident, Vec::new())
        } else {
            PatternKind::Var(ident)
        };
        Pattern { span, kind }
    }

    pub fn literal_pattern(&self, l: usize, r: usize) -> Pattern {
        let value = self.decode(l);
        if matches!(value, Some(Literal::Float(_))) {
            self.report(Problem::FloatPattern { span: self.span(l, r) });
            return self.pattern(l, r, PatternKind::Error);
        }
        self.pattern(l, r, value.map_or(PatternKind::Error, PatternKind::Literal))
    }

    pub fn tuple_pattern(&self, l: usize, r: usize, first: Pattern, mut rest: Vec<Pattern>) -> Pattern {
        rest.insert(0, first);
        self.pattern(l, r, PatternKind::Tuple(rest))
    }

    pub fn pattern_operator(&self, l: usize, r: usize, left: Pattern, operator: Ident, right: Pattern) -> Pattern {
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = match operator.name.last() {
            "+:" => PatternKind::Cons(left, right),
            ":+" => PatternKind::Snoc(left, right),
            "++" => PatternKind::Concat(left, right),
            // What layout has read as this, and told.
            _ if matches!(operator.name.as_str(), "|" | "..") => PatternKind::Cons(left, right),
            ":" if matches!(right.kind, PatternKind::Error) => unread(&[&left]),
            written => {
                self.report(Problem::PatternOperator { span: operator.span });
                // Other languages write `x : xs` and `x :: xs`: what it binds is not missed then.
                if matches!(written, "::" | ":") { PatternKind::Cons(left, right) } else { unread(&[&left, &right]) }
            }
        };
        self.pattern(l, r, kind)
    }

    /// `{ op a b -> k }`, of which `op a b` was read as a pattern.
    pub fn request_pattern(&self, l: usize, r: usize, request: Pattern, resume: Pattern) -> Pattern {
        let span = request.span;
        let kind = match request.kind {
            PatternKind::Var(operation) => {
                PatternKind::Request { operation, args: Vec::new(), resume: Box::new(resume) }
            }
            PatternKind::Constructor(operation, args) => {
                PatternKind::Request { operation, args, resume: Box::new(resume) }
            }
            PatternKind::Error => PatternKind::Error,
            _ => {
                self.report(Problem::NotAnOperation { span });
                PatternKind::Error
            }
        };
        self.pattern(l, r, kind)
    }

    // Types.

    pub fn typed(&self, l: usize, r: usize, kind: TypeKind) -> TypeExpr {
        TypeExpr { span: self.span(l, r), kind }
    }

    /// An application whose head is not one.
    pub fn type_app(&self, l: usize, r: usize, head: TypeExpr, mut args: Vec<TypeExpr>) -> TypeExpr {
        let kind = match head.kind {
            TypeKind::App(head, mut before) => {
                before.append(&mut args);
                TypeKind::App(head, before)
            }
            kind => TypeKind::App(Box::new(TypeExpr { kind, ..head }), args),
        };
        self.typed(l, r, kind)
    }
}

/// Whether a pattern does not take every value, whatever its type is.
fn is_refutable(pattern: &PatternKind) -> bool {
    use PatternKind::*;
    matches!(pattern, Literal(_) | List(_) | Cons(..) | Snoc(..) | Concat(..))
}

/// The place of `case .. of`, which other languages have for `match .. with`, in what was read as parameters.
fn case_of(params: &[Pattern]) -> Option<Span> {
    let is = |pattern: &&Pattern, word| matches!(&pattern.kind, PatternKind::Var(name) if name.name.as_str() == word);
    let first = params.first().filter(|p| is(p, "case"))?;
    params.iter().find(|p| is(p, "of")).map(|last| first.span.to(last.span))
}

/// A pattern that could not be read, but whose variables are there.
fn unread(parts: &[&Pattern]) -> PatternKind {
    fn variables(part: &Pattern) -> Vec<Ident> {
        match &part.kind {
            PatternKind::Var(ident) => vec![ident.clone()],
            PatternKind::As(ident, inner) => [vec![ident.clone()], variables(inner)].concat(),
            PatternKind::Constructor(_, parts) | PatternKind::Tuple(parts) | PatternKind::List(parts) => {
                parts.iter().flat_map(variables).collect()
            }
            PatternKind::Cons(left, right) | PatternKind::Snoc(left, right) | PatternKind::Concat(left, right) => {
                [variables(left), variables(right)].concat()
            }
            _ => Vec::new(),
        }
    }
    parts.iter().flat_map(|part| variables(part)).fold(PatternKind::Error, |kind, ident| {
        let inner = Pattern { span: ident.span, kind };
        PatternKind::As(ident, Box::new(inner))
    })
}

/// A name as written, without back-quotes.
pub fn name(text: &str) -> Name {
    if text.contains('`') { Name::new(text.replace('`', "")) } else { Name::new(text) }
}
