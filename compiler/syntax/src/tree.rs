//! The syntax tree: what was written, with places, before any name means anything.
//!
//! Operators are already grouped by precedence, layout is gone, and a signature line has been joined with its binding.
//! Comments and blank lines are not in the tree but in the trivia of [`File::tokens`]; every item and binding knows its tokens.
//!
//! **Invariant:** no tree nests deeper than `base::limits::NESTING_MAX` allows, so phases may recurse over it.

use crate::token::{Token, TokenKind};
use base::{Name, SourceId, Span};
use std::ops::Range;

/// A parsed file. Items stand in source order.
#[derive(Clone, Debug)]
pub struct File {
    pub source: SourceId,
    pub tokens: Vec<Token>,
    /// From a `namespace a.b` line at the head of the file.
    pub namespace: Option<Name>,
    pub items: Vec<Item>,
    /// Names that stand in items which could not be read (as a whole), and may be defined there.
    pub unread: Vec<Name>,
}

/// A doc literal above a definition `x` is an item of its own, a binding of `x.doc`.
#[derive(Clone, Debug)]
pub struct Item {
    pub span: Span,
    /// The item's tokens (indices into [`File::tokens`]), its signature line included.
    pub tokens: Range<usize>,
    pub kind: ItemKind,
}

#[derive(Clone, Debug)]
pub enum ItemKind {
    Binding(Binding),
    Type(TypeDeclaration),
    Ability(AbilityDeclaration),
    Use(Use),
    Watch(Watch),
}

impl ItemKind {
    /// What it gives a name to.
    pub fn defines(&self) -> Option<&Ident> {
        match self {
            ItemKind::Binding(binding) => Some(&binding.name),
            ItemKind::Type(declaration) => Some(&declaration.name),
            ItemKind::Ability(declaration) => Some(&declaration.name),
            ItemKind::Use(_) | ItemKind::Watch(_) => None,
        }
    }
}

impl File {
    /// The name of an item that is no more than a doc literal: what stands below it gives it one.
    pub fn literal_name<'i>(&self, item: &'i Item) -> Option<&'i Name> {
        let starts = self.tokens.get(item.tokens.start).is_some_and(|token| token.kind == TokenKind::Doc);
        match &item.kind {
            ItemKind::Binding(binding) if starts => Some(&binding.name.name),
            _ => None,
        }
    }
}

/// A name as it was written, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ident {
    pub name: Name,
    pub span: Span,
}

/// `use Prefix a b +` brings `Prefix.a` .. in as `a`; without names, everything below `Prefix`.
#[derive(Clone, Debug)]
pub struct Use {
    pub span: Span,
    pub prefix: Ident,
    pub names: Vec<Ident>,
}

/// `> e` or `test> name = e`.
#[derive(Clone, Debug)]
pub struct Watch {
    pub span: Span,
    /// The word before `>`, such as `test`; none for a plain watch.
    pub kind: Option<Ident>,
    pub name: Option<Ident>,
    pub expr: Expr,
}

/// `name : type` and `name params = body`, or one written `name <- body`.
#[derive(Clone, Debug)]
pub struct Binding {
    pub span: Span,
    pub name: Ident,
    pub signature: Option<TypeExpr>,
    pub params: Vec<Pattern>,
    pub body: Expr,
}

#[derive(Clone, Debug)]
pub struct TypeDeclaration {
    pub span: Span,
    pub identity: DeclaredIdentity,
    pub name: Ident,
    pub params: Vec<Ident>,
    pub body: TypeBody,
}

/// What tells a declaration from another one of the same shape.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeclaredIdentity {
    /// `structural`: nothing.
    Structural,
    /// `unique` or neither word: project name and qualified name.
    Unique,
    /// `unique[GUID]`.
    Guid(String),
}

#[derive(Clone, Debug)]
pub enum TypeBody {
    /// `= A x | B`; empty for a type without constructors.
    Constructors(Vec<ConstructorDeclaration>),
    /// `= { x : A, y : B }`.
    Record(Vec<(Ident, TypeExpr)>),
}

#[derive(Clone, Debug)]
pub struct ConstructorDeclaration {
    pub name: Ident,
    pub fields: Vec<TypeExpr>,
}

#[derive(Clone, Debug)]
pub struct AbilityDeclaration {
    pub span: Span,
    pub identity: DeclaredIdentity,
    pub name: Ident,
    pub params: Vec<Ident>,
    /// Each operation's name and full type, as in `get : {Store a} a` or `put : a ->{Store a} ()`.
    pub operations: Vec<(Ident, TypeExpr)>,
}

#[derive(Clone, Debug)]
pub struct TypeExpr {
    pub span: Span,
    pub kind: TypeKind,
}

#[derive(Clone, Debug)]
pub enum TypeKind {
    /// A type's name or hash, or a variable if it starts with a lower-case letter.
    Name(Name),
    App(Box<TypeExpr>, Vec<TypeExpr>),
    /// `a -> b` (row to be inferred) or `a ->{..} b`. `a -> {g} b` is the same as `a ->{g} b`.
    Arrow(Box<TypeExpr>, Option<RowExpr>, Box<TypeExpr>),
    /// `{g} a` anywhere else: a computation.
    Computation(RowExpr, Box<TypeExpr>),
    /// `'a` or `'{g} a`.
    Delay(Option<RowExpr>, Box<TypeExpr>),
    List(Box<TypeExpr>),
    /// No elements: `()`. Never one.
    Tuple(Vec<TypeExpr>),
    Forall(Vec<Ident>, Box<TypeExpr>),
    /// Braces as a type argument, as in `Request {A, B} r`.
    Row(RowExpr),
    /// A place that could not be parsed; the parser has reported it.
    Error,
}

/// `{A, B x, e}`; `{A .. e}` means the same as `{A, e}`.
#[derive(Clone, Debug)]
pub struct RowExpr {
    pub span: Span,
    pub abilities: Vec<TypeExpr>,
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    Nat(u64),
    Int(i64),
    Float(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    Boolean(bool),
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A variable, definition, constructor, operation, or an operator in parentheses. `_name` is a typed hole. A name with a `#` is a reference by hash.
    Name(Name),
    Literal(Literal),
    /// `f a b`; `f()` is `f` applied to the empty tuple. At least one argument; the head is not itself an `App`.
    App(Box<Expr>, Vec<Expr>),
    /// `l op r`, grouped by the operator's level.
    Infix(Box<Expr>, Ident, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Lambda(Vec<Pattern>, Box<Expr>),
    /// `'e` (`quoted`), or `do ..` and `'let ..`: the latter may turn out to be a plain block (LANGUAGE, "Computations").
    Delay {
        quoted: bool,
        body: Box<Expr>,
    },
    /// `!e`.
    Force(Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Match(Box<Expr>, Vec<Case>),
    /// `cases p, q -> ..`: a function of as many arguments as each case has patterns.
    Cases(Vec<Case>),
    Handle(Box<Expr>, Box<Expr>),
    /// Statements of a block, the last being its value if it is an expression.
    Block(Block),
    List(Vec<Expr>),
    /// No elements: `()`. Never one.
    Tuple(Vec<Expr>),
    Annotated(Box<Expr>, TypeExpr),
    TermLink(Ident),
    TypeLink(Ident),
    /// A place that could not be parsed; the parser has reported it.
    Error,
}

#[derive(Clone, Debug)]
pub struct Block {
    pub statements: Vec<Statement>,
    /// Whether a statement of this block was written with `<-`.
    pub has_arrow: bool,
}

#[derive(Clone, Debug)]
pub enum Statement {
    Binding(Binding),
    /// `(a, b) = e`, with `=` or `<-`.
    Destructure(Pattern, Expr),
    Use(Use),
    Expr(Expr),
}

/// A case of `match` (one pattern) or `cases` (one or more): the guarded bodies are tried in order. A case without a guard has one body with `guard: None`; `otherwise` is `None` too.
#[derive(Clone, Debug)]
pub struct Case {
    pub span: Span,
    pub patterns: Vec<Pattern>,
    pub bodies: Vec<GuardedBody>,
}

#[derive(Clone, Debug)]
pub struct GuardedBody {
    pub guard: Option<Expr>,
    pub body: Expr,
}

#[derive(Clone, Debug)]
pub struct Pattern {
    pub span: Span,
    pub kind: PatternKind,
}

#[derive(Clone, Debug)]
pub enum PatternKind {
    /// `_`, `_x`: binds nothing.
    Wild,
    Var(Ident),
    Literal(Literal),
    /// A constructor with its fields; without fields, a name that starts with an upper-case letter or has a dot.
    Constructor(Ident, Vec<Pattern>),
    Tuple(Vec<Pattern>),
    List(Vec<Pattern>),
    /// `p +: q`
    Cons(Box<Pattern>, Box<Pattern>),
    /// `p :+ q`
    Snoc(Box<Pattern>, Box<Pattern>),
    /// `p ++ q`
    Concat(Box<Pattern>, Box<Pattern>),
    /// `x@p`
    As(Ident, Box<Pattern>),
    /// `{ op a b -> k }`
    Request {
        operation: Ident,
        args: Vec<Pattern>,
        resume: Box<Pattern>,
    },
    /// `{ a }`
    Pure(Box<Pattern>),
    /// A place that could not be parsed; the parser has reported it.
    Error,
}
