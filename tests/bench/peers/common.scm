;; As programs.u: what Racket and Guile write alike. They bring `range`, `filter`, `fold` (function, start, list) and `quotient`.

(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))

(define (loop total n) (if (= n 0) total (loop (+ total n) (- n 1))))

(define (sum numbers) (fold + 0 numbers))

(define (safe? column distance queens)
  (or (null? queens)
      (let ((queen (car queens)))
        (and (not (= column queen))
             (not (= column (+ queen distance)))
             (not (= (+ column distance) queen))
             (safe? column (+ distance 1) (cdr queens))))))

(define (queens size)
  (define columns (range 0 size))
  (define (place row queens)
    (if (= row 0)
        1
        (sum (map (lambda (column) (if (safe? column 1 queens) (place (- row 1) (cons column queens)) 0)) columns))))
  (place size '()))

;; A tree is a pair of trees, or #f.
(define (grow depth)
  (if (= depth 0) (cons #f #f) (cons (grow (- depth 1)) (grow (- depth 1)))))

(define (nodes-of tree)
  (if tree (+ 1 (nodes-of (car tree)) (nodes-of (cdr tree))) 0))

(define (trees deepest)
  (define stretch (nodes-of (grow (+ deepest 1))))
  (define long (grow deepest))
  (define (many depth n total)
    (if (= n 0) total (many depth (- n 1) (+ total (nodes-of (grow depth))))))
  (define (level depth total)
    (if (> depth deepest) total (level (+ depth 2) (many depth (expt 2 (+ (- deepest depth) 4)) total))))
  (+ stretch (level 4 0) (nodes-of long)))

(define (next state) (remainder (* state 16807) 2147483647))

(define (randoms seed size)
  (let go ((n size) (state (next seed)) (acc '()))
    (if (= n 0) (reverse acc) (go (- n 1) (next state) (cons state acc)))))

(define (fingerprint numbers)
  (fold (lambda (x acc) (remainder (+ (* acc 31) x) 1000000007)) 7 numbers))

(define (append-reverse* front rest)
  (if (null? front) rest (append-reverse* (cdr front) (cons (car front) rest))))

(define (merge left right acc)
  (cond ((null? left) (append-reverse* acc right))
        ((null? right) (append-reverse* acc left))
        ((<= (car left) (car right)) (merge (cdr left) right (cons (car left) acc)))
        (else (merge left (cdr right) (cons (car right) acc)))))

(define (merge-sort numbers)
  (define size (length numbers))
  (if (< size 2)
      numbers
      (let halve ((n (quotient size 2)) (front '()) (rest numbers))
        (if (= n 0)
            (merge (merge-sort (reverse front)) (merge-sort rest) '())
            (halve (- n 1) (cons (car rest) front) (cdr rest))))))

(define (pipeline rounds numbers)
  (let go ((round rounds) (total 0))
    (if (= round 0)
        total
        (let ((tripled (map (lambda (x) (+ (* x 3) round)) numbers)))
          (go (- round 1) (+ total (sum (filter even? tripled))))))))

(define chain
  (fold (lambda (k f) (lambda (x) (+ (f x) k))) (lambda (x) x) (range 1 10)))

(define (apply-many n f acc)
  (if (= n 0) acc (apply-many (- n 1) f (remainder (f acc) 1009))))

(define solar-mass (* 4.0 3.141592653589793 3.141592653589793))

;; A body is a vector: place, velocity, mass.
(define (planet x y z vx vy vz mass)
  (vector x y z (* vx 365.24) (* vy 365.24) (* vz 365.24) (* mass solar-mass)))

(define sun-and-planets
  (list
   (vector 0.0 0.0 0.0 0.0 0.0 0.0 solar-mass)
   (planet 4.8414314424647209 -1.16032004402742839 -0.103622044471123109 0.00166007664274403694 0.00769901118419740425 -0.0000690460016972063023 0.000954791938424326609)
   (planet 8.34336671824457987 4.12479856412430479 -0.403523417114321381 -0.00276742510726411619 0.00499852801234917238 0.0000230417297573763929 0.000285885980666130812)
   (planet 12.894369562139131 -15.1111514016986312 -0.223307578892655734 0.00296460137564761618 0.0023784717395948095 -0.0000296589568540237556 0.0000436624404335156298)
   (planet 15.3796971148509165 -25.9193146099879641 0.179258772950371181 0.00268067772490389322 0.00162824170038242295 -0.000095159225451971587 0.0000515138902046611451)))

(define (at-rest bodies)
  (define sun (car bodies))
  (define (share i)
    (- (/ (fold (lambda (b acc) (+ acc (* (vector-ref b i) (vector-ref b 6)))) 0.0 (cdr bodies)) (vector-ref sun 6))))
  (cons (vector 0.0 0.0 0.0 (share 3) (share 4) (share 5) (vector-ref sun 6)) (cdr bodies)))

(define (attracted dt x y z vx vy vz mass others)
  (if (null? others)
      (vector (+ x (* dt vx)) (+ y (* dt vy)) (+ z (* dt vz)) vx vy vz mass)
      (let* ((other (car others))
             (dx (- x (vector-ref other 0)))
             (dy (- y (vector-ref other 1)))
             (dz (- z (vector-ref other 2)))
             (square (+ (* dx dx) (* dy dy) (* dz dz))))
        (if (= square 0.0)
            (attracted dt x y z vx vy vz mass (cdr others))
            (let ((pull (/ (* (vector-ref other 6) dt) (* square (sqrt square)))))
              (attracted dt x y z (- vx (* dx pull)) (- vy (* dy pull)) (- vz (* dz pull)) mass (cdr others)))))))

(define (step dt bodies)
  (map (lambda (b)
         (attracted dt (vector-ref b 0) (vector-ref b 1) (vector-ref b 2)
                    (vector-ref b 3) (vector-ref b 4) (vector-ref b 5) (vector-ref b 6) bodies))
       bodies))

(define (energy bodies)
  (if (null? bodies)
      0.0
      (let* ((b (car bodies))
             (square (lambda (i) (* (vector-ref b i) (vector-ref b i))))
             (apart (lambda (c i) (let ((d (- (vector-ref b i) (vector-ref c i)))) (* d d))))
             (potential
              (lambda (c acc)
                (+ acc (/ (* (vector-ref b 6) (vector-ref c 6)) (sqrt (+ (apart c 0) (apart c 1) (apart c 2))))))))
        (+ (- (* 0.5 (vector-ref b 6) (+ (square 3) (square 4) (square 5))) (fold potential 0.0 (cdr bodies)))
           (energy (cdr bodies))))))

(define (energy-after steps)
  (let go ((n steps) (bodies (at-rest sun-and-planets)))
    (if (= n 0) (energy bodies) (go (- n 1) (step 0.01 bodies)))))

(define (inside? cr ci)
  (let go ((zr 0.0) (zi 0.0) (n 50))
    (or (= n 0)
        (let ((zr2 (* zr zr)) (zi2 (* zi zi)))
          (and (<= (+ zr2 zi2) 4.0)
               (go (+ (- zr2 zi2) cr) (+ (* 2.0 zr zi) ci) (- n 1)))))))

(define (mandelbrot size)
  (define (scale n) (/ (* n 2.0) size))
  (let rows ((y 0) (count 0))
    (if (= y size)
        count
        (rows (+ y 1)
              (let row ((x 0) (count count))
                (cond ((= x size) count)
                      ((inside? (- (scale x) 1.5) (- (scale y) 1.0)) (row (+ x 1) (+ count 1)))
                      (else (row (+ x 1) count))))))))

(define (floored x) (inexact->exact (floor x)))
