#!/usr/bin/env python3
"""Prints the figures of this build as a table: medians of whole processes, and of calls between two node processes.

    cargo build --release && tests/bench/figures.py >> tests/bench/results.md

What is printed belongs to one machine on one day; compare only what was measured in one run.
"""
import datetime, json, os, pathlib, platform, statistics, subprocess, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNISON = ROOT / "target/release/unison"
BENCH = ROOT / "tests/bench"
RUNS = 7


def command(*arguments):
    return [str(UNISON), *map(str, arguments)]


def timed(*arguments):
    """Seconds that a process takes, and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, arguments
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def row(what, arguments):
    timed(*arguments)
    samples = [timed(*arguments) for _ in range(RUNS)]
    seconds = [seconds for seconds, _ in samples]
    memory = statistics.median(memory for _, memory in samples)
    spread = f"{min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f}"
    print(f"| {what} | {statistics.median(seconds) * 1000:.0f} ms | {spread} | {memory:.0f} MB |", flush=True)


class Node:
    """A node process with an empty store in memory."""

    def __enter__(self):
        start = command("node", "start", "--listen", "127.0.0.1:0", "--store", "memory", "--format", "json")
        self.process = subprocess.Popen(start, stdout=subprocess.PIPE, text=True)
        self.name = json.loads(self.process.stdout.readline())["node"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def calls():
    with Node() as one, Node() as two:
        run = command("run", BENCH / "calls.u", "--at", f"{one.name},{two.name}")
        samples = []
        for _ in range(RUNS):
            out = subprocess.run(run, capture_output=True, text=True, check=True).stdout
            samples.append([int(line) for line in out.split()])
    each = [sample[0] for sample in samples]
    rate = [sample[1] for sample in samples]
    print(f"| warm `at node (1 + 1)`, two processes | {statistics.median(each):.0f} us | {min(each)} to {max(each)} | |")
    print(f"| the same with 1,000 in flight | {statistics.median(rate):.0f} a second | {min(rate)} to {max(rate)} | |")


def main():
    os.environ["UNISON_HOME"] = tempfile.mkdtemp()
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    print(f"## {datetime.date.today()}, {commit}, {os.cpu_count()} cores, {platform.machine()}\n")
    print(f"Medians of {RUNS} runs after one that is not counted.\n")
    print("| what | median | least to most | peak memory |\n|---|---|---|---|")
    row("hello, everything known", ["run", ROOT / "examples/hello.u"])
    row("word count, the main job", ["run", ROOT / "examples/word-count.u", ROOT / "examples/data/lighthouse.txt"])
    row("fib 32", ["run", BENCH / "fib.u"])
    row("loop to 10^8", ["run", BENCH / "loop.u"])
    row("map, filter, fold over 10^6", ["run", BENCH / "pipeline.u"])
    row("10^6 operations of Store", ["run", BENCH / "state.u"])
    row("recursion 10^6 deep", ["run", BENCH / "deep.u"])
    calls()
    print()


main()
