#!/usr/bin/env python3
"""How fast `unison check` is, and how its time grows with a program. Results in results.md.

    cargo build --release && tests/bench/checker.py >> tests/bench/results.md
    tests/bench/checker.py --only dense,cycle        some kinds of programs
    tests/bench/checker.py --write KIND LINES DIR    only writes the program, to profile it by hand

Each program is checked with an empty codebase, on one processor, in memory of its own: "cold" is the whole process, from the
program's start to its end, with everything that is read and stored. Growth is the factor from one size to the next, ten times larger one:
10 is linear. "again" is a second run over the unchanged tree, "one changed" is a run after a file in the middle has changed.
"""
import argparse, os, pathlib, platform, random, shutil, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNISON = pathlib.Path(os.environ.get("UNISON", ROOT / "target/release/unison"))
SIZES = [1_000, 10_000, 100_000]
LINES_A_FILE = 1_000

# Each kind is a function from a number to a piece of program of its own; what it names ends in that number.


def dense(i):
    """Sum types, recursive functions, matches, generics; no signatures. Every piece uses the one before it."""
    earlier = f"depth{i - 1} (single{i - 1} n)" if i else "n"
    return f"""\
type Tree{i} a = Leaf{i} | Node{i} (Tree{i} a) a (Tree{i} a) | Tag{i} Text (Tree{i} a)
single{i} a = Node{i} Leaf{i} a Leaf{i}
depth{i} = cases
  Leaf{i} -> 0
  Node{i} l _ r -> 1 + larger{i} (depth{i} l) (depth{i} r)
  Tag{i} _ t -> depth{i} t
larger{i} a b = if Nat.lt a b then b else a
map{i} f = cases
  Leaf{i} -> Leaf{i}
  Node{i} l a r -> Node{i} (map{i} f l) (f a) (map{i} f r)
  Tag{i} name t -> Tag{i} (name ++ "!") (map{i} f t)
fold{i} f z t = match t with
  Leaf{i} -> z
  Node{i} l a r ->
    left = fold{i} f z l
    fold{i} f (f left a) r
  Tag{i} _ inner -> fold{i} f z inner
insert{i} less a = cases
  Leaf{i} -> single{i} a
  t@(Node{i} l b r)
    | less a b -> Node{i} (insert{i} less a l) b r
    | less b a -> Node{i} l b (insert{i} less a r)
    | otherwise -> t
  Tag{i} name t -> Tag{i} name (insert{i} less a t)
toList{i} t = fold{i} (xs x -> xs :+ x) [] t
fromList{i} xs = List.foldLeft (t x -> insert{i} (a b -> Nat.lt a b) x t) Leaf{i} xs
both{i} n =
  go acc k =
    if k == 0 then acc
    else
      (low, high) = (k - 1, k + 1)
      go (acc + low * high) (Nat.drop k 1)
  t = map{i} (x -> (x, go x 3)) (fromList{i} [n, 2, 3])
  fold{i} (s p -> match p with (a, b) -> s + a * b) ({earlier}) t
"""


def patterns(i):
    """One match of 40 cases over nested constructors, tuples, lists and literals."""
    cases = "".join(
        f"  (C{i}x{n % 10} {'0' if n < 20 else '_'} xs, {'[]' if n // 10 % 2 else 'y +: _'}) -> {n}\n" for n in range(40)
    )
    constructors = " | ".join(f"C{i}x{n} Nat [Nat]" for n in range(10))
    return f"type T{i} = {constructors}\nchoose{i} : T{i} -> [Nat] -> Nat\nchoose{i} a b = match (a, b) with\n{cases}"


def rows(i):
    """Abilities, handlers, and functions whose rows are inferred from what they call."""
    calls = f"    _ = use{i - 1} do give{i} n\n" if i else ""
    return f"""\
ability Get{i} a where get{i} : a
ability Put{i} a where put{i} : a -> ()
give{i} n =
  put{i} (n Nat.+ get{i})
  n
use{i} action =
  x = !action
  put{i} x
  x Nat.+ get{i}
run{i} s action =
  go state = cases
    {{ a }} -> a
    {{ get{i} -> k }} -> handle k state with go state
    {{ put{i} v -> k }} -> handle k () with go v
  handle !action with go s
twice{i} f x = f (f x)
chain{i} n = run{i} n do
{calls}    use{i} do twice{i} (x -> give{i} x) n
"""


def overloads(i):
    """Names that ten definitions of other namespaces share, decided by type; and bare operators."""
    n = i % 10
    value = f"(Boxed{i}.Box {i})"
    return f"""\
type Boxed{i} = Box Nat
N{i}.combine : Boxed{i} -> Boxed{i} -> Boxed{i}
N{i}.combine a b = match (a, b) with (Boxed{i}.Box x, Boxed{i}.Box y) -> Boxed{i}.Box (x + y * 2 - 1)
N{i}.unbox : Boxed{i} -> Nat
N{i}.unbox = cases Boxed{i}.Box n -> n
total{i} = unbox (combine (combine {value} {value}) (combine {value} (Boxed{i}.Box (1 + 2 * 3))))
mixed{i} x y = (x + +1 * y - +2, toText (x * y + +3), Nat.toText (size [x, y] + {n}))
"""


def shared(i):
    """One name with a candidate in every piece, decided by type at each use."""
    return f"""\
type Kind{i} = Kind{i} Nat
Kind{i}.show : Kind{i} -> Text
Kind{i}.show = cases Kind{i} n -> Nat.toText n
shown{i} = show (Kind{i} {i})
"""


def cycle(i, last):
    """All functions of a program in one cycle."""
    following = 0 if i == last else i + 1
    return f"""\
step{i} n xs =
  if n == 0 then xs
  else match xs with
    [] -> step{following} (Nat.drop n 1) [n]
    x +: rest -> step{following} (Nat.drop n 1) (x + n +: rest)
"""


def chain(i):
    """Each definition uses the one before it."""
    return f"link{i} n = " + (f"link{i - 1} (n Nat.+ {i})\n" if i else "n\n")


def records(i):
    """Records of 40 fields, their accessors used."""
    fields = ",\n  ".join(f"field{n} : Nat" for n in range(40))
    sums = " + ".join(f"Wide{i}.field{n} w" for n in range(0, 40, 2))
    sets = "\n".join(f"  w{n + 1} = Wide{i}.field{n}.set {n} w{n}" for n in range(10))
    return f"type Wide{i} = {{\n  {fields} }}\nsum{i} w = {sums}\nchange{i} w0 =\n{sets}\n  w10\n"


def operators(i):
    """Long chains of operators of all levels."""
    terms = "\n    ".join(f"+ x * {n} - y / {n + 1}" for n in range(20))
    texts = '\n    '.join(f'++ "part {n}" ++ t' for n in range(20))
    flags = "\n    ".join(f"|| x + {n} < y * {n} && not (x == {n})" for n in range(10))
    return f"sum{i} x y =\n  x\n    {terms}\ntext{i} t =\n  t\n    {texts}\nflag{i} x y =\n  false\n    {flags}\n"


def blocks(i):
    """A function of 100 local definitions, some of them functions, each using those before it."""
    lines = [f"  f0 a = a + n", "  v0 = f0 n"]
    for n in range(1, 50):
        lines += [f"  f{n} a = f{n - 1} (a + v{n - 1})", f"  v{n} = f{n} {n} + v{n // 2}"]
    return f"block{i} n =\n" + "\n".join(lines) + "\n  v49\n"


def wide(i, last):
    """One definition that is as long as the program: a list of a pair a line."""
    head = "table = [\n" if i == 0 else ""
    tail = "\n  ]\n" if i == last else ",\n"
    return head + f'  ("name {i}", {i}, [?a, ?b])' + tail


def statements(i, last):
    """One block that is as long as the program, each line using the one before it."""
    head = "long n =\n  v0 = n\n" if i == 0 else ""
    tail = f"  v{i + 1}\n" if i == last else ""
    return head + f"  v{i + 1} = v{i} + {i}\n" + tail


def cases(i, last):
    """One match as long as the program, over text."""
    head = "name = cases\n" if i == 0 else ""
    tail = '  _ -> "none"\n' if i == last else ""
    return head + f'  "key {i}" -> "value {i}"\n' + tail


def constructors(i, last):
    """One type with a constructor a line, and a function with a case for each."""
    if i:
        return ""
    n = last // 2
    listed = "\n  | ".join(f"K{k} Nat" for k in range(n))
    return f"type Large =\n  {listed}\nlarge = cases\n" + "".join(f"  K{k} n -> n + {k}\n" for k in range(n))


def pairs(i, last):
    """One match of two columns, with a case for each of as many constructors, and one for the rest."""
    if i:
        return ""
    n = last // 2
    listed = "\n  | ".join(f"K{k}" for k in range(n))
    return f"type Large =\n  {listed}\nsame = cases\n" + "".join(f"  K{k}, K{k} -> {k}\n" for k in range(n)) + "  _, _ -> 0\n"


def tables(i, last):
    """One match of two columns, in which half of the cases say something of the one column and half of the other."""
    if i:
        return ""
    n = last // 2
    rows = "".join(f"  {k}, _ -> {k}\n" for k in range(n)) + "".join(f"  _, {k} -> {k}\n" for k in range(n))
    return f"table = cases\n{rows}  _, _ -> 0\n"


def entangled(i):
    """A match in which 20 pairs of columns are told apart in different cases, and a case for the rest."""
    row = lambda n: ", ".join("true" if k % 20 == n else "_" for k in range(40))
    return f"tangle{i} = cases\n" + "".join(f"  ({row(n)}) -> {n}\n" for n in range(20)) + "  _ -> 20\n"


PIECES = dict(dense=dense, chain=chain, patterns=patterns, rows=rows, overloads=overloads, shared=shared, records=records, operators=operators, blocks=blocks, entangled=entangled)
# These make one definition, in one file.
WHOLES = dict(cycle=cycle, wide=wide, statements=statements, cases=cases, constructors=constructors, pairs=pairs, tables=tables)


def pieces(kind, lines):
    """Pieces of a program of so many lines."""
    if kind in WHOLES:
        count = lines // max(1, WHOLES[kind](1, 9).count("\n"))
        return [WHOLES[kind](i, count - 1) for i in range(count)]
    found, total = [], 0
    while total < lines:
        found.append(PIECES[kind](len(found)))
        total += found[-1].count("\n") + 1
    return found


def write(kind, lines, folder, one_file=False):
    """Writes the program below a folder, gives how many lines it has."""
    folder.mkdir(parents=True, exist_ok=True)
    glue = "" if kind in ("wide", "statements", "cases", "chain") else "\n"
    limit = None if kind in WHOLES or one_file else LINES_A_FILE
    text, number, total = [], 0, 0
    for piece in pieces(kind, lines):
        text.append(piece + glue)
        total += text[-1].count("\n")
        if limit and sum(part.count("\n") for part in text) >= limit:
            (folder / f"part{number:03}.u").write_text("".join(text))
            text, number = [], number + 1
    if text:
        (folder / f"part{number:03}.u").write_text("".join(text))
    return total


def check(home, folder, status=0):
    """Seconds of a run on one processor, wall and of the processor, and its peak memory in MB."""
    environment = dict(os.environ, UNISON_HOME=str(home))
    command = ["taskset", "-c", str(max(os.sched_getaffinity(0))), str(UNISON), "check", "--codebase", str(home / "c.sqlite"), str(folder)]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read().decode()
    _, found, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(found) == status, said[-2000:]
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def fresh(home):
    for path in home.glob("c.sqlite*"):
        path.unlink()


def best(run, times):
    return min((run() for _ in range(times)), key=lambda sample: sample[1])


def cold(home, folder):
    fresh(home)
    return check(home, folder)


def growth(kinds, sizes, scratch, home, one_file=False):
    """Cold checks of each kind in each size."""
    name = "in one file" if one_file else "cold"
    print(f"\n| {name} | lines | CPU | lines a second | growth | memory |\n|---|---|---|---|---|---|", flush=True)
    for kind in kinds:
        before = None
        for size in sizes:
            folder = scratch / f"{kind}-{size}-{one_file}"
            lines = write(kind, size, folder, one_file)
            wall, cpu, memory = best(lambda: cold(home, folder), 3 if size < 100_000 else 2)
            rate = f"{lines / max(cpu - START[0], 1e-3):,.0f}"
            grown = "" if before is None else f"{(cpu - START[0]) / before:.1f}"
            before = max(cpu - START[0], 1e-3)
            print(f"| {kind} | {lines:,} | {cpu * 1000:,.0f} ms | {rate} | {grown} | {memory:.0f} MB |", flush=True)
            shutil.rmtree(folder)


START = [0.0]


def start(scratch, home):
    """What a check of next to nothing costs: it is no part of what grows."""
    folder = scratch / "nothing"
    folder.mkdir()
    (folder / "a.u").write_text("a = 1\n")
    check(home, folder)
    START[0] = best(lambda: cold(home, folder), 5)[1]
    print(f"\nA check of one line: {START[0] * 1000:.0f} ms of CPU, taken off below.")


def tree(scratch, home, lines=50_000):
    """A tree of dense code: cold, again, after one change."""
    folder = scratch / "tree"
    lines = write("dense", lines, folder)
    print(f"\n| a tree of {lines:,} lines | time | CPU | memory |\n|---|---|---|---|")
    table = lambda what, sample: print(f"| {what} | {sample[0] * 1000:.0f} ms | {sample[1] * 1000:.0f} ms | {sample[2]:.0f} MB |", flush=True)
    table("cold", cold(home, folder))
    table("again", best(lambda: check(home, folder), 5))
    files = sorted(folder.glob("*.u"))
    number = [0]

    def change(path, old, new):
        text = path.read_text()
        number[0] += 1
        path.write_text(text.replace(old, new, 1) if old else text + f"\nextra{number[0]} = {number[0]}\n")
        return check(home, folder)

    table("one file longer by a definition", best(lambda: change(files[len(files) // 2], "", ""), 5))
    comment = lambda: change(files[len(files) // 2], "type", f"-- {number[0]}\ntype")
    table("a comment more", best(comment, 5))
    table("a function of the last file changed", best(lambda: change(files[-1], "Nat.drop k", "Nat.drop k 0 + Nat.drop k"), 3))
    table("a function of the first file changed", best(lambda: change(files[0], "Nat.drop k", "Nat.drop k 0 + Nat.drop k"), 2))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--write", nargs=3)
    arguments = parser.parse_args()
    if arguments.write:
        kind, lines, folder = arguments.write
        print(write(kind, int(lines), pathlib.Path(folder)))
        return
    every = [*PIECES, *WHOLES, "onefile", "tree"]
    chosen = arguments.only.split(",") if arguments.only else every
    sizes = [int(size) for size in arguments.sizes.split(",")]
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        home = scratch / "home"
        home.mkdir()
        start(scratch, home)
        growth([kind for kind in every if kind in chosen and kind in PIECES | WHOLES], sizes, scratch, home)
        if "onefile" in chosen:
            growth(["dense", "records"], sizes, scratch, home, one_file=True)
        if "tree" in chosen:
            tree(scratch, home)


main()
