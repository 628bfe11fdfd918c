;; As programs.u, for Guile.
(use-modules (srfi srfi-1) (ice-9 vlist) (ice-9 textual-ports))

(define (range from until) (iota (- until from) from))

(include "common.scm")

(define (inserted)
  (let go ((n 1000000) (key 42) (numbers vlist-null))
    (if (= n 0) numbers (go (- n 1) (next key) (vhash-consv key n numbers)))))

(define (lookups numbers)
  (let go ((n 1000000) (key 42) (found 0))
    (if (= n 0)
        found
        (go (- n 1) (next key) (if (vhash-assv (+ key (remainder n 2)) numbers) (+ found 1) found)))))

(define (appended n)
  (call-with-output-string
   (lambda (out)
     (let go ((n n))
       (unless (= n 0) (put-string out "ab") (go (- n 1)))))))

(define (contents)
  (setlocale LC_ALL "C.UTF-8")
  (call-with-input-file (caddr (command-line)) get-string-all #:encoding "UTF-8"))

(define (word-frequencies text)
  (define counts (make-hash-table))
  (for-each (lambda (word) (hash-set! counts word (+ 1 (hash-ref counts word 0))))
            (string-tokenize text))
  (format #f "~a ~a" (hash-count (const #t) counts) (hash-fold (lambda (_ n most) (max n most)) 0 counts)))

(define (occurrences needle text)
  (let go ((count 0) (at 0))
    (let ((found (string-contains text needle at)))
      (if found (go (+ count 1) (+ found (string-length needle))) count))))

(define (answer name)
  (cond
   ((string=? name "hello") "hello")
   ((string=? name "fib") (fib 35))
   ((string=? name "loop") (loop 0 100000000))
   ((string=? name "queens") (queens 10))
   ((string=? name "trees") (trees 18))
   ((string=? name "sort") (fingerprint (merge-sort (randoms 42 1000000))))
   ((string=? name "map-insert") (vlist-length (inserted)))
   ((string=? name "map-lookup") (lookups (inserted)))
   ((string=? name "pipeline-long") (pipeline 20 (range 0 1000000)))
   ((string=? name "pipeline-short") (pipeline 2000 (range 0 10000)))
   ((string=? name "text") (string-length (appended 1000000)))
   ((string=? name "words") (word-frequencies (contents)))
   ((string=? name "search") (occurrences "stone" (contents)))
   ((string=? name "compose") (apply-many 1000000 chain 0))
   ((string=? name "nbody") (floored (* (energy-after 500000) 1e9)))
   ((string=? name "mandelbrot") (mandelbrot 500))
   (else (exit 64))))

(display (answer (cadr (command-line))))
(newline)
