"""As programs.u. Lists and dictionaries change in place, since that is what one would write."""
import asyncio, json, math, sys

sys.setrecursionlimit(10_000)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def loop(n):
    total = 0
    while n:
        total += n
        n -= 1
    return total


def queens(size):
    def safe(column, queens):
        return all(column != q and column != q + i and column + i != q for i, q in enumerate(queens, 1))

    def place(row, queens):
        return 1 if row == 0 else sum(place(row - 1, [c, *queens]) for c in range(size) if safe(c, queens))

    return place(size, [])


def grow(depth):
    return (None, None) if depth == 0 else (grow(depth - 1), grow(depth - 1))


def nodes_of(tree):
    return 0 if tree is None else 1 + nodes_of(tree[0]) + nodes_of(tree[1])


def trees(deepest):
    total, long = nodes_of(grow(deepest + 1)), grow(deepest)
    for depth in range(4, deepest + 1, 2):
        for _ in range(2 ** (deepest - depth + 4)):
            total += nodes_of(grow(depth))
    return total + nodes_of(long)


def following(state):
    return state * 16807 % 2147483647


def randoms(seed, size):
    numbers, state = [], seed
    for _ in range(size):
        state = following(state)
        numbers.append(state)
    return numbers


def fingerprint(numbers):
    acc = 7
    for x in numbers:
        acc = (acc * 31 + x) % 1000000007
    return acc


def merge_sort(numbers):
    if len(numbers) < 2:
        return numbers
    half = len(numbers) // 2
    return merge(merge_sort(numbers[:half]), merge_sort(numbers[half:]))


def merge(left, right):
    merged, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]


def inserted():
    numbers, key = {}, 42
    for n in range(1000000, 0, -1):
        numbers[key] = n
        key = following(key)
    return numbers


def lookups(numbers):
    found, key = 0, 42
    for n in range(1000000, 0, -1):
        found += (key + n % 2) in numbers
        key = following(key)
    return found


def pipeline(rounds, numbers):
    total = 0
    for turn in range(rounds, 0, -1):
        tripled = [x * 3 + turn for x in numbers]
        total += sum(x for x in tripled if x % 2 == 0)
    return total


def appended(n):
    text = ""
    for _ in range(n):
        text += "ab"
    return text


def word_frequencies(text):
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return f"{len(counts)} {max(counts.values())}"


def chain():
    f = lambda x: x
    for k in range(1, 10):
        f = (lambda f, k: lambda x: f(x) + k)(f, k)
    return f


def apply_many(n, f):
    acc = 0
    for _ in range(n):
        acc = f(acc) % 1009
    return acc


SOLAR_MASS = 4 * math.pi * math.pi


def planet(x, y, z, vx, vy, vz, mass):
    return (x, y, z, vx * 365.24, vy * 365.24, vz * 365.24, mass * SOLAR_MASS)


SUN_AND_PLANETS = [
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SOLAR_MASS),
    planet(4.8414314424647209, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609),
    planet(8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411619, 0.00499852801234917238, 0.0000230417297573763929, 0.000285885980666130812),
    planet(12.894369562139131, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618, 0.0023784717395948095, -0.0000296589568540237556, 0.0000436624404335156298),
    planet(15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322, 0.00162824170038242295, -0.000095159225451971587, 0.0000515138902046611451),
]


def at_rest(bodies):
    sun, *planets = bodies
    share = lambda i: -sum(b[i] * b[6] for b in planets) / sun[6]
    return [(*sun[:3], share(3), share(4), share(5), sun[6]), *planets]


def step(dt, bodies):
    moved = []
    for x, y, z, vx, vy, vz, mass in bodies:
        for x2, y2, z2, _, _, _, m in bodies:
            dx, dy, dz = x - x2, y - y2, z - z2
            square = dx * dx + dy * dy + dz * dz
            if square:
                pull = m * dt / (square * math.sqrt(square))
                vx -= dx * pull
                vy -= dy * pull
                vz -= dz * pull
        moved.append((x + dt * vx, y + dt * vy, z + dt * vz, vx, vy, vz, mass))
    return moved


def energy(bodies):
    total = 0.0
    for i, (x, y, z, vx, vy, vz, mass) in enumerate(bodies):
        total += 0.5 * mass * (vx * vx + vy * vy + vz * vz)
        for x2, y2, z2, _, _, _, m in bodies[i + 1 :]:
            total -= mass * m / math.sqrt((x - x2) ** 2 + (y - y2) ** 2 + (z - z2) ** 2)
    return total


def energy_after(steps):
    bodies = at_rest(SUN_AND_PLANETS)
    for _ in range(steps):
        bodies = step(0.01, bodies)
    return energy(bodies)


def inside(cr, ci):
    zr = zi = 0.0
    for _ in range(50):
        zr2, zi2 = zr * zr, zi * zi
        if zr2 + zi2 > 4:
            return False
        zr, zi = zr2 - zi2 + cr, 2 * zr * zi + ci
    return True


def mandelbrot(size):
    return sum(inside(x * 2 / size - 1.5, y * 2 / size - 1) for y in range(size) for x in range(size))


async def tasks(count):
    async def one(n):
        return n + 1

    return sum(await asyncio.gather(*(one(n) for n in range(count))))


def contents():
    with open(sys.argv[2], encoding="utf-8", newline="") as file:
        return file.read()


PROGRAMS = {
    "hello": lambda: "hello",
    "fib": lambda: fib(35),
    "loop": lambda: loop(100000000),
    "queens": lambda: queens(10),
    "trees": lambda: trees(18),
    "sort": lambda: fingerprint(merge_sort(randoms(42, 1000000))),
    "map-insert": lambda: len(inserted()),
    "map-lookup": lambda: lookups(inserted()),
    "pipeline-long": lambda: pipeline(20, range(1000000)),
    "pipeline-short": lambda: pipeline(2000, range(10000)),
    "text": lambda: len(appended(1000000)),
    "words": lambda: word_frequencies(contents()),
    "search": lambda: contents().count("stone"),
    "compose": lambda: apply_many(1000000, chain()),
    "json": lambda: len(json.dumps(json.loads(contents()), separators=(",", ":"), ensure_ascii=False)),
    "nbody": lambda: math.floor(energy_after(500000) * 1e9),
    "mandelbrot": lambda: mandelbrot(500),
    "tasks": lambda: asyncio.run(tasks(40000)),
}

if sys.argv[1] not in PROGRAMS:
    sys.exit(64)
print(PROGRAMS[sys.argv[1]]())
