// As programs.u. Lists are arrays, and the map is one that changes in place, since that is what one would write.
const fs = require("fs")

const fib = n => (n < 2 ? n : fib(n - 1) + fib(n - 2))

function loop(n) {
  let total = 0
  for (; n !== 0; n--) total += n
  return total
}

const range = (from, until) => Array.from({ length: until - from }, (_, i) => from + i)
const sum = numbers => numbers.reduce((a, b) => a + b, 0)

function queens(size) {
  const columns = range(0, size)
  const safe = (column, queens) =>
    queens.every((q, i) => column !== q && column !== q + i + 1 && column + i + 1 !== q)
  const place = (row, queens) =>
    row === 0 ? 1 : sum(columns.map(c => (safe(c, queens) ? place(row - 1, [c, ...queens]) : 0)))
  return place(size, [])
}

const grow = depth => (depth === 0 ? [null, null] : [grow(depth - 1), grow(depth - 1)])
const nodesOf = tree => (tree === null ? 0 : 1 + nodesOf(tree[0]) + nodesOf(tree[1]))

function trees(deepest) {
  let total = nodesOf(grow(deepest + 1))
  const long = grow(deepest)
  for (let depth = 4; depth <= deepest; depth += 2)
    for (let n = 2 ** (deepest - depth + 4); n > 0; n--) total += nodesOf(grow(depth))
  return total + nodesOf(long)
}

const next = state => (state * 16807) % 2147483647

function randoms(seed, size) {
  const numbers = []
  for (let state = next(seed); numbers.length < size; state = next(state)) numbers.push(state)
  return numbers
}

const fingerprint = numbers => numbers.reduce((acc, x) => (acc * 31 + x) % 1000000007, 7)

function mergeSort(list) {
  if (list.length < 2) return list
  const half = list.length >> 1
  return merge(mergeSort(list.slice(0, half)), mergeSort(list.slice(half)))
}

function merge(left, right) {
  const merged = []
  let i = 0, j = 0
  while (i < left.length && j < right.length) merged.push(left[i] <= right[j] ? left[i++] : right[j++])
  while (i < left.length) merged.push(left[i++])
  while (j < right.length) merged.push(right[j++])
  return merged
}

function inserted() {
  const map = new Map()
  for (let n = 1000000, key = 42; n > 0; n--, key = next(key)) map.set(key, n)
  return map
}

function lookups(map) {
  let found = 0
  for (let n = 1000000, key = 42; n > 0; n--, key = next(key)) if (map.has(key + (n % 2))) found++
  return found
}

function pipeline(rounds, numbers) {
  let total = 0
  for (let round = rounds; round > 0; round--) total += sum(numbers.map(x => x * 3 + round).filter(x => x % 2 === 0))
  return total
}

function appended(n) {
  let text = ""
  for (; n > 0; n--) text += "ab"
  return text
}

function wordFrequencies(text) {
  const counts = new Map()
  for (const word of text.split(/\s+/)) if (word) counts.set(word, (counts.get(word) ?? 0) + 1)
  let most = 0
  for (const count of counts.values()) most = Math.max(most, count)
  return `${counts.size} ${most}`
}

function occurrences(needle, text) {
  let count = 0
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) count++
  return count
}

const chain = range(1, 10).reduce((f, k) => x => f(x) + k, x => x)

function applyMany(n, f) {
  let acc = 0
  for (; n > 0; n--) acc = f(acc) % 1009
  return acc
}

const SOLAR_MASS = 4 * Math.PI * Math.PI
const body = (x, y, z, vx, vy, vz, mass) => ({ x, y, z, vx, vy, vz, mass })
const planet = (x, y, z, vx, vy, vz, mass) => body(x, y, z, vx * 365.24, vy * 365.24, vz * 365.24, mass * SOLAR_MASS)

const sunAndPlanets = [
  body(0, 0, 0, 0, 0, 0, SOLAR_MASS),
  planet(4.8414314424647209, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609),
  planet(8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411619, 0.00499852801234917238, 0.0000230417297573763929, 0.000285885980666130812),
  planet(12.894369562139131, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618, 0.0023784717395948095, -0.0000296589568540237556, 0.0000436624404335156298),
  planet(15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322, 0.00162824170038242295, -0.000095159225451971587, 0.0000515138902046611451),
]

function atRest([sun, ...planets]) {
  const share = f => -planets.reduce((acc, b) => acc + f(b) * b.mass, 0) / sun.mass
  return [{ ...sun, vx: share(b => b.vx), vy: share(b => b.vy), vz: share(b => b.vz) }, ...planets]
}

function step(dt, bodies) {
  return bodies.map(b => {
    let { vx, vy, vz } = b
    for (const other of bodies) {
      const dx = b.x - other.x, dy = b.y - other.y, dz = b.z - other.z
      const square = dx * dx + dy * dy + dz * dz
      if (square === 0) continue
      const pull = (other.mass * dt) / (square * Math.sqrt(square))
      vx -= dx * pull
      vy -= dy * pull
      vz -= dz * pull
    }
    return body(b.x + dt * vx, b.y + dt * vy, b.z + dt * vz, vx, vy, vz, b.mass)
  })
}

function energy(bodies) {
  let total = 0
  bodies.forEach((b, i) => {
    total += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
    for (const c of bodies.slice(i + 1)) {
      const dx = b.x - c.x, dy = b.y - c.y, dz = b.z - c.z
      total -= (b.mass * c.mass) / Math.sqrt(dx * dx + dy * dy + dz * dz)
    }
  })
  return total
}

function energyAfter(steps) {
  let bodies = atRest(sunAndPlanets)
  for (; steps > 0; steps--) bodies = step(0.01, bodies)
  return energy(bodies)
}

function inside(cr, ci) {
  let zr = 0, zi = 0
  for (let n = 50; n > 0; n--) {
    const zr2 = zr * zr, zi2 = zi * zi
    if (zr2 + zi2 > 4) return false
    zi = 2 * zr * zi + ci
    zr = zr2 - zi2 + cr
  }
  return true
}

function mandelbrot(size) {
  let count = 0
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) if (inside((x * 2) / size - 1.5, (y * 2) / size - 1)) count++
  return count
}

const tasks = async count => sum(await Promise.all(range(0, count).map(async n => n + 1)))

const contents = () => fs.readFileSync(process.argv[3], "utf8")

const programs = {
  "hello": () => "hello",
  "fib": () => fib(35),
  "loop": () => loop(100000000),
  "queens": () => queens(10),
  "trees": () => trees(18),
  "sort": () => fingerprint(mergeSort(randoms(42, 1000000))),
  "map-insert": () => inserted().size,
  "map-lookup": () => lookups(inserted()),
  "pipeline-long": () => pipeline(20, range(0, 1000000)),
  "pipeline-short": () => pipeline(2000, range(0, 10000)),
  "text": () => appended(1000000).length,
  "words": () => wordFrequencies(contents()),
  "search": () => occurrences("stone", contents()),
  "compose": () => applyMany(1000000, chain),
  "json": () => [...JSON.stringify(JSON.parse(contents()))].length,
  "nbody": () => Math.floor(energyAfter(500000) * 1e9),
  "mandelbrot": () => mandelbrot(500),
  "tasks": () => tasks(40000),
}

const program = programs[process.argv[2]]
if (!program) process.exit(64)
Promise.resolve(program()).then(answer => console.log(String(answer)))
