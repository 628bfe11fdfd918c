(* As the programs in ../handlers, with the effect handlers of OCaml 5: a name, and the size if it is not the usual one. Continuations are resumed once there, so that the programs
   that resume more often are left out. *)
open Effect
open Effect.Deep

type _ Effect.t += Get : int Effect.t | Put : int -> unit Effect.t

let countdown (n : int) =
  let rec count () =
    let n = perform Get in
    if n = 0 then 0
    else begin
      perform (Put (n - 1));
      count ()
    end
  in
  let state = ref n in
  match_with count ()
    { retc = Fun.id;
      exnc = raise;
      effc =
        (fun (type a) (eff : a Effect.t) ->
          match eff with
          | Get -> Some (fun (k : (a, _) continuation) -> continue k !state)
          | Put n -> Some (fun (k : (a, _) continuation) -> state := n; continue k ())
          | _ -> None) }

let rec fibonacci n = if n < 2 then n else fibonacci (n - 1) + fibonacci (n - 2)

type _ Effect.t += Done : int -> 'a Effect.t

let product_early n =
  let list = List.init (n + 1) (fun i -> n - i) in
  let rec product = function [] -> 0 | 0 :: _ -> perform (Done 0) | n :: rest -> n * product rest in
  let run () =
    match_with product list
      { retc = Fun.id;
        exnc = raise;
        effc = (fun (type a) (eff : a Effect.t) -> match eff with Done n -> Some (fun (_ : (a, _) continuation) -> n) | _ -> None) }
  in
  let rec loop i sum = if i = 0 then sum else loop (i - 1) (sum + run ()) in
  fun times -> loop times 0

type _ Effect.t += Emit : int -> unit Effect.t

let summed action =
  let total = ref 0 in
  match_with action ()
    { retc = (fun _ -> !total);
      exnc = raise;
      effc =
        (fun (type a) (eff : a Effect.t) ->
          match eff with
          | Emit n -> Some (fun (k : (a, _) continuation) -> total := !total + n; continue k ())
          | _ -> None) }

let iterator n =
  let rec range from until = if from <= until then begin perform (Emit from); range (from + 1) until end in
  summed (fun () -> range 0 n)

type tree = Leaf | Node of tree * int * tree

let rec make n = if n = 0 then Leaf else let t = make (n - 1) in Node (t, n, t)

type generator = Empty | Thunk of int * (unit -> generator)
type _ Effect.t += Yield : int -> unit Effect.t

let generator n =
  let rec iterate = function
    | Leaf -> ()
    | Node (left, n, right) -> iterate left; perform (Yield n); iterate right
  in
  let generate action =
    match_with action ()
      { retc = (fun () -> Empty);
        exnc = raise;
        effc =
          (fun (type a) (eff : a Effect.t) ->
            match eff with
            | Yield n -> Some (fun (k : (a, _) continuation) -> Thunk (n, fun () -> continue k ()))
            | _ -> None) }
  in
  let rec sum total = function Empty -> total | Thunk (n, next) -> sum (total + n) (next ()) in
  sum 0 (generate (fun () -> iterate (make n)))

type _ Effect.t += Read : int Effect.t | Stop : 'a Effect.t

let newline = 10
let dollar = 36

let parsing_dollars n =
  let rec parse count =
    let c = perform Read in
    if c = dollar then parse (count + 1)
    else if c = newline then begin perform (Emit count); parse 0 end
    else perform Stop
  in
  let catch action =
    match_with action ()
      { retc = (fun _ -> ());
        exnc = raise;
        effc = (fun (type a) (eff : a Effect.t) -> match eff with Stop -> Some (fun (_ : (a, _) continuation) -> ()) | _ -> None) }
  in
  let feed action =
    let line = ref 0 and left = ref 0 in
    match_with action ()
      { retc = Fun.id;
        exnc = raise;
        effc =
          (fun (type a) (eff : a Effect.t) ->
            match eff with
            | Read ->
              Some
                (fun (k : (a, _) continuation) ->
                  if !line > n then discontinue k Exit
                  else if !left = 0 then begin incr line; left := !line; continue k newline end
                  else begin decr left; continue k dollar end)
            | _ -> None) }
  in
  summed (fun () -> catch (fun () -> try feed (fun () -> parse 0) with Exit -> perform Stop))

let distance a b = abs (a - b)

type _ Effect.t += Operator : int -> unit Effect.t

let resume_nontail n =
  let rec loop i s = if i = 0 then s else begin perform (Operator i); loop (i - 1) s end in
  let run s =
    match_with (fun () -> loop n s) ()
      { retc = Fun.id;
        exnc = raise;
        effc =
          (fun (type a) (eff : a Effect.t) ->
            match eff with
            | Operator x -> Some (fun (k : (a, _) continuation) -> let y = continue k () in distance (x + 37) (503 * y) mod 1009)
            | _ -> None) }
  in
  let rec step l s = if l = 0 then s else step (l - 1) (run s) in
  step 1000 0

type _ Effect.t += Prime : int -> bool Effect.t

let handler_sieve n =
  let handled (answer : int -> bool) action =
    match_with action ()
      { retc = Fun.id;
        exnc = raise;
        effc =
          (fun (type a) (eff : a Effect.t) ->
            match eff with
            | Prime e -> Some (fun (k : (a, _) continuation) -> continue k (answer e))
            | _ -> None) }
  in
  let rec primes i sum =
    if i >= n then sum
    else if perform (Prime i) then
      handled (fun e -> if e mod i = 0 then false else perform (Prime e)) (fun () -> primes (i + 1) (sum + i))
    else primes (i + 1) sum
  in
  handled (fun _ -> true) (fun () -> primes 2 0)

let () =
  let size usual = if Array.length Sys.argv > 2 then int_of_string Sys.argv.(2) else usual in
  let answer =
    match Sys.argv.(1) with
    | "countdown" -> countdown (size 200_000_000)
    | "fibonacci_recursive" -> fibonacci (size 42)
    | "product_early" -> product_early 1000 (size 100_000)
    | "iterator" -> iterator (size 40_000_000)
    | "generator" -> generator (size 25)
    | "parsing_dollars" -> parsing_dollars (size 20_000)
    | "resume_nontail" -> resume_nontail (size 10_000)
    | "handler_sieve" -> handler_sieve (size 60_000)
    | _ -> exit 64
  in
  print_endline (string_of_int answer)
