(* As programs.u. *)

let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)
let rec loop total n = if n = 0 then total else loop (total + n) (n - 1)

let rec range from until = List.init (until - from) (fun i -> from + i)
and sum numbers = List.fold_left ( + ) 0 numbers

let rec safe column distance = function
  | [] -> true
  | queen :: rest ->
    column <> queen && column <> queen + distance && column + distance <> queen && safe column (distance + 1) rest

let queens size =
  let columns = range 0 size in
  let rec place row queens =
    if row = 0 then 1
    else sum (List.map (fun column -> if safe column 1 queens then place (row - 1) (column :: queens) else 0) columns)
  in
  place size []

type tree = Leaf | Branch of tree * tree

let rec grow depth = if depth = 0 then Branch (Leaf, Leaf) else Branch (grow (depth - 1), grow (depth - 1))
let rec nodes_of = function Leaf -> 0 | Branch (left, right) -> 1 + nodes_of left + nodes_of right

let trees deepest =
  let stretch = nodes_of (grow (deepest + 1)) in
  let long = grow deepest in
  let rec many depth n total = if n = 0 then total else many depth (n - 1) (total + nodes_of (grow depth)) in
  let rec level depth total =
    if depth > deepest then total else level (depth + 2) (many depth (1 lsl (deepest - depth + 4)) total)
  in
  stretch + level 4 0 + nodes_of long

let next state = state * 16807 mod 2147483647

let randoms seed size =
  let rec go n state acc = if n = 0 then List.rev acc else go (n - 1) (next state) (state :: acc) in
  go size (next seed) []

let fingerprint = List.fold_left (fun acc x -> ((acc * 31) + x) mod 1000000007) 7

let rec halve list = halve_at (List.length list / 2) [] list
and halve_at n front = function
  | x :: rest when n > 0 -> halve_at (n - 1) (x :: front) rest
  | rest -> (List.rev front, rest)

let rec merge left right acc =
  match (left, right) with
  | [], rest | rest, [] -> List.rev_append acc rest
  | x :: xs, y :: ys -> if (x : int) <= y then merge xs right (x :: acc) else merge left ys (y :: acc)

let rec merge_sort = function
  | ([] | [ _ ]) as list -> list
  | list ->
    let left, right = halve list in
    merge (merge_sort left) (merge_sort right) []

module Numbers = Map.Make (Int)
module Words = Map.Make (String)

let inserted () =
  let rec go n key map = if n = 0 then map else go (n - 1) (next key) (Numbers.add key n map) in
  go 1000000 42 Numbers.empty

let lookups map =
  let rec go n key found =
    if n = 0 then found
    else go (n - 1) (next key) (if Numbers.mem (key + (n mod 2)) map then found + 1 else found)
  in
  go 1000000 42 0

let pipeline rounds numbers =
  let rec go round total =
    if round = 0 then total
    else
      let tripled = List.rev (List.rev_map (fun x -> (x * 3) + round) numbers) in
      go (round - 1) (total + sum (List.filter (fun x -> x land 1 = 0) tripled))
  in
  go rounds 0

let appended n =
  let buffer = Buffer.create 16 in
  for _ = 1 to n do Buffer.add_string buffer "ab" done;
  Buffer.contents buffer

let contents () =
  let channel = open_in_bin Sys.argv.(2) in
  let text = really_input_string channel (in_channel_length channel) in
  close_in channel;
  text

let words text =
  String.split_on_char ' ' (String.map (fun c -> if c = '\n' then ' ' else c) text) |> List.filter (fun w -> w <> "")

let word_frequencies text =
  let add counts word = Words.update word (function None -> Some 1 | Some n -> Some (n + 1)) counts in
  let counts = List.fold_left add Words.empty (words text) in
  Printf.sprintf "%d %d" (Words.cardinal counts) (Words.fold (fun _ n most -> max n most) counts 0)

let occurrences needle text =
  let size = String.length needle and last = String.length text - String.length needle in
  let rec matches at i = i = size || (text.[at + i] = needle.[i] && matches at (i + 1)) in
  let rec go count at =
    if at > last then count else if matches at 0 then go (count + 1) (at + size) else go count (at + 1)
  in
  go 0 0

let chain = List.fold_left (fun f k x -> f x + k) (fun x -> x) (range 1 10)
let rec apply_many n f acc = if n = 0 then acc else apply_many (n - 1) f (f acc mod 1009)

type body = { x : float; y : float; z : float; vx : float; vy : float; vz : float; mass : float }

let pi = 4.0 *. atan 1.0
let solar_mass = 4.0 *. pi *. pi

let planet x y z vx vy vz mass =
  let year = 365.24 in
  { x; y; z; vx = vx *. year; vy = vy *. year; vz = vz *. year; mass = mass *. solar_mass }

let sun_and_planets =
  [ { x = 0.; y = 0.; z = 0.; vx = 0.; vy = 0.; vz = 0.; mass = solar_mass };
    planet 4.84143144246472090e+00 (-1.16032004402742839e+00) (-1.03622044471123109e-01) 1.66007664274403694e-03 7.69901118419740425e-03 (-6.90460016972063023e-05) 9.54791938424326609e-04;
    planet 8.34336671824457987e+00 4.12479856412430479e+00 (-4.03523417114321381e-01) (-2.76742510726411619e-03) 4.99852801234917238e-03 2.30417297573763929e-05 2.85885980666130812e-04;
    planet 1.28943695621391310e+01 (-1.51111514016986312e+01) (-2.23307578892655734e-01) 2.96460137564761618e-03 2.37847173959480950e-03 (-2.96589568540237556e-05) 4.36624404335156298e-05;
    planet 1.53796971148509165e+01 (-2.59193146099879641e+01) 1.79258772950371181e-01 2.68067772490389322e-03 1.62824170038242295e-03 (-9.51592254519715870e-05) 5.15138902046611451e-05 ]

let at_rest = function
  | [] -> []
  | sun :: planets ->
    let share f = -.List.fold_left (fun acc body -> acc +. (f body *. body.mass)) 0. planets /. sun.mass in
    { sun with vx = share (fun b -> b.vx); vy = share (fun b -> b.vy); vz = share (fun b -> b.vz) } :: planets

let attracted dt body others =
  let rec go vx vy vz = function
    | [] -> { body with vx; vy; vz }
    | other :: rest ->
      let dx = body.x -. other.x and dy = body.y -. other.y and dz = body.z -. other.z in
      let square = (dx *. dx) +. (dy *. dy) +. (dz *. dz) in
      if square = 0. then go vx vy vz rest
      else
        let pull = other.mass *. dt /. (square *. sqrt square) in
        go (vx -. (dx *. pull)) (vy -. (dy *. pull)) (vz -. (dz *. pull)) rest
  in
  go body.vx body.vy body.vz others

let step dt bodies =
  let moved b = { b with x = b.x +. (dt *. b.vx); y = b.y +. (dt *. b.vy); z = b.z +. (dt *. b.vz) } in
  List.map (fun body -> moved (attracted dt body bodies)) bodies

let rec energy = function
  | [] -> 0.
  | b :: rest ->
    let potential acc c =
      let dx = b.x -. c.x and dy = b.y -. c.y and dz = b.z -. c.z in
      acc +. (b.mass *. c.mass /. sqrt ((dx *. dx) +. (dy *. dy) +. (dz *. dz)))
    in
    (0.5 *. b.mass *. ((b.vx *. b.vx) +. (b.vy *. b.vy) +. (b.vz *. b.vz)))
    -. List.fold_left potential 0. rest +. energy rest

let energy_after steps =
  let rec go n bodies = if n = 0 then bodies else go (n - 1) (step 0.01 bodies) in
  energy (go steps (at_rest sun_and_planets))

let mandelbrot size =
  let scale n = float n *. 2. /. float size in
  let rec inside cr ci zr zi n =
    n = 0
    ||
    let zr2 = zr *. zr and zi2 = zi *. zi in
    zr2 +. zi2 <= 4. && inside cr ci (zr2 -. zi2 +. cr) ((2. *. zr *. zi) +. ci) (n - 1)
  in
  let rec row y x count =
    if x = size then count
    else row y (x + 1) (if inside (scale x -. 1.5) (scale y -. 1.) 0. 0. 50 then count + 1 else count)
  in
  let rec rows y count = if y = size then count else rows (y + 1) (row y 0 count) in
  rows 0 0

let () =
  let number n = print_endline (string_of_int n) in
  match Sys.argv.(1) with
  | "hello" -> print_endline "hello"
  | "fib" -> number (fib 35)
  | "loop" -> number (loop 0 100000000)
  | "queens" -> number (queens 10)
  | "trees" -> number (trees 18)
  | "sort" -> number (fingerprint (merge_sort (randoms 42 1000000)))
  | "map-insert" -> number (Numbers.cardinal (inserted ()))
  | "map-lookup" -> number (lookups (inserted ()))
  | "pipeline-long" -> number (pipeline 20 (range 0 1000000))
  | "pipeline-short" -> number (pipeline 2000 (range 0 10000))
  | "text" -> number (String.length (appended 1000000))
  | "words" -> print_endline (word_frequencies (contents ()))
  | "search" -> number (occurrences "stone" (contents ()))
  | "compose" -> number (apply_many 1000000 chain 0)
  | "nbody" -> number (int_of_float (floor (energy_after 500000 *. 1e9)))
  | "mandelbrot" -> number (mandelbrot 500)
  | _ -> exit 64
