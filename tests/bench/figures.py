#!/usr/bin/env python3
"""Prints the figures of this build as a section of results.md.

    cargo build --release && tests/bench/figures.py >> tests/bench/results.md
    tests/bench/figures.py --only calls,cold        some groups
    tests/bench/figures.py --compare                Erlang and Ray, where they are installed, in turns with this build

What is printed belongs to one machine on one day; compare only what was measured in one run. Groups: processes, published, node, calls, cold, values.
"""
import argparse, datetime, os, pathlib, platform, shutil, statistics, subprocess, sys, tempfile, time

import measure
from measure import BENCH, ROOT, Node, command, percentile, row, run, spread, stats, table

RUNS = 7


def timed(*arguments):
    """Seconds that a process takes, and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, arguments
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def processes():
    table("whole processes", "median", "least to most", "peak memory")
    jobs = {
        "hello, everything known": ["run", ROOT / "examples/hello.u"],
        "word count, the main job": ["run", ROOT / "examples/word-count.u", ROOT / "examples/data/lighthouse.txt"],
        "fib 32": ["run", BENCH / "fib.u"],
        "loop to 10^8": ["run", BENCH / "loop.u"],
        "map, filter, fold over 10^6": ["run", BENCH / "pipeline.u"],
        "10^6 operations of Store": ["run", BENCH / "state.u"],
        "recursion 10^6 deep": ["run", BENCH / "deep.u"],
    }
    for what, arguments in jobs.items():
        timed(*arguments)
        samples = [timed(*arguments) for _ in range(RUNS)]
        memory = statistics.median(memory for _, memory in samples)
        row(what, [*spread([seconds for seconds, _ in samples], "ms", 1000), f"{memory:.0f} MB"])


# What Unison's runtime has been said to take, in microseconds: a loop in 2026 (791 ms before), fib, a
# reference, a map written out and read, threads.
PUBLISHED = {"a loop of 10^6": 9_000, "fib 22": 44_000, "a reference changed 1,000 times": 109, "a map of 10,000 to another process, and its size back": 32_000, "40,000 tasks": 520_000}


def published():
    table("beside Unison's published figures", "published", "median", "least to most", "times as fast")
    with Node() as one, Node() as two:
        run(BENCH / "published.u", (one, two))
        samples = zip(*[run(BENCH / "published.u", (one, two)) for _ in range(RUNS)])
    for (what, theirs), ours in zip(PUBLISHED.items(), samples):
        row(what, [f"{theirs / 1000:.2f} ms", *spread(ours, "ms", 1 / 1000, 3), f"{theirs / statistics.median(ours):.1f}"])


def started(store):
    with Node(store) as node:
        return node.ready_after, node.memory()


def node():
    table("a node", "ready after", "least to most", "memory")
    with tempfile.TemporaryDirectory() as directory:
        for what, store in {"store in memory": "memory", "store in a file": f"{directory}/store.sqlite"}.items():
            started(store)
            samples = [started(store) for _ in range(RUNS)]
            memory = statistics.median(memory for _, memory in samples)
            row(what, [*spread([seconds for seconds, _ in samples], "ms", 1000), f"{memory:.0f} MB"])


def calls():
    table("warm `at node (1 + 1)`, two processes, TLS", "median", "least to most")
    with Node() as one, Node() as two:
        run(BENCH / "latency.u", (one, two))
        samples = [run(BENCH / "latency.u", (one, two)) for _ in range(RUNS)]
        row("p50", spread([percentile(sample, 0.5) for sample in samples], "us"))
        row("p99", spread([percentile(sample, 0.99) for sample in samples], "us"))
        for callers in (1, 64, 1024):
            rates = [run(BENCH / "throughput.u", (one, two), callers)[0] for _ in range(RUNS)]
            row(f"{callers:,} in flight", spread(rates, "a second"))


def definitions(count, directory):
    """A program whose `main` depends on so many definitions, each on ten others; it evaluates eleven of them."""
    def one(n):
        others = [f"d{k} (m - 1)" for k in range(10 * n - 8, 10 * n + 2) if k <= count]
        return f"d{n} : Nat -> Nat\nd{n} m = if m == 0 then {n} else {' + '.join([str(n), *others])}\n"
    path = pathlib.Path(directory) / f"tree{count}.u"
    path.write_text("\n".join([*map(one, range(1, count + 1)), "main : '{} Nat", "main = do d1 1", ""]))
    return path


def transfer_row(what, samples):
    last = samples[-1]
    bytes_moved = (last["bytes_sent"] + last["bytes_received"]) / 1000
    cells = spread([sample["run_ms"] for sample in samples], "ms", digits=1)
    row(what, [str(last["round_trips"]), str(last["definitions_sent"]), f"{bytes_moved:.1f} kB", *cells])


def cold():
    table("definitions at a node", "round trips", "definitions", "bytes both ways", "median", "least to most")
    with tempfile.TemporaryDirectory() as directory:
        codebase = f"{directory}/codebase.sqlite"
        for count in (1, 100, 10_000):
            program = definitions(count, directory)
            subprocess.run(command("run", "--codebase", codebase, program), check=True, capture_output=True)
            cold, warm, filed = [], [], []
            for turn in range(RUNS):
                with Node() as at:
                    cold.append(stats(program, codebase, at))
                    warm.append(stats(program, codebase, at))
                with Node(f"{directory}/store{count}-{turn}.sqlite") as at:
                    filed.append(stats(program, codebase, at))
            with Node(codebase) as at:
                shared = [stats(program, codebase, at) for _ in range(RUNS)]
            transfer_row(f"{count:,}, cold", cold)
            transfer_row(f"{count:,}, cold, into a file", filed)
            transfer_row(f"{count:,}, warm", warm)
            transfer_row(f"{count:,}, the first of a shared store and then warm", shared)


def values():
    table("a value there and back, two processes, TLS", "median", "least to most")
    with Node() as one, Node() as two:
        for size, what in ((1 << 20, "1 MB"), (10 << 20, "10 MB")):
            row(what, spread(run(BENCH / "values.u", (one, two), size), "ms", 1 / 1000, 1))


def erlang():
    """The same calls by erpc, plain: the program prints p50, p99, calls a second with 1,024 callers, and 1 MB there and back."""
    if not shutil.which("erl"):
        return print("Erlang is not installed (apt-get install erlang-base): left out.", file=sys.stderr)
    out = subprocess.run(["escript", BENCH / "compare.erl"], capture_output=True, text=True)
    if out.returncode != 0:
        return print(f"Erlang fails: {(out.stderr or out.stdout).strip()}", file=sys.stderr)
    return [float(word) for word in out.stdout.split()]


def ray():
    try:
        import ray  # noqa: F401
    except ImportError:
        return print("Ray is not installed (pip install ray): left out.", file=sys.stderr)
    out = subprocess.run([sys.executable, BENCH / "compare_ray.py"], capture_output=True, text=True)
    return [float(word) for word in out.stdout.split()[-4:]] if out.returncode == 0 else None


def ours():
    with Node() as one, Node() as two:
        latency = run(BENCH / "latency.u", (one, two))
        rate = run(BENCH / "throughput.u", (one, two), 1024)[0]
        megabyte = statistics.median(run(BENCH / "values.u", (one, two), 1 << 20))
    return [percentile(latency, 0.5), percentile(latency, 0.99), rate, megabyte]


def compare():
    table("in turns", "p50 us", "p99 us", "calls a second, 1,024 in flight", "1 MB there and back, us")
    systems = {"unison, TLS": ours, "Erlang erpc, plain": erlang, "Ray": ray}
    found = {what: [] for what in systems}
    for _ in range(3):
        for what, measure in systems.items():
            found[what].append(measure())
    for what, samples in found.items():
        if all(samples):
            row(what, [f"{statistics.median(column):,.0f}" for column in zip(*samples)])


GROUPS = {"processes": processes, "published": published, "node": node, "calls": calls, "cold": cold, "values": values}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="GROUP,..", default=",".join(GROUPS), help="groups, separated by commas")
    parser.add_argument("--compare", action="store_true", help="beside Erlang and Ray")
    parser.add_argument("--unison", metavar="PATH", help="another binary than the release build")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each")
    arguments = parser.parse_args()
    globals().update(RUNS=arguments.runs)
    measure.unison = arguments.unison or measure.unison
    groups = ["compare"] if arguments.compare else arguments.only.split(",")
    unknown = [group for group in groups if group not in {**GROUPS, "compare": compare}]
    if unknown:
        parser.error(f"there is no group {', '.join(unknown)}: {', '.join(GROUPS)}")
    with tempfile.TemporaryDirectory() as home:
        os.environ["UNISON_HOME"] = home
        git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(git, capture_output=True, text=True).stdout.strip()
        load = os.getloadavg()[0]
        print(f"## {datetime.date.today()}, {commit}, {os.cpu_count()} cores, {platform.machine()}\n")
        print(f"Medians of {RUNS} runs after one that is not counted. The load before was {load:.1f}.")
        for group in groups:
            {**GROUPS, "compare": compare}[group]()
        print()


main()
