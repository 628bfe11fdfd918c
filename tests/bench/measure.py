"""What the scripts that measure have in common: rows of tables, node processes, and what a run costs."""
import json, os, pathlib, statistics, subprocess, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
unison = ROOT / "target/release/unison"
BENCH = ROOT / "tests/bench"


def command(*arguments):
    return [str(unison), *map(str, arguments)]


def row(what, cells):
    print(f"| {what} | " + " | ".join(cells) + " |", flush=True)


def table(*heads):
    print("\n| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")


def spread(samples, unit, scale=1, digits=0):
    """The median, and the least and the most."""
    shown = [f"{value * scale:.{digits}f}" for value in (statistics.median(samples), min(samples), max(samples))]
    return f"{shown[0]} {unit}", f"{shown[1]} to {shown[2]}"


def percentile(samples, share):
    return sorted(samples)[min(len(samples) - 1, int(share * len(samples)))]


def percentiles(samples, unit, scale=1, digits=0):
    """The median, the 99th of a hundred, and the most."""
    return [f"{value * scale:.{digits}f} {unit}" for value in (percentile(samples, 0.5), percentile(samples, 0.99), max(samples))]


class Node:
    """A node process, by default with an empty store in memory."""

    def __init__(self, store="memory", processors=None):
        self.store = store
        # A host has as many workers as processors.
        self.before = ["taskset", "-c", processors] if processors else []

    def __enter__(self):
        start = time.perf_counter()
        arguments = ["node", "start", "--listen", "127.0.0.1:0", "--store", self.store, "--format", "json"]
        self.process = subprocess.Popen([*self.before, *command(*arguments)], stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.ready_after = time.perf_counter() - start
        self.name, self.address = ready["node"], ready["address"]
        return self

    def memory(self):
        """MB that the process holds."""
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 2**20

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def run(program, at, *arguments):
    """What a program prints, evaluated at the first of these nodes."""
    line = command("run", "--at", ",".join(node.name for node in at), program, *arguments)
    return [int(word) for word in subprocess.run(line, capture_output=True, text=True, check=True).stdout.split()]


def stats(program, codebase, at):
    """What a run of the program says that it cost."""
    line = command("run", "--stats=json", "--codebase", codebase, "--at", at.address, program)
    return json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stderr.splitlines()[-1])
