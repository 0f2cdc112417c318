;; The product of two matrices in WebAssembly, four numbers at a time.
;;
;;   product(A, B, C, m, n, k):  C[i, j] = sum over c < k of A[i, c] B[j, c]
;;
;; A (m, k), B (n, k) and C (m, n) are addresses in bytes of float32 rows that follow
;; each other. Only whole groups of four of the k numbers are summed: matrix.js adds
;; the up to three that are left over.
;;
;; A v128 is a register of four float32. `$two` keeps eight sums in such registers, for
;; two rows of A and four rows of B: what is loaded once is used several times, and the
;; processor has other sums to work on while one addition is under way. `$one` and `$dot`
;; do the rows that are left over. Four rows of B are used for all rows of A before the
;; next four: they stay in the cache.
;;
;; Make the .wasm: python -c "import wasmtime, pathlib as p; p.Path('matrix.wasm')
;;                 .write_bytes(wasmtime.wat2wasm(p.Path('matrix.wat').read_text()))"

(module
  (memory (export "memory") 1)

  ;; The sum of the four numbers of a register.
  (func $sum (param $x v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $x)) (f32x4.extract_lane 1 (local.get $x)))
      (f32.add (f32x4.extract_lane 2 (local.get $x)) (f32x4.extract_lane 3 (local.get $x)))))

  ;; One row of A times one row of B; $end: where the whole groups of A's row end.
  (func $dot (param $a i32) (param $end i32) (param $b i32) (result f32)
    (local $s v128)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (local.set $s (f32x4.add (local.get $s)
          (f32x4.mul (v128.load (local.get $a)) (v128.load (local.get $b)))))
        (local.set $a (i32.add (local.get $a) (i32.const 16)))
        (local.set $b (i32.add (local.get $b) (i32.const 16)))
        (br $next)))
    (call $sum (local.get $s)))

  ;; One row of A times four rows of B, which are $row bytes apart: four numbers of C.
  (func $one (param $a i32) (param $end i32) (param $b i32) (param $row i32) (param $c i32)
    (local $x v128) (local $y v128)
    (local $b1 i32) (local $b2 i32) (local $b3 i32)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local.set $b1 (i32.add (local.get $b) (local.get $row)))
    (local.set $b2 (i32.add (local.get $b1) (local.get $row)))
    (local.set $b3 (i32.add (local.get $b2) (local.get $row)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (local.set $x (v128.load (local.get $a)))
        (local.set $y (v128.load (local.get $b)))
        (local.set $s0 (f32x4.add (local.get $s0) (f32x4.mul (local.get $x) (local.get $y))))
        (local.set $y (v128.load (local.get $b1)))
        (local.set $s1 (f32x4.add (local.get $s1) (f32x4.mul (local.get $x) (local.get $y))))
        (local.set $y (v128.load (local.get $b2)))
        (local.set $s2 (f32x4.add (local.get $s2) (f32x4.mul (local.get $x) (local.get $y))))
        (local.set $y (v128.load (local.get $b3)))
        (local.set $s3 (f32x4.add (local.get $s3) (f32x4.mul (local.get $x) (local.get $y))))
        (local.set $a (i32.add (local.get $a) (i32.const 16)))
        (local.set $b (i32.add (local.get $b) (i32.const 16)))
        (local.set $b1 (i32.add (local.get $b1) (i32.const 16)))
        (local.set $b2 (i32.add (local.get $b2) (i32.const 16)))
        (local.set $b3 (i32.add (local.get $b3) (i32.const 16)))
        (br $next)))
    (f32.store offset=0 (local.get $c) (call $sum (local.get $s0)))
    (f32.store offset=4 (local.get $c) (call $sum (local.get $s1)))
    (f32.store offset=8 (local.get $c) (call $sum (local.get $s2)))
    (f32.store offset=12 (local.get $c) (call $sum (local.get $s3))))

  ;; Two rows of A, which are $row bytes apart as well, times four rows of B: eight
  ;; numbers of C, $line bytes from one row to the next.
  (func $two (param $a i32) (param $end i32) (param $b i32) (param $row i32) (param $c i32)
    (param $line i32)
    (local $x v128) (local $z v128) (local $a1 i32) (local $y v128)
    (local $b1 i32) (local $b2 i32) (local $b3 i32)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local $t0 v128) (local $t1 v128) (local $t2 v128) (local $t3 v128)
    (local.set $a1 (i32.add (local.get $a) (local.get $row)))
    (local.set $b1 (i32.add (local.get $b) (local.get $row)))
    (local.set $b2 (i32.add (local.get $b1) (local.get $row)))
    (local.set $b3 (i32.add (local.get $b2) (local.get $row)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (local.set $x (v128.load (local.get $a)))
        (local.set $z (v128.load (local.get $a1)))
        (local.set $y (v128.load (local.get $b)))
        (local.set $s0 (f32x4.add (local.get $s0) (f32x4.mul (local.get $x) (local.get $y))))
        (local.set $t0 (f32x4.add (local.get $t0) (f32x4.mul (local.get $z) (local.get $y))))
        (local.set $y (v128.load (local.get $b1)))
        (local.set $s1 (f32x4.add (local.get $s1) (f32x4.mul (local.get $x) (local.get $y))))
        (local.set $t1 (f32x4.add (local.get $t1) (f32x4.mul (local.get $z) (local.get $y))))
        (local.set $y (v128.load (local.get $b2)))
        (local.set $s2 (f32x4.add (local.get $s2) (f32x4.mul (local.get $x) (local.get $y))))
        (local.set $t2 (f32x4.add (local.get $t2) (f32x4.mul (local.get $z) (local.get $y))))
        (local.set $y (v128.load (local.get $b3)))
        (local.set $s3 (f32x4.add (local.get $s3) (f32x4.mul (local.get $x) (local.get $y))))
        (local.set $t3 (f32x4.add (local.get $t3) (f32x4.mul (local.get $z) (local.get $y))))
        (local.set $a (i32.add (local.get $a) (i32.const 16)))
        (local.set $a1 (i32.add (local.get $a1) (i32.const 16)))
        (local.set $b (i32.add (local.get $b) (i32.const 16)))
        (local.set $b1 (i32.add (local.get $b1) (i32.const 16)))
        (local.set $b2 (i32.add (local.get $b2) (i32.const 16)))
        (local.set $b3 (i32.add (local.get $b3) (i32.const 16)))
        (br $next)))
    (f32.store offset=0 (local.get $c) (call $sum (local.get $s0)))
    (f32.store offset=4 (local.get $c) (call $sum (local.get $s1)))
    (f32.store offset=8 (local.get $c) (call $sum (local.get $s2)))
    (f32.store offset=12 (local.get $c) (call $sum (local.get $s3)))
    (local.set $c (i32.add (local.get $c) (local.get $line)))
    (f32.store offset=0 (local.get $c) (call $sum (local.get $t0)))
    (f32.store offset=4 (local.get $c) (call $sum (local.get $t1)))
    (f32.store offset=8 (local.get $c) (call $sum (local.get $t2)))
    (f32.store offset=12 (local.get $c) (call $sum (local.get $t3))))

  (func (export "product")
    (param $A i32) (param $B i32) (param $C i32) (param $m i32) (param $n i32) (param $k i32)
    (local $row i32)     ;; bytes of a row of A and of B
    (local $line i32)    ;; bytes of a row of C
    (local $groups i32)  ;; bytes of the whole groups of four in a row of A and of B
    (local $end i32)     ;; where those of A's row end
    (local $i i32) (local $j i32)
    (local $rows i32) (local $columns i32)  ;; how many of C are done at once
    (local $a i32) (local $b i32) (local $c i32)  ;; where row i of A, row j of B, C[i, j] are
    (local.set $row (i32.shl (local.get $k) (i32.const 2)))
    (local.set $line (i32.shl (local.get $n) (i32.const 2)))
    (local.set $groups (i32.and (local.get $row) (i32.const -16)))
    (local.set $b (local.get $B))
    (block $all
      (loop $next_columns
        (br_if $all (i32.ge_u (local.get $j) (local.get $n)))
        (local.set $columns (select (i32.const 4) (i32.const 1)
          (i32.le_u (i32.add (local.get $j) (i32.const 4)) (local.get $n))))
        (local.set $i (i32.const 0))
        (local.set $a (local.get $A))
        (local.set $c (i32.add (local.get $C) (i32.shl (local.get $j) (i32.const 2))))
        (block $down
          (loop $next_rows
            (br_if $down (i32.ge_u (local.get $i) (local.get $m)))
            (local.set $end (i32.add (local.get $a) (local.get $groups)))
            (local.set $rows (i32.const 1))
            (if (i32.eq (local.get $columns) (i32.const 1))
              (then (f32.store (local.get $c)
                (call $dot (local.get $a) (local.get $end) (local.get $b))))
              (else
                (if (i32.lt_u (i32.add (local.get $i) (i32.const 1)) (local.get $m))
                  (then
                    (call $two (local.get $a) (local.get $end) (local.get $b) (local.get $row)
                      (local.get $c) (local.get $line))
                    (local.set $rows (i32.const 2)))
                  (else
                    (call $one (local.get $a) (local.get $end) (local.get $b) (local.get $row)
                      (local.get $c))))))
            (local.set $i (i32.add (local.get $i) (local.get $rows)))
            (local.set $a (i32.add (local.get $a) (i32.mul (local.get $rows) (local.get $row))))
            (local.set $c (i32.add (local.get $c) (i32.mul (local.get $rows) (local.get $line))))
            (br $next_rows)))
        (local.set $j (i32.add (local.get $j) (local.get $columns)))
        (local.set $b (i32.add (local.get $b) (i32.mul (local.get $columns) (local.get $row))))
        (br $next_columns)))))
