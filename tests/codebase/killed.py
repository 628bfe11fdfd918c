#!/usr/bin/env python3
"""Kills each command that changes a codebase at each of its writes, and looks at what is left.

    tests/codebase/killed.py [UNISON]        the binary; target/debug/unison without it

For each command in turn, and for each of the system calls below, strace kills the process at the first such call, at the second one, and so on until it gets to
its end. After each kill the codebase has to open and be sound, the names have to be as before the command or as after it, everything that was
acknowledged earlier has to be in the history, and the command has to work again. STEP (a number) runs one command only.

`pull` is killed like the others while a node gives it names; of `push` it is the node that is killed, at each write of its codebase.
"""
import json, os, shutil, signal, sqlite3, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNISON = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else os.path.join(ROOT, "target/debug/unison")
CALLS = ["pwrite64", "write", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "openat", "mkdir"]
# Calls that do not write are as many as files that are opened: enough of them are tried.
AT_MOST = {"openat": 60}

SHAPES = """-- A shape in the plane.
type Shape = Circle Nat | Rect Nat Nat

-- Its area, roughly.
area : Shape -> Nat
area = cases
  Circle r -> 3 * r * r
  Rect a b -> a * b

total : [Shape] -> Nat
total shapes = List.foldLeft (sum s -> sum + area s) 0 shapes

type Drawing = { shapes : [Shape], title : Text }

describe : Drawing -> Text
describe d = Drawing.title d ++ ": " ++ Nat.toText (total (Drawing.shapes d))
"""
CUBE = "type Shape = Circle Nat | Rect Nat Nat | Cube Nat\n"
SCRATCH = ".unison/codebase.scratch.u"


def mend(folder):
    path = os.path.join(folder, SCRATCH)
    text = open(path).read().replace("  Rect a b -> a * b", "  Rect a b -> a * b\n  Cube a -> 6 * a * a")
    open(path, "w").write(text)


# Arguments, exit status, what is done before.
STEPS = [
    (["init", "--name", "plane"], 0, None),
    (["add", "shapes.u"], 0, None),
    (["add", "cube.u"], 1, None),
    (["update"], 0, mend),
    (["rename", "area", "Shape.area"], 0, None),
    (["edit", "total"], 0, None),
    (["delete", "describe"], 0, None),
    (["undo"], 0, None),
    (["undo", "--redo"], 0, None),
    (["private", "total"], 0, None),
    (["gc", "--unused-for", "0"], 0, None),
    (["private", "--undo", "total"], 0, None),
    (["pull", "NODE"], 0, None),
]
FROM_ELSEWHERE = """-- Comes from another codebase.
type Colour = Red | Green

paint : Colour -> Text
paint = cases
  Red   -> "red"
  Green -> "green"
"""


class World:
    def __init__(self, scratch):
        self.scratch = scratch
        self.env = {"PATH": os.environ["PATH"], "UNISON_HOME": os.path.join(scratch, "home"), "NO_COLOR": "1"}

    def unison(self, folder, arguments, kill=None):
        command = [UNISON, *arguments]
        if kill:
            call, when = kill
            inject = f"inject={call}:signal=SIGKILL:when={when}"
            command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject, *command]
        return subprocess.run(command, cwd=folder, env=self.env, capture_output=True, text=True)

    def node(self, store, kill=None):
        """Starts a node; gives the process and its address, or None for the address if it was killed before it was ready."""
        command = [UNISON, "node", "start", "--store", store, "--format", "json"]
        if kill:
            call, when = kill
            inject = f"inject={call}:signal=SIGKILL:when={when}"
            command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject, *command]
        process = subprocess.Popen(command, cwd=self.scratch, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = process.stdout.readline()
        return process, json.loads(line)["node"] if line else None

    def history(self, folder):
        done = self.unison(folder, ["history", "--limit", "1000", "--format", "json"])
        if done.returncode:
            fail(f"the codebase does not open: {done.stderr}")
        changes = json.loads(done.stdout)["changes"]
        for change in changes:
            del change["at_ms"], change["undone"]
        return list(reversed(changes))


def names(history):
    meaning = {}
    for change in history:
        for step in change["names"]:
            key = (step["is_type"], step["name"])
            meaning[key] = step["new"]
    # Who owns a codebase is said by each for itself.
    return {key: value for key, value in meaning.items() if value and key[1] != "Remote.here!"}


def fail(why):
    print(f"FAILED: {why}", file=sys.stderr)
    sys.exit(1)


def sound(folder):
    sound_file(os.path.join(folder, ".unison/codebase.sqlite"))


def sound_file(path):
    if os.path.exists(path):
        db = sqlite3.connect(path)
        if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok" or db.execute("PRAGMA foreign_key_check").fetchone():
            fail(f"{path} is damaged")
        db.close()


def fresh(base, folder):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)


def check(world, step, folder, before, after, where):
    """What is left, and what comes of doing it again."""
    arguments, status, _ = STEPS[step]
    if arguments[0] == "init":
        done = world.unison(folder, arguments)
        there = [os.path.exists(os.path.join(folder, name)) for name in ("unison.toml", "main.u", ".gitignore")]
        if not all(there) or (done.returncode and "is there already" not in done.stderr):
            fail(f"{where}: init cannot be finished: {there} {done.stderr}")
        if world.unison(folder, ["run", "main.u"]).stdout != "Hello, world!\n":
            fail(f"{where}: the program does not run")
        return
    history = world.history(folder)
    sound(folder)
    if history[: len(before)] != before:
        fail(f"{where}: the history has lost something: {history}")
    if names(history) not in (names(before), names(after)):
        fail(f"{where}: half of it was done: {history}")
    landed = len(history) > len(before)
    if not landed or arguments[0] in ("add", "update", "edit"):
        done = world.unison(folder, arguments)
        finished = landed and "nothing to take in" in done.stderr
        if done.returncode != status and not finished and not (landed and done.returncode == 0):
            fail(f"{where}: it cannot be done again: {done.stdout}{done.stderr}")
    if names(world.history(folder)) != names(after):
        fail(f"{where}: it ends with other names")
    scratch = os.path.join(folder, SCRATCH)
    if arguments == ["add", "cube.u"]:
        text = open(scratch).read()
        if not all(name in text for name in ("area :", "total :", "describe :")):
            fail(f"{where}: the scratch file lacks something:\n{text}")
    if arguments[0] == "edit" and "total :" not in open(scratch).read():
        fail(f"{where}: the scratch file lacks it")
    shown = world.unison(folder, ["view", *sorted({name for _, name in names(after)})])
    if shown.returncode:
        fail(f"{where}: not everything can be viewed: {shown.stderr}")


def push_to_killed_nodes(world, base):
    """The node that gets names is killed at each write; after a restart the same push ends well, and its codebase has all or nothing of it."""
    hub, kills = os.path.join(world.scratch, "pushed.sqlite"), []
    wanted = names(world.history(base))
    for call in ("pwrite64", "fsync", "fdatasync", "ftruncate", "unlink"):
        when = 1
        while when < 10_000:
            for end in ("", "-wal", "-shm", "-lock"):
                if os.path.exists(hub + end):
                    os.remove(hub + end)
            process, node = world.node(hub, (call, when))
            if node:
                world.unison(base, ["push", node])
            alive = process.poll() is None
            stop(process)
            if alive and node:
                break
            sound_file(hub)
            process, node = world.node(hub)
            done = world.unison(base, ["push", node])
            stop(process)
            if done.returncode:
                fail(f"push to a node killed at {call} {when} cannot be done again: {done.stdout}{done.stderr}")
            listed = world.unison(base, ["history", "--codebase", hub, "--format", "json", "--limit", "1000"])
            if names(list(reversed(json.loads(listed.stdout)["changes"]))) != wanted:
                fail(f"push to a node killed at {call} {when}: it has other names")
            sound_file(hub)
            when += 1
        kills.append((call, when - 1))
    print("push to a node: " + ", ".join(f"{n} {call}" for call, n in kills if n), flush=True)
    return sum(n for _, n in kills)


def stop(process):
    # strace lets go of what it traces when it ends; the node itself has to be killed.
    subprocess.run(["pkill", "-KILL", "-P", str(process.pid)])
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def main():
    if not shutil.which("strace"):
        print("skipped: there is no strace")
        return
    with tempfile.TemporaryDirectory(prefix="unison-killed-") as scratch:
        world = World(scratch)
        base, folder = os.path.join(scratch, "base"), os.path.join(scratch, "work")
        os.makedirs(base)
        for name, text in (("shapes.u", SHAPES), ("cube.u", CUBE)):
            open(os.path.join(base, name), "w").write(text)
        # The library's image is not what is tested here.
        if world.unison(base, ["ls", "--codebase", os.path.join(scratch, "other.sqlite")]).returncode:
            fail("unison does not run")
        hub = os.path.join(scratch, "hub.sqlite")
        open(os.path.join(scratch, "colours.u"), "w").write(FROM_ELSEWHERE)
        if world.unison(scratch, ["add", "--codebase", hub, "colours.u"]).returncode:
            fail("the other codebase cannot be made")
        process, node = world.node(hub)
        before, kills = [], 0
        for step, (arguments, status, prepare) in enumerate(STEPS):
            arguments[:] = [node if word == "NODE" else word for word in arguments]
            if prepare:
                prepare(base)
            fresh(base, folder)
            done = world.unison(folder, arguments)
            if done.returncode != status:
                fail(f"{arguments}: {done.stdout}{done.stderr}")
            after = world.history(folder) if step else []
            if os.environ.get("STEP", str(step)) == str(step):
                counts = []
                for call in CALLS:
                    when = 1
                    while when <= AT_MOST.get(call, 10_000):
                        fresh(base, folder)
                        # strace ends as what it traces did.
                        if world.unison(folder, arguments, (call, when)).returncode not in (-9, 137):
                            break
                        check(world, step, folder, before, after, f"{' '.join(arguments)}, {call} {when}")
                        when += 1
                    counts.append((call, when - 1))
                kills += sum(count for _, count in counts)
                print(f"{' '.join(arguments)}: " + ", ".join(f"{n} {call}" for call, n in counts if n), flush=True)
            fresh(base, folder)
            world.unison(folder, arguments)
            shutil.rmtree(base)
            shutil.copytree(folder, base)
            before = world.history(base) if step else []
        stop(process)
        kills += push_to_killed_nodes(world, base)
        print(f"{kills} kills, nothing lost")


main()
