#!/usr/bin/env python3
"""Runs the same programs here and in other systems, in turns, and prints what each took as a section of results.md.

    cargo build --release && tests/bench/peers/run.py
    tests/bench/peers/run.py --only fib,loop --systems unison,erlang --runs 5
    tests/bench/peers/run.py --handlers             the effect-handlers benchmarks instead, beside OCaml 5
    tests/bench/peers/run.py --install              what is missing and can be had from Debian is installed first (as root)

Times are processor time of the whole process, user and system, start-up and all; the row `hello` says what that is. Every answer has to be the one of `ANSWERS`, otherwise the
run fails. Systems that are missing are left out and named. The first number of a cell is the median in milliseconds, the second how many times as long that is as
ours. OCaml 5 is found as `ocamlopt` under OCAML5 (a prefix), where its sources were built.
"""
import argparse, datetime, math, os, pathlib, platform, random, shutil, statistics, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEBIAN = {"ocamlopt": "ocaml-nox", "erlc": "erlang-base", "racket": "racket", "node": "nodejs", "guile": "guile-3.0", "luajit": "luajit", "python3": "python3"}
LIMIT = 120  # seconds that a program may take


# What each program prints.
ANSWERS = {
    "hello": "hello",
    "fib": "9227465",
    "loop": "5000000050000000",
    "queens": "724",
    "trees": "68332206",
    "sort": "639364122",
    "map-insert": "1000000",
    "map-lookup": "500231",
    "pipeline-long": "15000090000000",
    "pipeline-short": "159990000000",
    "text": "2000000",
    "words": None,
    "search": None,
    "compose": "618",
    "json": None,
    "nbody": "-169096567",
    "mandelbrot": "99378",
    "tasks": "800020000",
    "ping-pong": "200000",
    "stream": "99900000",
}


def write_words(path):
    """Ten megabytes of text in which words are as frequent as in prose; gives what `words` and `search` say of it."""
    draw = random.Random(7)
    syllables = "sto ne ri ver lan tern wa ter mo un tain ca ble for est win dow gra vel o ra nge".split()
    vocabulary = sorted({"".join(draw.choice(syllables) for _ in range(draw.randint(1, 4))) for _ in range(60_000)})
    draw.shuffle(vocabulary)
    text = []
    size = 0
    while size < 10_000_000:
        word = vocabulary[min(int(draw.paretovariate(0.7)) - 1, len(vocabulary) - 1)]
        text.append(word)
        size += len(word) + 1
        if len(text) % 12 == 0:
            text.append("\n")
    text = " ".join(text)
    path.write_text(text)
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return f"{len(counts)} {max(counts.values())}", str(text.count("stone"))


def write_json(path):
    """Six megabytes of JSON; gives how many characters it has."""
    draw = random.Random(11)
    name = lambda: "".join(draw.choice("abcdefghij") for _ in range(draw.randint(3, 9)))
    record = lambda i: (
        f'{{"id":{i},"name":"{name()}","tags":["{name()}","{name()}","{name()}"],"score":{i % 97}.5,"ok":{"true" if i % 3 else "false"},'
        f'"none":null,"nested":{{"a":[1,2,3],"b":"line\\nbreak \\"quoted\\" \u00e9"}}}}'
    )
    text = "[" + ",".join(record(i) for i in range(40_000)) + "]"
    path.write_text(text, encoding="utf-8")
    return str(len(text))


def built(work, name, *command):
    """A compiler is run in the work directory, and the result of that name is what runs."""
    subprocess.run([*map(str, command)], cwd=work, check=True)
    return [str(work / name)]


def systems(work):
    """How a program is started in each system that is here."""
    found = {"unison": [str(ROOT / "target/release/unison"), "run", str(HERE / "programs.u")]}
    for label, compiler in {"ocaml": shutil.which("ocamlopt"), "ocaml 5": ocaml5().exists() and ocaml5()}.items():
        if compiler:
            name = label.replace(" ", "")
            shutil.copy(HERE / "programs.ml", work / f"{name}.ml")
            found[label] = built(work, name, compiler, "-inline", 100, f"{name}.ml", "-o", name)
    if shutil.which("erlc"):
        built(work, "", "erlc", HERE / "programs.erl")
        found["erlang"] = ["erl", "-noshell", "-pa", str(work), "-run", "programs", "main"]
    for label, name, sources, prepare in [
        ("racket", "racket", ["programs.rkt", "common.scm"], ["raco", "make", "programs.rkt"]),
        ("guile", "guile", ["programs.scm", "common.scm"], None),
        ("node", "node", ["programs.js"], None),
        ("luajit", "luajit", ["programs.lua"], None),
        ("python", "python3", ["programs.py"], None),
    ]:
        if shutil.which(name):
            for source in sources:
                shutil.copy(HERE / source, work)
            if prepare:
                subprocess.run(prepare, cwd=work, check=True)
            found[label] = [name, str(work / sources[0])]
    return found


def timed(command, work):
    """Seconds of processor time, and what was printed; none if the system does not have the program."""
    process = subprocess.Popen(["timeout", str(LIMIT), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=work)
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    status = os.waitstatus_to_exitcode(status)
    if status in (64, 124):
        return None
    if status != 0:
        sys.exit(f"{' '.join(command)} fails: {err.decode().strip()}")
    return usage.ru_utime + usage.ru_stime, out.decode().strip()


def measured(arguments, answer, commands, runs, work):
    """The median of each system, after a run that is not counted."""
    samples = {label: [] for label in commands}
    for turn in range(runs + 1):
        for label, command in commands.items():
            if samples[label] is None:
                continue
            result = timed([*command, *arguments], work)
            if result is None:
                samples[label] = None
                continue
            seconds, printed = result
            if printed != answer:
                sys.exit(f"{label} says that {' '.join([*command, *arguments])} is {printed}, and it is {answer}")
            if turn > 0:
                samples[label].append(seconds)
    return {label: times and statistics.median(times) for label, times in samples.items()}


def install():
    missing = [package for name, package in DEBIAN.items() if not shutil.which(name)]
    if missing:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", *missing], check=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", help="programs, with commas")
    options.add_argument("--systems", help="systems, with commas")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--handlers", action="store_true", help="the programs of ../handlers, which OCaml 5 has handlers for, in place of the others")
    options.add_argument("--install", action="store_true")
    options = options.parse_args()
    if options.install:
        install()
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        os.environ["UNISON_HOME"] = str(work / "home")
        (compare_handlers if options.handlers else compare)(options, work)


def heading(options, what):
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    print(f"## {datetime.date.today()}, {commit}, {os.cpu_count()} cores, {platform.machine()}: {what}\n")
    print(f"Milliseconds of processor time, medians of {options.runs} runs in turns after one that is not counted, with the ratio to ours. The load before was {os.getloadavg()[0]:.1f}.")


def mean(ratios):
    return f"{math.exp(statistics.fmean(map(math.log, ratios))):.2f}" if ratios else ""


def ocaml5():
    return pathlib.Path(os.environ.get("OCAML5", "/opt/ocaml5")) / "bin/ocamlopt"


def compare_handlers(options, work):
    """The effect-handlers benchmarks at their usual sizes. Programs that resume more than once are ours alone."""
    heading(options, "effect handlers")
    beside = None
    if ocaml5().exists():
        shutil.copy(HERE / "handlers.ml", work)
        beside = built(work, "handlers", ocaml5(), "-O3", "handlers.ml", "-o", "handlers")
    else:
        print("OCaml 5 is not here.")
    print("\n| program | unison | ocaml 5 |\n|---|---|---|")
    ratios = []
    for source in sorted((HERE.parent / "handlers").glob("*.u")):
        if options.only and source.stem not in options.only.split(","):
            continue
        commands = {"unison": [str(ROOT / "target/release/unison"), "run", str(source)]}
        _, answer = timed(commands["unison"], work)
        if beside and timed([*beside, source.stem], work):
            commands["ocaml 5"] = [*beside, source.stem]
        times = measured([], answer, commands, options.runs, work)
        cell = ""
        if times.get("ocaml 5"):
            ratios.append(times["ocaml 5"] / times["unison"])
            cell = f"{times['ocaml 5'] * 1000:.0f} ({ratios[-1]:.2f})"
        print(f"| {source.stem} | {times['unison'] * 1000:.0f} | {cell} |", flush=True)
    print(f"| geometric mean of the ratios | | {mean(ratios)} |")


def compare(options, work):
    answers = dict(ANSWERS)
    answers["words"], answers["search"] = write_words(work / "words.txt")
    answers["json"] = write_json(work / "document.json")
    files = {"words": ["words.txt"], "search": ["words.txt"], "json": ["document.json"]}
    commands = systems(work)
    left_out = [label for label in ["ocaml", "ocaml 5", "erlang", "racket", "guile", "node", "luajit", "python"] if label not in commands]
    if options.systems:
        commands = {label: commands[label] for label in options.systems.split(",") if label in commands}
    programs = options.only.split(",") if options.only else list(answers)
    heading(options, "beside other systems")
    if left_out:
        print(f"Not here: {', '.join(left_out)}.")
    others = [label for label in commands if label != "unison"]
    print("\n| program | unison | " + " | ".join(others) + " |\n" + "|---" * (len(others) + 2) + "|")
    ratios = {label: [] for label in others}
    for program in programs:
        times = measured([program, *files.get(program, [])], answers[program], commands, options.runs, work)
        cells = []
        for label in others:
            if not times[label]:
                cells.append("")
                continue
            ratio = times[label] / times["unison"]
            cells.append(f"{times[label] * 1000:.0f} ({ratio:.2f})")
            if program != "hello":
                ratios[label].append(ratio)
        print(f"| {program} | {times['unison'] * 1000:.0f} | " + " | ".join(cells) + " |", flush=True)
    print("| geometric mean of the ratios | | " + " | ".join(mean(ratios[label]) for label in others) + " |")


main()
