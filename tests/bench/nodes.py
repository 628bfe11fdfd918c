#!/usr/bin/env python3
"""Prints what nodes cost at scale, as a section of results.md.

    cargo build --release && tests/bench/nodes.py >> tests/bench/results.md
    tests/bench/nodes.py --only code,shared

Groups: code (the transfer of definitions), shared (many hosts of one store), cancel, requests (for abilities of the program's own),
many (nodes of one process), ring, waiting (tasks), messages. What is over its bound (round trips and bytes of the first two) is said at the end, with status 1.
"""
import argparse, collections, datetime, json, os, pathlib, platform, resource, sqlite3, subprocess, sys, tempfile, time, zlib

import measure
from measure import BENCH, ROOT, Node, command, percentiles, row, stats, table

SIZES = (1, 100, 10_000, 100_000)
HOSTS = 100
# Of a call that sends no definitions, its connection included, however many it depends on.
WARM_BYTES_MAX = 3_000
# Of the messages of a transfer beside what they carry: two questions, two answers, and that everything is stored.
ENVELOPE_BYTES = 300
# Everything is done so many times less often.
DIVISOR = 1


def tree(letter, count, changed=frozenset()):
    """So many definitions, each of which depends on ten others; those that are changed add one."""
    def one(n):
        others = [f"{letter}{k} (m - 1)" for k in range(10 * n - 8, 10 * n + 2) if k <= count]
        own = n + 1_000_000 if n in changed else n
        return f"{letter}{n} : Nat -> Nat\n{letter}{n} m = if m == 0 then {own} else {' + '.join([str(own), *others])}\n"
    return "\n".join(map(one, range(1, count + 1)))


def some_leaves(count):
    """Leaves that, with all that depends on them, are one of a hundred definitions."""
    leaves, touched = set(), set()
    for leaf in range(count, 0, -7):
        path = {leaf}
        while leaf > 1:
            leaf = (leaf + 8) // 10
            path.add(leaf)
        if len(touched | path) > max(1, count // 100) and leaves:
            break
        leaves.add(max(path))
        touched |= path
    return leaves


def at_node(name):
    """Evaluates it at the first node."""
    return f"main : '{{}} Nat\nmain = do {name} 1\n"


def programs(folder, count):
    """A program, and another one with one of a hundred definitions changed."""
    first, second = tree("d", count), tree("e", count, some_leaves(count))
    texts = {"first": first + at_node("d1"), "second": second + at_node("e1")}
    paths = {name: pathlib.Path(folder) / f"{name}{count}.u" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name])
    return paths


def stored(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        return dict(store.execute("SELECT hash, bytes FROM objects"))


def moved(found):
    return found["bytes_sent"] + found["bytes_received"]


# What was found to be over its bound.
BROKEN = []


def bound(what, found, permitted, unit=""):
    """Notes that more was found than is permitted."""
    if found > permitted:
        BROKEN.append(f"{what}: {found:,.0f}{unit}, and {permitted:,.0f}{unit} are permitted")


def permitted_bytes(missing, listed=0):
    """Of the definitions that were missing: these compressed (here by zlib at its fastest) and 10 % more, 40 bytes for each, 8 for each that is listed."""
    missing = list(missing)
    return 1.1 * len(zlib.compress(b"".join(missing), 1)) + 40 * len(missing) + 8 * listed


def code_row(what, found, round_trips, without=None, permitted=None):
    """What went over the network, and what may beyond `without`, the same with nothing missing."""
    bound(f"{what}: round trips", found["round_trips"], round_trips)
    cells = [str(found["round_trips"]), f"{found['definitions_sent']:,}", f"{moved(found) / 1000:.1f} kB", ""]
    if permitted is not None:
        bound(f"{what}: bytes beyond a warm call", moved(found) - moved(without) - ENVELOPE_BYTES, permitted, " B")
        cells[-1] = f"{(moved(without) + permitted) / 1000:.1f} kB"
    row(what, [*cells, f"{found['run_ms']:.0f} ms"])


def code():
    """The first program cold and warm; the second one from another process, which remembers nothing; the first one over a shared store."""
    table("definitions at a node", "round trips", "definitions", "bytes both ways", "permitted", "time")
    for count in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            paths, codebase, store = programs(folder, count), f"{folder}/codebase.sqlite", f"{folder}/store.sqlite"
            for path in paths.values():
                subprocess.run(command("run", "--codebase", codebase, path), check=True, capture_output=True)
            with Node(store) as at:
                cold, had = stats(paths["first"], codebase, at), stored(store)
                warm = stats(paths["first"], codebase, at)
                code_row(f"{count:,}, cold", cold, 3, warm, permitted_bytes(had.values(), len(had)))
                code_row(f"{count:,}, warm", warm, 1)
                bound(f"{count:,}, warm: bytes", moved(warm), WARM_BYTES_MAX, " B")
                changed = stats(paths["second"], codebase, at)
                new = [content for hash, content in stored(store).items() if hash not in had]
                code_row(f"{count:,}, 1 % missing, nothing remembered", changed, 3, warm, permitted_bytes(new, len(had)))
            with Node(codebase) as at:
                code_row(f"{count:,}, shared store", stats(paths["first"], codebase, at), 1)


def sent(node):
    line = command("node", "status", node.address, "--format", "json")
    return json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)["sent_bytes"]


def shared(count=10_000):
    """A host with a store of its own has the hosts of another store do the same at once; what it sends them."""
    table(f"from one host to {HOSTS} of one store", "bytes sent", "time")
    with tempfile.TemporaryDirectory() as folder:
        program, codebase, store = pathlib.Path(folder) / "all.u", f"{folder}/codebase.sqlite", f"{folder}/store.sqlite"
        everywhere = "main : '{Remote, IO, Exception} Nat\nmain = do\n  futures = List.map (n -> at' n (d1 2)) (List.drop 1 (nodes Cluster.run))\n  List.foldLeft (sum f -> sum + await f) 0 futures\n"
        program.write_text(tree("d", count) + everywhere)
        subprocess.run(command("run", "--codebase", codebase, program), check=True, capture_output=True)
        nodes = [Node(), *(Node(store) for _ in range(HOSTS))]
        try:
            at = collections.namedtuple("At", "address")(",".join(node.__enter__().address for node in nodes))
            taken = {}
            for what in ("cold", "warm"):
                before = sent(nodes[0])
                found = stats(program, codebase, at)
                taken[what] = sent(nodes[0]) - before
                row(f"{count:,} definitions, {what}", [f"{taken[what] / 1000:.0f} kB", f"{found['run_ms']:.0f} ms"])
            # One of them, or two that began before the first had them all, and a word to each of the others.
            permitted = 2 * permitted_bytes(stored(store).values(), count) + 500 * HOSTS
            bound(f"{HOSTS} hosts of one store: bytes beyond warm calls", taken["cold"] - taken["warm"], permitted, " B")
        finally:
            for node in nodes:
                node.__exit__()


# What is cancelled, how often, and after how many milliseconds it is in the middle of it.
CANCELLED = {"loop": (1000, 5), "busy": (1000, 5), "flood": (200, 3), "collect": (200, 900), "sort": (200, 900), "json": (200, 700), "debug": (200, 400), "compare": (200, 300), "search": (200, 300), "split": (200, 300), "upper": (200, 300), "copy": (200, 300)}


def cancel():
    """From a cancellation to the moment at which the one worker of the node has done something else, over two processes."""
    table("cancelled", "times", "median", "p99", "most", "the same question without, median", "p99", "most")
    with Node() as one, Node(processors="0") as two:
        for what, (times, wait) in CANCELLED.items():
            times = max(2, times // DIVISOR)
            line = command("run", "--at", f"{one.name},{two.name}", BENCH / "cancel.u", what, times, wait)
            lines = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()
            samples = [[int(word) for word in found.split()] for found in lines]
            row(what, [str(times), *percentiles(samples[0], "ms", 1 / 1000, 1), *percentiles(samples[1], "ms", 1 / 1000, 1)])


def traffic(node):
    line = command("node", "status", node.address, "--format", "json")
    found = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    return moved({"bytes_sent": found["sent_bytes"], "bytes_received": found["received_bytes"]})


# What waits for an answer, as the arguments of the program.
REQUESTS = {
    "holding nothing": (100, 0, 0, 1),
    "from under 10,000 frames": (100, 0, 10_000, 1),
    "holding 1,000 numbers": (100, 1000, 0, 1),
    "holding 10,000 numbers": (100, 10_000, 0, 1),
    "holding 10,000 numbers, answered ten times": (1, 10_000, 0, 10),
}


def requests():
    """Requests for an ability of the program's own: what an answer takes, by what waits for it, by the stack of whoever answers, and by how often the same request is answered."""
    table("requests that cross nodes", "bytes both ways, each", "time, each")
    with Node() as one, Node() as two:
        def run(at, *arguments):
            line = command("run", "--at", at, BENCH / "requests.u", *arguments)
            return [int(word) for word in subprocess.run(line, capture_output=True, text=True, check=True).stdout.split()]
        def between(*arguments):
            before = traffic(two)
            _, us, answers = run(f"{one.name},{two.name}", *arguments)
            return (traffic(two) - before) / answers, us
        between(1, 0, 0, 1), between(1, 0, 0, 2)
        for what, arguments in REQUESTS.items():
            moved, us = between(*arguments)
            row(what, [f"{moved:,.0f}", f"{us} us"])
        for what, arguments in REQUESTS.items():
            row(f"{what}, in one process", ["", f"{run('local:2', *arguments)[1]} us"])


def peak(*arguments):
    """What a process prints, and its peak memory in MB."""
    process = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    return (out if status == 0 else None), usage.ru_maxrss / 1024


def many():
    """Nodes of one process; what the process takes without any is subtracted from its memory."""
    table("nodes of one process", "made", "made a second", "memory")
    _, before = peak("run", BENCH / "ring.u", 1, "make")
    for count in (100_000, 1_000_000):
        out, memory = peak("run", BENCH / "ring.u", count, "make")
        took = int(out)
        row(f"{count:,}", [f"{took / 1000:.0f} ms", f"{count * 1e6 / took:,.0f}", f"{memory - before:.0f} MB"])


def ring():
    """One message around so many nodes of one process."""
    table("a ring of nodes", "made", "listening", "around", "memory")
    for count in (1_000, 10_000, 100_000):
        out, memory = peak("run", BENCH / "ring.u", count)
        cells = [f"{int(word) / 1000:.0f} ms" for word in out.split()] if out else ["fails", "", ""]
        row(f"{count:,}", [*cells, f"{memory:.0f} MB"])


def waiting():
    """Tasks that all wait for one message: starting them, and from the message to the last answer; what the process takes without any is subtracted from its memory and its processor time."""
    table("tasks that wait", "started", "answered", "processor time each", "memory each")
    _, before = peak("run", BENCH / "waiting.u", 1)
    for count in (10_000, 100_000, 1_000_000):
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        out, memory = peak("run", BENCH / "waiting.u", count)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        cells = [f"{int(word) / 1000:.0f} ms" for word in out.split()] if out else ["fails", ""]
        row(f"{count:,}", [*cells, f"{processor * 1e6 / count:.1f} us", f"{(memory - before) * 1024 / count:.2f} kB"])


def messages():
    """What goes from task to task inside one process."""
    table("messages inside a process", "messages", "a second")
    count = 200_000 // DIVISOR
    times = peak("run", BENCH / "messages.u", count)[0].split()
    for what, us in zip(("back and forth, one node, `send`", "back and forth, two nodes, `send`", "one way, `deliver`, each when the one before was taken"), times):
        row(what, [f"{count:,}", f"{count * 1e6 / int(us):,.0f}"])


GROUPS = {"code": code, "shared": shared, "cancel": cancel, "requests": requests, "many": many, "ring": ring, "waiting": waiting, "messages": messages}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="GROUP,..", default=",".join(GROUPS), help="groups, separated by commas")
    parser.add_argument("--unison", metavar="PATH", help="another binary than the release build")
    parser.add_argument("--hosts", type=int, default=100, help="hosts of one store")
    parser.add_argument("--divisor", type=int, default=DIVISOR, help="cancel so many times less often")
    arguments = parser.parse_args()
    globals().update(HOSTS=arguments.hosts, DIVISOR=arguments.divisor)
    measure.unison = arguments.unison or measure.unison
    with tempfile.TemporaryDirectory() as home:
        os.environ["UNISON_HOME"] = home
        git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(git, capture_output=True, text=True).stdout.strip()
        print(f"## {datetime.date.today()}, {commit}, {os.cpu_count()} cores, {platform.machine()}: nodes\n")
        print(f"One run of each. The load before was {os.getloadavg()[0]:.1f}.")
        for group in arguments.only.split(","):
            GROUPS[group]()
        print()
    if BROKEN:
        sys.exit("over the bound:\n" + "\n".join(BROKEN))


main()
