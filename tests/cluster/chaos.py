#!/usr/bin/env python3
"""Programs over five node processes that are killed, stopped, continued and restarted, and whose connections are cut, at random.

    tests/cluster/chaos.py [UNISON] [SECONDS] [SEED]     target/debug/unison, 20 seconds and any seed without them

Every run has to end in time: with the right output, or with a failure that is true. Each task writes a mark into a file of its own when it begins, at whichever node that is.
Where a run says that nothing has run, neither may its mark be there, nor may any node's log have it begun; no task may have left two; one whose run returned has left one.
"""
import os, random, re, shutil, signal, socket, subprocess, sys, tempfile, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNISON = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else os.path.join(ROOT, "target/debug/unison")
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 20
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
NODES, CLIENTS = 5, 3
# A run ends in this time, whatever happens: silence of several nodes, one after the other, and attempts to reach them.
END_S = 100

COMMON = """
fib : Nat -> Nat
fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)

mark : Text -> '{IO, Exception} ()
mark path = do appendFile (FilePath path) (Text.toUtf8 "x")

place : Nat ->{Remote} Node
place n = List.unsafeAt n (nodes Cluster.run)

"""
# Name, source of `main`, right output, how many marks a run that returns has left.
PROGRAMS = [
    ("one", """
main : '{IO, Exception, Remote!} ()
main = do
  path = List.unsafeAt 0 !getArgs
  n = at (place WHERE0) (let
    !(mark path)
    fib 15)
  printLine (Nat.toText n)
""", "610\n", 1),
    ("nested", """
main : '{IO, Exception, Remote!} ()
main = do
  path = List.unsafeAt 0 !getArgs
  (a, b, c) = (place WHERE0, place WHERE1, place WHERE2)
  n = at a (1 + at b (1 + at c (let
    !(mark path)
    fib 12)))
  printLine (Nat.toText n)
""", "146\n", 1),
    ("many", """
main : '{IO, Exception, Remote!} ()
main = do
  futures = List.map (node -> at' node (fib 14)) (nodes Cluster.run)
  printLine (Nat.toText (Nat.sum (List.map await futures)))
""", "1885\n", 0),
    ("moves", """
main : '{IO, Exception, Remote!} ()
main = do
  path = List.unsafeAt 0 !getArgs
  n = at (place WHERE0) (let
    a = fib 10
    transfer (place WHERE1)
    !(mark path)
    b = fib 11
    transfer (place WHERE2)
    a + b)
  printLine (Nat.toText n)
""", "144\n", 1),
]


class Wire:
    """Where a node can be reached: passes bytes on, and at bad times ends each connection after a random number of them."""

    def __init__(self, chaos):
        self.chaos, self.to, self.rng = chaos, None, random.Random(chaos.entropy.random())
        self.bad_until, self.cuts = 0.0, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            try:
                far = socket.create_connection(self.to, timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            for source, sink in [(near, far), (far, near)]:
                threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    def carry(self, source, sink):
        # Most are cut in the greeting or soon after it, some in the middle of something large.
        left = int(self.rng.choice([300, 3_000, 30_000]) * self.rng.random())
        try:
            while data := source.recv(self.rng.choice([7, 100, 1 << 16])):
                bad = time.monotonic() < self.bad_until
                if bad and len(data) > left:
                    self.cuts += 1
                    sink.sendall(data[:left])
                    break
                left -= len(data) if bad else 0
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Node:
    def __init__(self, chaos, number):
        self.chaos, self.number, self.process = chaos, number, None
        self.wire = Wire(chaos)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.wire.to = ("127.0.0.1", self.port)
        self.start()

    def start(self):
        store = os.path.join(self.chaos.scratch, f"node{self.number}.sqlite")
        log = open(os.path.join(self.chaos.scratch, f"node{self.number}.log"), "a")
        # It tells nobody this address, so that all come by way of the wire.
        command = [UNISON, "node", "start", "--listen", f"0.0.0.0:{self.port}", "--store", store, "--log", "evaluation=debug"]
        self.process = subprocess.Popen(command, env=self.chaos.env, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        match = re.match(r"serving as (\S+)", line)
        if not match:
            raise SystemExit(f"node {self.number} does not start again: {line!r}")
        self.text = match.group(1).split("@")[0] + "@" + self.wire.address

    def suffer(self, rng):
        kind = rng.choice(["kill", "stop", "stop", "long stop", "cut", "cut", "cut"])
        if kind == "cut":
            self.wire.bad_until = time.monotonic() + rng.uniform(0.1, 3)
        elif kind == "kill":
            self.process.kill()
            self.process.wait()
            self.chaos.pause(rng.choice([0, 0.2, 2]))
            self.start()
        else:
            self.process.send_signal(signal.SIGSTOP)
            self.chaos.pause(rng.uniform(0.05, 2) if kind == "stop" else rng.uniform(10, 15))
            self.process.send_signal(signal.SIGCONT)
        return kind

    def end(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


class Chaos:
    def __init__(self, scratch):
        self.scratch, self.over, self.lock = scratch, threading.Event(), threading.Lock()
        self.entropy = random.Random(SEED)
        self.env = {"PATH": os.environ["PATH"], "UNISON_HOME": os.path.join(scratch, "home"), "NO_COLOR": "1"}
        self.counts, self.wrong = {}, []
        first = os.path.join(scratch, "first.u")
        open(first, "w").write('main = do printLine "ready"\n')
        # The standard library's image and the user's key are made once.
        subprocess.run([UNISON, "run", first], env=self.env, check=True, capture_output=True)
        self.nodes = [Node(self, n) for n in range(NODES)]

    def pause(self, seconds):
        self.over.wait(seconds)

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def torment(self, seed):
        rng = random.Random(seed)
        while not self.over.is_set():
            self.pause(rng.uniform(0, 1.5))
            self.count(rng.choice(self.nodes).suffer(rng))

    def client(self, seed):
        rng, run = random.Random(seed), 0
        while not self.over.is_set():
            run += 1
            self.one_run(rng, f"{seed}-{run}")

    def one_run(self, rng, token):
        name, source, output, marks = rng.choice(PROGRAMS)
        for n, node in enumerate(rng.sample(range(NODES), 3)):
            source = source.replace(f"WHERE{n}", str(node))
        path = os.path.join(self.scratch, f"mark-{token}")
        file = os.path.join(self.scratch, f"program-{token}.u")
        open(file, "w").write(COMMON + source)
        at = ",".join(node.text for node in rng.sample(self.nodes, NODES))
        began = time.monotonic()
        command = [UNISON, "run", "--at", at, file, path]
        try:
            done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=END_S)
        except subprocess.TimeoutExpired:
            return self.violated(f"{name} {token} has not ended after {END_S} s")
        left = open(path).read() if os.path.exists(path) else ""
        logged = self.has_begun(path)
        told = done.stderr.strip().split("\n")[0]
        about = f"{name} {token}, {time.monotonic() - began:.1f} s: status {done.returncode}, {done.stdout!r}, {told!r}, marks {left!r}"
        if left and not logged:
            self.violated("no log has what has run: " + about)
        if len(left) > 1:
            self.violated("a task has begun twice: " + about)
        if done.returncode == 0:
            self.count("right")
            if done.stdout != output or len(left) != marks:
                self.violated("wrong: " + about)
            return
        self.count("failed: " + re.sub(r"[0-9a-v]{40,}(@\S+)?", "NODE", told)[:90])
        # What did not run at all has said so of the node where `main` was to begin, or of the one where the task was.
        if "nothing has run there" in told and (left or logged) and name == "one":
            self.violated("it has run: " + about)
        known = ["unreachable", "does not answer", "was restarted", "is busy", "is not kept", "cancelled"]
        if not any(word in told for word in known) or done.stdout:
            self.violated("no true failure: " + about)

    def has_begun(self, path):
        """Whether the log of any node says that a task that writes there has begun to."""
        logs = [os.path.join(self.scratch, f"node{n}.log") for n in range(NODES)]
        word = path.encode() + b'"'
        return any(word in line for log in logs for line in open(log, "rb") if b"performing" in line)

    def violated(self, what):
        with self.lock:
            self.wrong.append(what)
        print("WRONG:", what, flush=True)

    def run(self):
        threads = [threading.Thread(target=self.torment, args=(SEED,))]
        threads += [threading.Thread(target=self.client, args=(SEED + 1 + n,)) for n in range(CLIENTS)]
        [thread.start() for thread in threads]
        time.sleep(SECONDS)
        self.over.set()
        [thread.join() for thread in threads]
        [node.end() for node in self.nodes]


scratch = tempfile.mkdtemp(prefix="unison-chaos")
chaos = Chaos(scratch)
chaos.run()
chaos.counts["connections cut"] = sum(node.wire.cuts for node in chaos.nodes)
print(f"seed {SEED}, {SECONDS:.0f} s")
for what, times in sorted(chaos.counts.items()):
    print(f"  {times:5} {what}")
if chaos.wrong:
    sys.exit(f"{len(chaos.wrong)} runs were wrong; what they left is in {scratch}")
if not chaos.counts.get("right"):
    sys.exit(f"no run was right; what they left is in {scratch}")
shutil.rmtree(scratch, ignore_errors=True)
