-- As programs.u. Lists and maps are tables that change in place, since that is what one would write.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

local function loop(n)
  local total = 0
  while n ~= 0 do total = total + n; n = n - 1 end
  return total
end

local function range(from, till)
  local numbers = {}
  for i = from, till - 1 do numbers[#numbers + 1] = i end
  return numbers
end

local function map(f, list)
  local mapped = {}
  for i, x in ipairs(list) do mapped[i] = f(x) end
  return mapped
end

local function filter(f, list)
  local kept = {}
  for _, x in ipairs(list) do if f(x) then kept[#kept + 1] = x end end
  return kept
end

local function fold(f, acc, list)
  for _, x in ipairs(list) do acc = f(acc, x) end
  return acc
end

local function sum(list) return fold(function(a, b) return a + b end, 0, list) end

local function safe(column, distance, queens)
  while queens do
    local queen = queens[1]
    if column == queen or column == queen + distance or column + distance == queen then return false end
    distance, queens = distance + 1, queens[2]
  end
  return true
end

local function queens(size)
  local function place(row, queens)
    if row == 0 then return 1 end
    local count = 0
    for column = 0, size - 1 do
      if safe(column, 1, queens) then count = count + place(row - 1, { column, queens }) end
    end
    return count
  end
  return place(size, nil)
end

local function grow(depth)
  if depth == 0 then return {} end
  return { grow(depth - 1), grow(depth - 1) }
end

local function nodesOf(tree)
  if not tree then return 0 end
  return 1 + nodesOf(tree[1]) + nodesOf(tree[2])
end

local function trees(deepest)
  local total, long = nodesOf(grow(deepest + 1)), grow(deepest)
  for depth = 4, deepest, 2 do
    for _ = 1, 2 ^ (deepest - depth + 4) do total = total + nodesOf(grow(depth)) end
  end
  return total + nodesOf(long)
end

local function following(state) return state * 16807 % 2147483647 end

local function randoms(seed, size)
  local numbers, state = {}, seed
  for i = 1, size do state = following(state); numbers[i] = state end
  return numbers
end

local function fingerprint(list)
  return fold(function(acc, x) return (acc * 31 + x) % 1000000007 end, 7, list)
end

local function slice(list, from, to)
  local part = {}
  for i = from, to do part[#part + 1] = list[i] end
  return part
end

local function merge(left, right)
  local merged, i, j = {}, 1, 1
  for k = 1, #left + #right do
    if j > #right or (i <= #left and left[i] <= right[j]) then merged[k] = left[i]; i = i + 1
    else merged[k] = right[j]; j = j + 1 end
  end
  return merged
end

local function mergeSort(list)
  if #list < 2 then return list end
  local half = math.floor(#list / 2)
  return merge(mergeSort(slice(list, 1, half)), mergeSort(slice(list, half + 1, #list)))
end

local function inserted()
  local numbers, key = {}, 42
  for n = 1000000, 1, -1 do numbers[key] = n; key = following(key) end
  return numbers
end

local function lookups(numbers)
  local found, key = 0, 42
  for n = 1000000, 1, -1 do
    if numbers[key + n % 2] then found = found + 1 end
    key = following(key)
  end
  return found
end

local function count(list)
  local size = 0
  for _ in pairs(list) do size = size + 1 end
  return size
end

local function pipeline(rounds, numbers)
  local total = 0
  for round = rounds, 1, -1 do
    local tripled = map(function(x) return x * 3 + round end, numbers)
    total = total + sum(filter(function(x) return x % 2 == 0 end, tripled))
  end
  return total
end

local function appended(n)
  local parts = {}
  for i = 1, n do parts[i] = "ab" end
  return table.concat(parts)
end

local function wordFrequencies(text)
  local counts, most = {}, 0
  for word in text:gmatch("%S+") do
    counts[word] = (counts[word] or 0) + 1
    most = math.max(most, counts[word])
  end
  return count(counts) .. " " .. most
end

local function occurrences(needle, text)
  local found, at = 0, text:find(needle, 1, true)
  while at do
    found = found + 1
    at = text:find(needle, at + #needle, true)
  end
  return found
end

local function chain()
  return fold(function(f, k) return function(x) return f(x) + k end end, function(x) return x end, range(1, 10))
end

local function applyMany(n, f)
  local acc = 0
  for _ = 1, n do acc = f(acc) % 1009 end
  return acc
end

local solarMass = 4 * math.pi * math.pi

local function body(x, y, z, vx, vy, vz, mass) return { x = x, y = y, z = z, vx = vx, vy = vy, vz = vz, mass = mass } end

local function planet(x, y, z, vx, vy, vz, mass)
  return body(x, y, z, vx * 365.24, vy * 365.24, vz * 365.24, mass * solarMass)
end

local sunAndPlanets = {
  body(0, 0, 0, 0, 0, 0, solarMass),
  planet(4.8414314424647209, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609),
  planet(8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411619, 0.00499852801234917238, 0.0000230417297573763929, 0.000285885980666130812),
  planet(12.894369562139131, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618, 0.0023784717395948095, -0.0000296589568540237556, 0.0000436624404335156298),
  planet(15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322, 0.00162824170038242295, -0.000095159225451971587, 0.0000515138902046611451),
}

local function atRest(bodies)
  local sun = bodies[1]
  for _, v in ipairs({ "vx", "vy", "vz" }) do
    local momentum = 0
    for i = 2, #bodies do momentum = momentum + bodies[i][v] * bodies[i].mass end
    sun[v] = -momentum / sun.mass
  end
  return bodies
end

local function step(dt, bodies)
  local moved = {}
  for i, b in ipairs(bodies) do
    local vx, vy, vz = b.vx, b.vy, b.vz
    for _, c in ipairs(bodies) do
      local dx, dy, dz = b.x - c.x, b.y - c.y, b.z - c.z
      local square = dx * dx + dy * dy + dz * dz
      if square ~= 0 then
        local pull = c.mass * dt / (square * math.sqrt(square))
        vx, vy, vz = vx - dx * pull, vy - dy * pull, vz - dz * pull
      end
    end
    moved[i] = body(b.x + dt * vx, b.y + dt * vy, b.z + dt * vz, vx, vy, vz, b.mass)
  end
  return moved
end

local function energy(bodies)
  local total = 0
  for i, b in ipairs(bodies) do
    total = total + 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
    for j = i + 1, #bodies do
      local c = bodies[j]
      local dx, dy, dz = b.x - c.x, b.y - c.y, b.z - c.z
      total = total - b.mass * c.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return total
end

local function energyAfter(steps)
  local bodies = atRest(sunAndPlanets)
  for _ = 1, steps do bodies = step(0.01, bodies) end
  return energy(bodies)
end

local function inside(cr, ci)
  local zr, zi = 0, 0
  for _ = 1, 50 do
    local zr2, zi2 = zr * zr, zi * zi
    if zr2 + zi2 > 4 then return false end
    zr, zi = zr2 - zi2 + cr, 2 * zr * zi + ci
  end
  return true
end

local function mandelbrot(size)
  local found = 0
  for y = 0, size - 1 do
    for x = 0, size - 1 do
      if inside(x * 2 / size - 1.5, y * 2 / size - 1) then found = found + 1 end
    end
  end
  return found
end

local function tasks(total)
  local threads = map(function(n) return coroutine.create(function() coroutine.yield(n + 1) end) end, range(0, total))
  return sum(map(function(thread) return select(2, coroutine.resume(thread)) end, threads))
end

local function contents() return io.open(arg[2], "rb"):read("*a") end

local programs = {
  ["hello"] = function() return "hello" end,
  ["fib"] = function() return fib(35) end,
  ["loop"] = function() return loop(100000000) end,
  ["queens"] = function() return queens(10) end,
  ["trees"] = function() return trees(18) end,
  ["sort"] = function() return fingerprint(mergeSort(randoms(42, 1000000))) end,
  ["map-insert"] = function() return count(inserted()) end,
  ["map-lookup"] = function() return lookups(inserted()) end,
  ["pipeline-long"] = function() return pipeline(20, range(0, 1000000)) end,
  ["pipeline-short"] = function() return pipeline(2000, range(0, 10000)) end,
  ["text"] = function() return #appended(1000000) end,
  ["words"] = function() return wordFrequencies(contents()) end,
  ["search"] = function() return occurrences("stone", contents()) end,
  ["compose"] = function() return applyMany(1000000, chain()) end,
  ["nbody"] = function() return math.floor(energyAfter(500000) * 1e9) end,
  ["mandelbrot"] = function() return mandelbrot(500) end,
  ["tasks"] = function() return tasks(40000) end,
}

local program = programs[arg[1]]
if not program then os.exit(64) end
local answer = program()
print(type(answer) == "number" and string.format("%.0f", answer) or answer)
