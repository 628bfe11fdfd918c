//! A tree as text, an item a line: names bare, everything else in parentheses with its kind first.

use base::{SourceId, Sources};
use syntax::tree::*;

/// Parses and prints the items, then the problems with the text they mark.
pub fn file(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add("test.u", text);
    let (file, problems) = syntax::parse(id, text);
    let mut out = String::new();
    if let Some(namespace) = &file.namespace {
        out += &format!("(namespace {namespace})\n");
    }
    file.items.iter().for_each(|i| out += &format!("{}\n", item(i)));
    problems.iter().for_each(|p| out += &format!("{}\n", problem(&sources, p)));
    out
}

/// Parses and prints one expression.
pub fn expression(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add("test.u", text);
    let (parsed, problems) = syntax::parse_expr(SourceId(0), text);
    assert_eq!(id, SourceId(0));
    let mut out = parsed.as_ref().map_or("nothing".to_string(), expr) + "\n";
    problems.iter().for_each(|p| out += &format!("{}\n", problem(&sources, p)));
    out
}

/// Line, column, code, title, and what is marked: `! 1:5 U0113 .. : expected .. `x``
fn problem(sources: &Sources, problem: &syntax::Problem) -> String {
    let rendered = problem.render();
    let label = &rendered.labels[0];
    let (line, column) = sources.line_column(label.span.source, label.span.start);
    let marked = sources.text(label.span).lines().next().unwrap_or("");
    format!("! {line}:{column} {} {}: {} [{marked}]", rendered.code, rendered.title, label.text)
}

fn list<T>(items: &[T], print: impl Fn(&T) -> String) -> String {
    items.iter().map(|i| format!(" {}", print(i))).collect()
}

fn ident(i: &Ident) -> String {
    i.name.to_string()
}

fn item(i: &Item) -> String {
    match &i.kind {
        ItemKind::Binding(b) => binding(b),
        ItemKind::Type(t) => {
            let body = match &t.body {
                TypeBody::Constructors(cs) => list(cs, |c| format!("({}{})", c.name.name, list(&c.fields, ty))),
                TypeBody::Record(fields) => format!(" (record{})", list(fields, field)),
            };
            format!("({}type {}{} ={body})", identity(&t.identity), ident(&t.name), list(&t.params, ident))
        }
        ItemKind::Ability(a) => {
            let (name, params) = (ident(&a.name), list(&a.params, ident));
            format!("({}ability {name}{params} where{})", identity(&a.identity), list(&a.operations, field))
        }
        ItemKind::Use(u) => used(u),
        ItemKind::Watch(w) => {
            let kind = w.kind.as_ref().map_or("".to_string(), ident);
            let name = w.name.as_ref().map_or("".to_string(), |n| format!("{} ", n.name));
            format!("({kind}> {name}{})", expr(&w.expr))
        }
    }
}

fn identity(identity: &DeclaredIdentity) -> String {
    match identity {
        DeclaredIdentity::Structural => "structural ".to_string(),
        DeclaredIdentity::Unique => "".to_string(),
        DeclaredIdentity::Guid(guid) => format!("unique[{guid}] "),
    }
}

fn field((name, t): &(Ident, TypeExpr)) -> String {
    format!("({} : {})", name.name, ty(t))
}

fn used(u: &Use) -> String {
    format!("(use {}{})", u.prefix.name, list(&u.names, ident))
}

fn binding(b: &Binding) -> String {
    let signature = b.signature.as_ref().map_or("".to_string(), |t| format!(" : {}", ty(t)));
    format!("(def {}{signature}{} = {})", b.name.name, list(&b.params, pattern), expr(&b.body))
}

pub fn expr(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Literal(l) => literal(l),
        ExprKind::App(f, args) => format!("({}{})", expr(f), list(args, expr)),
        ExprKind::Infix(l, op, r) => format!("({} {} {})", op.name, expr(l), expr(r)),
        ExprKind::And(l, r) => format!("(and {} {})", expr(l), expr(r)),
        ExprKind::Or(l, r) => format!("(or {} {})", expr(l), expr(r)),
        ExprKind::Lambda(ps, body) => format!("(fn{} -> {})", list(ps, pattern), expr(body)),
        ExprKind::Delay { quoted: true, body } => format!("('{})", expr(body)),
        ExprKind::Delay { quoted: false, body } => format!("(do {})", expr(body)),
        ExprKind::Force(e) => format!("(!{})", expr(e)),
        ExprKind::If(c, t, e) => format!("(if {} {} {})", expr(c), expr(t), expr(e)),
        ExprKind::Match(e, cs) => format!("(match {}{})", expr(e), list(cs, case)),
        ExprKind::Cases(cs) => format!("(cases{})", list(cs, case)),
        ExprKind::Handle(e, h) => format!("(handle {} {})", expr(e), expr(h)),
        ExprKind::Block(b) => format!("{{{}{}}}", if b.has_arrow { "<-" } else { "" }, statements(b)),
        ExprKind::List(es) => format!("[{}]", list(es, expr).trim_start()),
        ExprKind::Tuple(es) => format!("(tuple{})", list(es, expr)),
        ExprKind::Annotated(e, t) => format!("({} : {})", expr(e), ty(t)),
        ExprKind::TermLink(i) => format!("(termLink {})", i.name),
        ExprKind::TypeLink(i) => format!("(typeLink {})", i.name),
        ExprKind::Error => "ERROR".to_string(),
    }
}

fn literal(l: &Literal) -> String {
    match l {
        Literal::Nat(n) => n.to_string(),
        Literal::Int(n) => format!("{n:+}"),
        Literal::Float(n) => format!("{n:?}"),
        Literal::Char(c) => format!("?{c:?}"),
        Literal::Text(t) => format!("{t:?}"),
        Literal::Bytes(b) => format!("{b:?}"),
        Literal::Boolean(b) => b.to_string(),
    }
}

fn statements(b: &Block) -> String {
    let print = |s: &Statement| match s {
        Statement::Binding(b) => binding(b),
        Statement::Destructure(p, e) => format!("(let {} = {})", pattern(p), expr(e)),
        Statement::Use(u) => used(u),
        Statement::Expr(e) => expr(e),
    };
    b.statements.iter().map(print).collect::<Vec<_>>().join("; ")
}

fn case(c: &Case) -> String {
    let body = |b: &GuardedBody| {
        let guard = b.guard.as_ref().map_or("".to_string(), |g| format!("| {} ", expr(g)));
        format!("{guard}-> {}", expr(&b.body))
    };
    format!("({}{})", list(&c.patterns, pattern).trim_start(), list(&c.bodies, body))
}

fn pattern(p: &Pattern) -> String {
    match &p.kind {
        PatternKind::Wild => "_".to_string(),
        PatternKind::Var(i) => ident(i),
        PatternKind::Literal(l) => literal(l),
        PatternKind::Constructor(c, ps) => format!("<{}{}>", c.name, list(ps, pattern)),
        PatternKind::Tuple(ps) => format!("(tuple{})", list(ps, pattern)),
        PatternKind::List(ps) => format!("[{}]", list(ps, pattern).trim_start()),
        PatternKind::Cons(l, r) => format!("(+: {} {})", pattern(l), pattern(r)),
        PatternKind::Snoc(l, r) => format!("(:+ {} {})", pattern(l), pattern(r)),
        PatternKind::Concat(l, r) => format!("(++ {} {})", pattern(l), pattern(r)),
        PatternKind::As(i, p) => format!("{}@{}", i.name, pattern(p)),
        PatternKind::Request { operation, args, resume } => {
            format!("{{{}{} -> {}}}", operation.name, list(args, pattern), pattern(resume))
        }
        PatternKind::Pure(p) => format!("{{{}}}", pattern(p)),
        PatternKind::Error => "ERROR".to_string(),
    }
}

fn ty(t: &TypeExpr) -> String {
    match &t.kind {
        TypeKind::Name(n) => n.to_string(),
        TypeKind::App(f, args) => format!("({}{})", ty(f), list(args, ty)),
        TypeKind::Arrow(a, None, b) => format!("({} -> {})", ty(a), ty(b)),
        TypeKind::Arrow(a, Some(r), b) => format!("({} ->{} {})", ty(a), row(r), ty(b)),
        TypeKind::Computation(r, t) => format!("({} {})", row(r), ty(t)),
        TypeKind::Delay(None, t) => format!("('{})", ty(t)),
        TypeKind::Delay(Some(r), t) => format!("('{} {})", row(r), ty(t)),
        TypeKind::List(t) => format!("[{}]", ty(t)),
        TypeKind::Tuple(ts) => format!("(tuple{})", list(ts, ty)),
        TypeKind::Forall(vs, t) => format!("(forall{}. {})", list(vs, ident), ty(t)),
        TypeKind::Row(r) => row(r),
        TypeKind::Error => "ERROR".to_string(),
    }
}

fn row(r: &RowExpr) -> String {
    format!("{{{}}}", r.abilities.iter().map(ty).collect::<Vec<_>>().join(", "))
}
