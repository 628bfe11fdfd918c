#lang racket/base
;; As programs.u.
(require racket/include racket/list racket/string racket/port json)

(define (fold f start elements)
  (for/fold ([acc start]) ([x (in-list elements)]) (f x acc)))

(include "common.scm")

(define (inserted)
  (let go ([n 1000000] [key 42] [numbers (hasheqv)])
    (if (= n 0) numbers (go (- n 1) (next key) (hash-set numbers key n)))))

(define (lookups numbers)
  (let go ([n 1000000] [key 42] [found 0])
    (if (= n 0)
        found
        (go (- n 1) (next key) (if (hash-has-key? numbers (+ key (remainder n 2))) (+ found 1) found)))))

(define (appended n)
  (let ([out (open-output-string)])
    (for ([_ (in-range n)]) (write-string "ab" out))
    (get-output-string out)))

(define (contents)
  (call-with-input-file (vector-ref (current-command-line-arguments) 1) port->string))

(define (word-frequencies text)
  (define counts
    (for/fold ([counts (hash)]) ([word (in-list (string-split text))]) (hash-update counts word add1 0)))
  (format "~a ~a" (hash-count counts) (apply max (hash-values counts))))

(define (occurrences needle text)
  (length (regexp-match-positions* (regexp-quote needle) text)))

(define (tasks count)
  (define answers (make-channel))
  (for ([n (in-range count)]) (thread (lambda () (channel-put answers (+ n 1)))))
  (for/sum ([_ (in-range count)]) (channel-get answers)))

(displayln
 (case (vector-ref (current-command-line-arguments) 0)
   [("hello") "hello"]
   [("fib") (fib 35)]
   [("loop") (loop 0 100000000)]
   [("queens") (queens 10)]
   [("trees") (trees 18)]
   [("sort") (fingerprint (merge-sort (randoms 42 1000000)))]
   [("map-insert") (hash-count (inserted))]
   [("map-lookup") (lookups (inserted))]
   [("pipeline-long") (pipeline 20 (range 0 1000000))]
   [("pipeline-short") (pipeline 2000 (range 0 10000))]
   [("text") (string-length (appended 1000000))]
   [("words") (word-frequencies (contents))]
   [("search") (occurrences "stone" (contents))]
   [("compose") (apply-many 1000000 chain 0)]
   [("json") (string-length (jsexpr->string (string->jsexpr (contents))))]
   [("nbody") (floored (* (energy-after 500000) 1e9))]
   [("mandelbrot") (mandelbrot 500)]
   [("tasks") (tasks 40000)]
   [else (exit 64)]))
