//! Well-typed programs from a seed, as text: data, records, abilities, handlers, matches of every form of pattern, lambdas, local functions,
//! blocks, delays and cycles. The same seed gives the same program under other names.

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// A program's definitions. Types and abilities have the same names in every program, since names are part of their identity.
pub struct Program {
    /// The types, with everything that is the same in each program.
    pub declarations: String,
    /// Name and text of each definition; each text ends with a line feed.
    pub definitions: Vec<(String, String)>,
}

const DECLARATIONS: &str = "\
type Tree a = Leaf | Node (Tree a) a (Tree a)

type Color = Red | Green Nat | Blue Text Boolean

structural type Both a b = Both a b

type Point = { across : Nat, label : Text }

ability Ask a where
  ask : a

ability Tell a where
  tell : a -> ()

structural ability Stop where
  stop : Text -> a

force : '{g} a ->{g} a
force thunk = !thunk

provide : Nat -> (Nat ->{Ask Nat, g} a) ->{g} a
provide n resume = handle resume n with cases
  { a } -> a
  { ask -> again } -> provide (n Nat.+ 1) again

collect : Nat -> ('{Tell Nat, g} a) ->{g} a
collect n resume = handle !resume with cases
  { a } -> a
  { tell m -> again } -> collect (n Nat.+ m) again

";

#[derive(Clone, PartialEq, Debug)]
enum Ty {
    Nat,
    Int,
    Text,
    Boolean,
    Char,
    List(Box<Ty>),
    Pair(Box<Ty>, Box<Ty>),
    Optional(Box<Ty>),
    Tree(Box<Ty>),
    Both(Box<Ty>, Box<Ty>),
    Color,
    Point,
    Fun(Box<Ty>, Box<Ty>),
    Delay(Box<Ty>),
}

impl Ty {
    fn text(&self) -> String {
        match self {
            Ty::Nat => "Nat".into(),
            Ty::Int => "Int".into(),
            Ty::Text => "Text".into(),
            Ty::Boolean => "Boolean".into(),
            Ty::Char => "Char".into(),
            Ty::List(a) => format!("[{}]", a.text()),
            Ty::Pair(a, b) => format!("({}, {})", a.text(), b.text()),
            Ty::Optional(a) => format!("(Optional {})", a.text()),
            Ty::Tree(a) => format!("(Tree {})", a.text()),
            Ty::Both(a, b) => format!("(Both {} {})", a.text(), b.text()),
            Ty::Color => "Color".into(),
            Ty::Point => "Point".into(),
            Ty::Fun(a, b) => format!("({} -> {})", a.text(), b.text()),
            Ty::Delay(a) => format!("('{})", a.text()),
        }
    }
}

/// A definition's name and type.
#[derive(Clone)]
struct Top {
    name: String,
    params: Vec<Ty>,
    ret: Ty,
    /// It asks for a number, besides what its arguments do.
    asks: bool,
}

struct Writer<'p> {
    random: Random,
    prefix: &'p str,
    tops: Vec<Top>,
    next: usize,
    scope: Vec<(String, Ty)>,
    /// How deep in handlers of `Ask Nat`, `Tell Nat` and `Stop` we are; none of them in a function of its own.
    asking: bool,
    telling: bool,
    stopping: bool,
}

/// The program of a seed, its variables and definitions called after `prefix`.
pub fn program(seed: u64, prefix: &str) -> Program {
    let mut random = Random(seed);
    for _ in 0..4 {
        random.next();
    }
    let (scope, tops) = (Vec::new(), Vec::new());
    let mut writer = Writer { random, prefix, tops, next: 0, scope, asking: false, telling: false, stopping: false };
    for i in 0..2 + writer.random.below(6) {
        let params = (0..writer.random.below(4)).map(|_| writer.ty(2)).collect();
        let (ret, asks) = (writer.ty(2), writer.random.below(4) == 0);
        let top = Top { name: format!("{prefix}Top{i}"), params, ret, asks };
        // Values may not need themselves, so whatever takes nothing is a function of `()`.
        writer.tops.push(top);
    }
    let definitions = (0..writer.tops.len()).map(|i| writer.top(i)).collect();
    Program { declarations: DECLARATIONS.into(), definitions }
}

fn indented(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("  {line}")).collect()
}

impl Writer<'_> {
    fn chance(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    fn fresh(&mut self) -> String {
        self.next += 1;
        format!("{}{}", self.prefix, self.next)
    }

    fn bind(&mut self, ty: Ty) -> String {
        let name = self.fresh();
        self.scope.push((name.clone(), ty));
        name
    }

    fn ty(&mut self, depth: usize) -> Ty {
        let boxed = |writer: &mut Self| Box::new(writer.ty(depth.saturating_sub(1)));
        match self.random.below(if depth == 0 { 7 } else { 16 }) {
            0 | 1 => Ty::Nat,
            2 => Ty::Text,
            3 => Ty::Boolean,
            4 => Ty::Char,
            5 => Ty::Int,
            6 => Ty::Color,
            7 | 8 => Ty::List(boxed(self)),
            9 => Ty::Pair(boxed(self), boxed(self)),
            10 => Ty::Optional(boxed(self)),
            11 => Ty::Tree(boxed(self)),
            12 => Ty::Both(boxed(self), boxed(self)),
            13 => Ty::Point,
            14 => Ty::Delay(boxed(self)),
            _ => Ty::Fun(boxed(self), boxed(self)),
        }
    }

    fn top(&mut self, index: usize) -> (String, String) {
        let Top { name, params, ret, asks } = self.tops[index].clone();
        self.scope.clear();
        self.asking = asks;
        let arrow = if asks { "->{Ask Nat} " } else { "->{} " };
        let mut types: Vec<String> = params.iter().map(Ty::text).collect();
        if params.is_empty() {
            types.push("()".into());
        }
        let (last, front) = types.split_last().expect("at least one parameter");
        let front: String = front.iter().map(|ty| format!("{ty} -> ")).collect();
        let signature = format!("{name} : {front}{last} {arrow}{}", ret.text());
        let names: Vec<String> = params.into_iter().map(|ty| self.bind(ty)).collect();
        let names = if names.is_empty() { "_".to_string() } else { names.join(" ") };
        let body = indented(self.block(&ret, 4));
        (name.clone(), format!("{signature}\n{name} {names} =\n{}\n", body.join("\n")))
    }

    /// Does something in a scope of its own.
    fn scoped<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let (len, flags) = (self.scope.len(), (self.asking, self.telling, self.stopping));
        let result = act(self);
        self.scope.truncate(len);
        (self.asking, self.telling, self.stopping) = flags;
        result
    }

    /// As [`Writer::scoped`], in a function whose type allows no ability.
    fn pure<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        self.scoped(|writer| {
            (writer.asking, writer.telling, writer.stopping) = (false, false, false);
            act(writer)
        })
    }

    /// Lines of a block of this type.
    fn block(&mut self, ty: &Ty, depth: usize) -> Vec<String> {
        self.scoped(|writer| {
            let mut lines = Vec::new();
            for _ in 0..writer.random.below(3) {
                if depth > 0 {
                    lines.extend(writer.statement(depth - 1));
                }
            }
            lines.extend(writer.last(ty, depth));
            lines
        })
    }

    fn statement(&mut self, depth: usize) -> Vec<String> {
        match self.random.below(6) {
            0 if self.telling => vec![format!("tell {}", self.atom(&Ty::Nat, depth))],
            0 | 1 => {
                let (a, b) = (self.ty(1), self.ty(1));
                let pair = self.atom(&Ty::Pair(a.clone().into(), b.clone().into()), depth);
                let (a, b) = (self.bind(a), self.bind(b));
                vec![format!("({a}, {b}) = {pair}")]
            }
            2 => self.local_function(depth),
            3 => {
                let ty = self.ty(1);
                let body = indented(self.block(&ty, depth));
                let name = self.bind(ty);
                [vec![format!("{name} =")], body].concat()
            }
            _ => {
                let ty = self.ty(1);
                let value = self.atom(&ty, depth);
                let name = self.bind(ty.clone());
                let written = if self.chance(40) { format!("({value} : {})", ty.text()) } else { value };
                vec![format!("{name} = {written}")]
            }
        }
    }

    /// A local function, which may call itself.
    fn local_function(&mut self, depth: usize) -> Vec<String> {
        let (from, to) = (self.ty(1), self.ty(1));
        let fun = Ty::Fun(from.clone().into(), to.clone().into());
        let (name, recursive) = (self.fresh(), self.chance(50));
        let mut lines = Vec::new();
        if recursive || self.chance(50) {
            lines.push(format!("{name} : {} ->{{}} {}", from.text(), to.text()));
        }
        if recursive {
            self.scope.push((name.clone(), fun.clone()));
        }
        let (param, body) = self.pure(|writer| {
            let param = writer.bind(from);
            (param, writer.block(&to, depth))
        });
        if !recursive {
            self.scope.push((name.clone(), fun));
        }
        lines.push(format!("{name} {param} ="));
        lines.extend(indented(body));
        lines
    }

    /// The result of a block: what takes lines of its own, or an expression.
    fn last(&mut self, ty: &Ty, depth: usize) -> Vec<String> {
        if depth == 0 {
            return vec![self.atom(ty, 0)];
        }
        match self.random.below(7) {
            0 => {
                let condition = self.atom(&Ty::Boolean, depth - 1);
                let yes = indented(self.block(ty, depth - 1));
                let no = indented(self.block(ty, depth - 1));
                [vec![format!("if {condition} then")], yes, vec!["else".into()], no].concat()
            }
            1..=3 => self.matching(ty, depth - 1),
            4 => self.handling(ty, depth - 1),
            _ => vec![self.atom(ty, depth)],
        }
    }

    fn handling(&mut self, ty: &Ty, depth: usize) -> Vec<String> {
        let which = self.random.below(3);
        let body = self.scoped(|writer| {
            match which {
                0 => writer.asking = true,
                1 => writer.telling = true,
                _ => writer.stopping = true,
            }
            indented(writer.block(ty, depth))
        });
        let (value, resume) = (self.fresh(), self.fresh());
        let clauses = match which {
            0 => {
                let answer = self.atom(&Ty::Nat, depth);
                vec![format!("{{ ask -> {resume} }} -> provide {answer} {resume}")]
            }
            1 => {
                let told = self.fresh();
                vec![format!("{{ tell {told} -> {resume} }} -> collect {told} {resume}")]
            }
            _ => {
                let why = self.scoped(|writer| {
                    let why = writer.bind(Ty::Text);
                    (why, writer.atom(ty, depth))
                });
                vec![format!("{{ stop {} -> _ }} -> {}", why.0, why.1)]
            }
        };
        let clauses = [vec![format!("{{ {value} }} -> {value}")], clauses].concat();
        [vec!["handle".into()], body, vec!["with cases".into()], indented(clauses)].concat()
    }

    /// A match on something in all forms that its type has.
    fn matching(&mut self, ty: &Ty, depth: usize) -> Vec<String> {
        let of = self.ty(2);
        let scrutinee = self.atom(&of, depth);
        let mut lines = vec![format!("match {scrutinee} with")];
        // Nothing without a guard stands above another case, so that none is superfluous.
        for last in [false, false, true] {
            if self.chance(40) {
                continue;
            }
            self.scoped(|writer| {
                let pattern = writer.pattern(&of, 2);
                let guard = match last && refutable(&pattern, writer.prefix) {
                    true => String::new(),
                    false => format!(" | {}", writer.atom(&Ty::Boolean, 1)),
                };
                lines.push(format!("  {pattern}{guard} ->"));
                lines.extend(indented(indented(writer.block(ty, depth))));
            });
        }
        self.scoped(|writer| {
            let rest = writer.bind(of.clone());
            lines.push(format!("  {rest} ->"));
            lines.extend(indented(indented(writer.block(ty, depth))));
        });
        lines
    }

    /// A pattern as an atom, its variables in scope.
    fn pattern(&mut self, ty: &Ty, depth: usize) -> String {
        if depth == 0 || self.chance(25) {
            return if self.chance(30) { "_".into() } else { self.bind(ty.clone()) };
        }
        if self.chance(10) {
            let name = self.bind(ty.clone());
            return format!("{name}@{}", self.pattern(ty, depth - 1));
        }
        let part = |writer: &mut Self, ty: &Ty| writer.pattern(ty, depth - 1);
        match ty {
            Ty::Nat => format!("{}", self.random.below(1000)),
            Ty::Int => format!("-{}", 1 + self.random.below(100)),
            Ty::Text => format!("\"t{}\\n\"", self.random.below(1000)),
            Ty::Boolean => ["true", "false"][self.random.below(2)].into(),
            Ty::Char => ["?a", "?\\n", "?λ"][self.random.below(3)].into(),
            Ty::List(a) => match self.random.below(5) {
                0 => "[]".into(),
                1 => format!("[{}, {}]", part(self, a), part(self, a)),
                2 => format!("({} +: {})", part(self, a), part(self, ty)),
                3 => format!("({} :+ {})", part(self, ty), part(self, a)),
                _ => format!("([{}] ++ {})", part(self, a), part(self, ty)),
            },
            Ty::Pair(a, b) => format!("({}, {})", part(self, a), part(self, b)),
            Ty::Optional(a) if self.chance(70) => format!("(Some {})", part(self, a)),
            Ty::Optional(_) => "None".into(),
            Ty::Tree(a) if self.chance(70) => {
                format!("(Node {} {} {})", part(self, ty), part(self, a), part(self, ty))
            }
            Ty::Tree(_) => "Leaf".into(),
            Ty::Both(a, b) => format!("(Both {} {})", part(self, a), part(self, b)),
            Ty::Color => match self.random.below(3) {
                0 => "Red".into(),
                1 => format!("(Green {})", part(self, &Ty::Nat)),
                _ => format!("(Blue {} {})", part(self, &Ty::Text), part(self, &Ty::Boolean)),
            },
            Ty::Point => format!("(Point {} {})", part(self, &Ty::Nat), part(self, &Ty::Text)),
            Ty::Fun(..) | Ty::Delay(_) => self.bind(ty.clone()),
        }
    }

    /// An expression of this type that can stand anywhere.
    fn atom(&mut self, ty: &Ty, depth: usize) -> String {
        let here: Vec<String> = self.scope.iter().filter(|(_, of)| of == ty).map(|(name, _)| name.clone()).collect();
        if !here.is_empty() && self.chance(if depth == 0 { 80 } else { 30 }) {
            return here[self.random.below(here.len())].clone();
        }
        if depth == 0 {
            return self.value(ty, 0);
        }
        match self.random.below(10) {
            0..=2 => self.call(ty, depth - 1),
            3 => {
                let fun = Ty::Fun(self.ty(1).into(), ty.clone().into());
                let Ty::Fun(from, _) = &fun else { return self.value(ty, depth) };
                let arg = self.atom(from, depth - 1);
                match self.chance(50) {
                    true => format!("({arg} |> {})", self.atom(&fun, depth - 1)),
                    false => format!("({} {arg})", self.atom(&fun, depth - 1)),
                }
            }
            4 => {
                let condition = self.atom(&Ty::Boolean, depth - 1);
                format!("(if {condition} then {} else {})", self.atom(ty, depth - 1), self.atom(ty, depth - 1))
            }
            5 if self.stopping => format!("(stop {})", self.atom(&Ty::Text, depth - 1)),
            6 => format!("(force do {})", self.atom(ty, depth - 1)),
            7 => format!("(!{})", self.atom(&Ty::Delay(ty.clone().into()), depth - 1)),
            _ => self.value(ty, depth),
        }
    }

    /// A call of a definition with this result, or a value.
    fn call(&mut self, ty: &Ty, depth: usize) -> String {
        let asking = self.asking;
        let fits: Vec<Top> = self.tops.iter().filter(|top| top.ret == *ty && (asking || !top.asks)).cloned().collect();
        if fits.is_empty() {
            return self.value(ty, depth);
        }
        let top = fits[self.random.below(fits.len())].clone();
        let args: Vec<String> = top.params.iter().map(|param| self.atom(param, depth.saturating_sub(1))).collect();
        let args = if args.is_empty() { "()".to_string() } else { args.join(" ") };
        format!("({} {args})", top.name)
    }

    /// Operands between operators that take this type and give it.
    fn chain(&mut self, ty: &Ty, operators: &[&str], depth: usize) -> String {
        let mut text = format!("({}", self.atom(ty, depth));
        for _ in 0..1 + self.random.below(4) {
            let operator = operators[self.random.below(operators.len())];
            text += &format!(" {operator} {}", self.atom(ty, depth));
        }
        text + ")"
    }

    fn value(&mut self, ty: &Ty, depth: usize) -> String {
        let inner = depth.saturating_sub(1);
        match ty {
            Ty::Nat if self.asking && self.chance(40) => "ask".into(),
            Ty::Nat if depth > 0 => match self.random.below(5) {
                0 | 1 => self.chain(ty, &["Nat.+", "Nat.*", "Nat.-"], inner),
                2 => format!("(Point.across {})", self.atom(&Ty::Point, inner)),
                3 => format!("(Text.size {})", self.atom(&Ty::Text, inner)),
                _ => format!("(List.size {})", self.atom(&Ty::List(Ty::Nat.into()), inner)),
            },
            Ty::Nat => format!("{}", self.random.below(100_000)),
            Ty::Int if depth > 0 => self.chain(ty, &["Int.+", "Int.*"], inner),
            Ty::Int => format!("{}{}", ["+", "-"][self.random.below(2)], self.random.below(1000)),
            Ty::Text if depth > 0 => self.chain(ty, &["Text.++"], inner),
            Ty::Text => format!("\"text \\\"{} λ\\t\"", self.random.below(1000)),
            Ty::Boolean if depth > 0 => match self.random.below(4) {
                0 | 1 => self.chain(ty, &["&&", "||"], inner),
                2 => format!("({} == {})", self.atom(&Ty::Nat, inner), self.atom(&Ty::Nat, inner)),
                _ => format!("(Boolean.not {})", self.atom(ty, inner)),
            },
            Ty::Boolean => ["true", "false"][self.random.below(2)].into(),
            Ty::Char => ["?a", "?\\n", "?\\\\", "?😀"][self.random.below(4)].into(),
            Ty::List(a) => {
                let elements: Vec<String> = (0..self.random.below(4)).map(|_| self.atom(a, inner)).collect();
                match self.random.below(4) {
                    0 if depth > 0 => format!("({} +: {})", self.atom(a, inner), self.atom(ty, inner)),
                    1 if depth > 0 => format!("({} List.++ {})", self.atom(ty, inner), self.atom(ty, inner)),
                    _ => format!("([{}] : {})", elements.join(", "), ty.text()),
                }
            }
            Ty::Pair(a, b) => format!("({}, {})", self.atom(a, inner), self.atom(b, inner)),
            Ty::Optional(a) if self.chance(70) => format!("(Some {})", self.atom(a, inner)),
            Ty::Optional(_) => "None".into(),
            Ty::Tree(a) if depth > 0 && self.chance(60) => {
                format!("(Node {} {} {})", self.atom(ty, inner), self.atom(a, inner), self.atom(ty, inner))
            }
            Ty::Tree(_) => "Leaf".into(),
            Ty::Both(a, b) => format!("(Both {} {})", self.atom(a, inner), self.atom(b, inner)),
            Ty::Color => match self.random.below(3) {
                0 => "Red".into(),
                1 => format!("(Green {})", self.atom(&Ty::Nat, inner)),
                _ => format!("(Blue {} {})", self.atom(&Ty::Text, inner), self.atom(&Ty::Boolean, inner)),
            },
            Ty::Point if depth > 0 && self.chance(40) => {
                format!("(Point.across.set {} {})", self.atom(&Ty::Nat, inner), self.atom(ty, inner))
            }
            Ty::Point => format!("(Point {} {})", self.atom(&Ty::Nat, inner), self.atom(&Ty::Text, inner)),
            Ty::Fun(a, b) => self.pure(|writer| {
                let param = writer.bind((**a).clone());
                format!("(({param} -> {}) : {})", writer.atom(b, inner), ty.text().replace(" -> ", " ->{} "))
            }),
            Ty::Delay(a) => self.pure(|writer| {
                let inside = writer.atom(a, inner);
                match writer.random.below(3) {
                    0 => format!("('{inside})"),
                    1 => format!("(do {inside})"),
                    _ => format!("((_ -> {inside}) : {})", ty.text()),
                }
            }),
        }
    }
}

/// Whether some values do not match the pattern.
fn refutable(pattern: &str, prefix: &str) -> bool {
    // What is left without variables.
    let mut parts = pattern.split(prefix);
    let first = parts.next().unwrap_or("").to_string();
    let rest: String = parts.map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect();
    let forms = ["Leaf", "Node", "Red", "Green", "Blue", "Some", "None", "true", "false", "[", "+:", ":+", "\"", "?"];
    let whole = first + &rest;
    whole.contains(|c: char| c.is_ascii_digit()) || forms.iter().any(|form| whole.contains(form))
}
