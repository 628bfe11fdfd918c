//! Types as the type search compares them: without names of variables and without abilities.
//!
//! `shape` is the type with its variables numbered by first occurrence; `loose` is the same for every order of the arguments; `result` is the head of
//! what comes out and the number of arguments, by which candidates for a more special type are found.

use hash::type_ref_text;
use kernel::{Type, TypeRef};

/// What is deeper is not told apart: no written type comes near it.
const DEPTH_MAX: usize = 200;

/// So many arguments are tried in every order; more are sorted.
const PERMUTED_MAX: usize = 5;

/// A type without abilities.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Node {
    Var(usize),
    Ref(TypeRef),
    /// Head and arguments.
    App(Vec<Node>),
    /// Arguments and result.
    Fun(Vec<Node>),
    Deep,
}

impl Node {
    fn mentions(&self, part: &Node) -> bool {
        match self {
            Node::App(parts) | Node::Fun(parts) => parts.iter().any(|inner| inner.mentions(part)),
            other => other == part,
        }
    }
}

/// What a type is looked up by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    pub shape: String,
    pub loose: String,
    pub result: String,
    arguments: Vec<Node>,
    ret: Node,
}

impl Shape {
    /// Foralls around the whole type do not count.
    pub fn of(ty: &Type) -> Shape {
        let mut reader = Reader { variables: Vec::new(), count: 0 };
        let mut ty = ty;
        while let Type::Forall(n, body) = ty {
            reader.bind(*n);
            ty = body;
        }
        let (arguments, ret) = match reader.read(ty, 0) {
            Node::Fun(mut parts) => {
                let ret = parts.pop().unwrap_or(Node::Deep);
                (parts, ret)
            }
            node => (Vec::new(), node),
        };
        let shape = text(&arguments.iter().collect::<Vec<_>>(), &ret);
        let loose = loose(&arguments, &ret);
        let result = format!("{}/{}", head(&ret), arguments.len());
        Shape { shape, loose, result, arguments, ret }
    }

    /// The `result` of those that give any type, and so perhaps this one.
    pub fn any_result(&self) -> String {
        format!("_/{}", self.arguments.len())
    }

    /// Whether something of this type can be used where the other one is wanted: its variables stand for parts of the other one. What gives anything whatever,
    /// and so never gives it, does not count.
    pub fn fits(&self, wanted: &Shape) -> bool {
        let mut bound = Vec::new();
        if matches!(self.ret, Node::Var(_)) && !self.arguments.iter().any(|argument| argument.mentions(&self.ret)) {
            return false;
        }
        self.arguments.len() == wanted.arguments.len()
            && self.arguments.iter().zip(&wanted.arguments).all(|(general, special)| fits(general, special, &mut bound))
            && fits(&self.ret, &wanted.ret, &mut bound)
    }
}

struct Reader {
    /// The numbers of the variables that are bound, innermost last.
    variables: Vec<usize>,
    count: usize,
}

impl Reader {
    fn bind(&mut self, n: u32) {
        for _ in 0..n {
            self.variables.push(self.count);
            self.count += 1;
        }
    }

    fn read(&mut self, ty: &Type, depth: usize) -> Node {
        if depth > DEPTH_MAX {
            return Node::Deep;
        }
        match ty {
            Type::Var(index) => {
                let at = self.variables.len().checked_sub(1 + *index as usize);
                Node::Var(at.map_or(usize::MAX, |at| self.variables[at]))
            }
            Type::Ref(reference) => Node::Ref(*reference),
            Type::App(..) => {
                let (head, args) = ty.unapply();
                let parts = std::iter::once(head).chain(args);
                Node::App(parts.map(|part| self.read(part, depth + 1)).collect())
            }
            Type::Fun { .. } => self.function(ty, depth),
            Type::Forall(n, body) => {
                let outer = self.variables.len();
                self.bind(*n);
                let body = self.read(body, depth + 1);
                self.variables.truncate(outer);
                body
            }
            Type::Row(_) => Node::Deep,
        }
    }

    fn function(&mut self, ty: &Type, depth: usize) -> Node {
        let (mut parts, mut ty) = (Vec::new(), ty);
        while let Type::Fun { arg, ret, .. } = ty {
            parts.push(self.read(arg, depth + 1));
            ty = ret;
        }
        parts.push(self.read(ty, depth + 1));
        Node::Fun(parts)
    }
}

fn head(node: &Node) -> String {
    match node {
        Node::Ref(reference) => type_ref_text(*reference),
        Node::App(parts) => parts.first().map_or(String::new(), head),
        Node::Fun(_) => "->".to_string(),
        Node::Var(_) => "_".to_string(),
        Node::Deep => "..".to_string(),
    }
}

fn text(arguments: &[&Node], ret: &Node) -> String {
    let (mut out, mut seen) = (String::new(), Vec::new());
    for argument in arguments {
        write(argument, &mut seen, &mut out);
        out.push('>');
    }
    write(ret, &mut seen, &mut out);
    out
}

/// In prefix form; variables are numbered as they come.
fn write(node: &Node, seen: &mut Vec<usize>, out: &mut String) {
    match node {
        Node::Var(variable) => {
            let number = seen.iter().position(|other| other == variable).unwrap_or_else(|| {
                seen.push(*variable);
                seen.len() - 1
            });
            out.push_str(&format!("{number} "));
        }
        Node::Ref(reference) => out.push_str(&format!("{} ", type_ref_text(*reference))),
        Node::App(parts) | Node::Fun(parts) => {
            out.push(if matches!(node, Node::App(_)) { '(' } else { '[' });
            parts.iter().for_each(|part| write(part, seen, out));
            out.push(')');
        }
        Node::Deep => out.push_str(".. "),
    }
}

/// The least text of any order of the arguments.
fn loose(arguments: &[Node], ret: &Node) -> String {
    let mut order: Vec<&Node> = arguments.iter().collect();
    order.sort_by_key(|argument| text(&[], argument));
    if order.len() > PERMUTED_MAX {
        return text(&order, ret);
    }
    let mut least = text(&order, ret);
    permute(&mut order, 0, &mut |order| {
        let other = text(order, ret);
        if other < least {
            least = other;
        }
    });
    least
}

fn permute<'n>(order: &mut Vec<&'n Node>, from: usize, visit: &mut impl FnMut(&[&'n Node])) {
    if from + 1 >= order.len() {
        return visit(order);
    }
    for other in from..order.len() {
        order.swap(from, other);
        permute(order, from + 1, visit);
        order.swap(from, other);
    }
}

fn fits(general: &Node, special: &Node, bound: &mut Vec<(usize, Node)>) -> bool {
    match (general, special) {
        (Node::Var(variable), special) => match bound.iter().find(|(other, _)| other == variable) {
            Some((_, before)) => before == special,
            None => {
                bound.push((*variable, special.clone()));
                true
            }
        },
        (Node::Ref(a), Node::Ref(b)) => a == b,
        (Node::App(a), Node::App(b)) | (Node::Fun(a), Node::Fun(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| fits(a, b, bound))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use builtin::BuiltinType;
    use kernel::Row;
    use std::sync::Arc;

    fn nat() -> Type {
        Type::builtin(BuiltinType::Nat)
    }

    fn fun(args: &[Type], ret: Type) -> Type {
        args.iter().rev().fold(ret, |ret, arg| Type::fun(arg.clone(), Row::empty(), ret))
    }

    fn forall(n: u32, body: Type) -> Type {
        Type::Forall(n, Arc::new(body))
    }

    #[test]
    fn names_and_abilities_do_not_count_and_order_only_where_it_is_asked_for() {
        let (a, b) = (Type::Var(1), Type::Var(0));
        let one = Shape::of(&forall(2, fun(&[a.clone(), Type::list(b.clone())], a.clone())));
        let swapped = Shape::of(&forall(2, fun(&[Type::list(a.clone()), b.clone()], b.clone())));
        let other = Shape::of(&forall(2, fun(&[a.clone(), Type::list(b.clone())], b.clone())));
        assert_eq!(one.shape, Shape::of(&forall(2, fun(&[b.clone(), Type::list(a.clone())], b))).shape);
        assert_ne!(one.shape, swapped.shape);
        assert_eq!(one.loose, swapped.loose);
        assert_ne!(one.loose, other.loose);
        let io = Row::new(vec![Type::builtin(BuiltinType::Io)], Vec::new());
        assert_eq!(Shape::of(&Type::fun(nat(), io, nat())).shape, Shape::of(&fun(&[nat()], nat())).shape);
    }

    #[test]
    fn what_is_more_general_fits() {
        let size = Shape::of(&forall(1, fun(&[Type::list(Type::Var(0))], nat())));
        let wanted = Shape::of(&fun(&[Type::list(nat())], nat()));
        assert!(size.fits(&wanted) && !wanted.fits(&size));
        let same = Shape::of(&forall(1, fun(&[Type::Var(0), Type::Var(0)], Type::Var(0))));
        assert!(!same.fits(&Shape::of(&fun(&[nat(), Type::list(nat())], nat()))));
    }
}
