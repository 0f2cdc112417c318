;; The product of two matrices in WebAssembly, four numbers at a time.
;;
;;   product(A, B, C, m, n, k):  C[i, j] = sum over c < k of A[i, c] B[j, c]
;;
;; A (m, k), B (n, k) and C (m, n) are addresses in bytes of float32 rows that follow
;; each other. Only whole groups of four of the k numbers are summed: matrix.js adds
;; the up to three that are left over.
;;
;; A v128 is a register of four float32. `$dot4` keeps four sums in such registers, one
;; for each of four rows of B, so that a number of A is loaded once for four products,
;; and the processor has four sums to work on while one addition is under way. A block
;; of rows of B is used for all rows of A before the next: it stays in the cache.
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
  (func $dot4 (param $a i32) (param $end i32) (param $b i32) (param $row i32) (param $c i32)
    (local $x v128)
    (local $b1 i32) (local $b2 i32) (local $b3 i32)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local.set $b1 (i32.add (local.get $b) (local.get $row)))
    (local.set $b2 (i32.add (local.get $b1) (local.get $row)))
    (local.set $b3 (i32.add (local.get $b2) (local.get $row)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (local.set $x (v128.load (local.get $a)))
        (local.set $s0 (f32x4.add (local.get $s0) (f32x4.mul (local.get $x) (v128.load (local.get $b)))))
        (local.set $s1 (f32x4.add (local.get $s1) (f32x4.mul (local.get $x) (v128.load (local.get $b1)))))
        (local.set $s2 (f32x4.add (local.get $s2) (f32x4.mul (local.get $x) (v128.load (local.get $b2)))))
        (local.set $s3 (f32x4.add (local.get $s3) (f32x4.mul (local.get $x) (v128.load (local.get $b3)))))
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

  (func (export "product")
    (param $A i32) (param $B i32) (param $C i32) (param $m i32) (param $n i32) (param $k i32)
    (local $row i32)     ;; bytes of a row of A and of B
    (local $groups i32)  ;; bytes of its whole groups of four
    (local $i i32) (local $j i32)
    (local $a i32) (local $b i32) (local $c i32)  ;; where row i of A, row j of B, C[i, j] are
    (local.set $row (i32.shl (local.get $k) (i32.const 2)))
    (local.set $groups (i32.and (local.get $row) (i32.const -16)))
    (local.set $b (local.get $B))
    (block $all
      (loop $columns
        (br_if $all (i32.ge_u (local.get $j) (local.get $n)))
        (local.set $i (i32.const 0))
        (local.set $a (local.get $A))
        (local.set $c (i32.add (local.get $C) (i32.shl (local.get $j) (i32.const 2))))
        (block $column
          (loop $rows
            (br_if $column (i32.ge_u (local.get $i) (local.get $m)))
            (if (i32.le_u (i32.add (local.get $j) (i32.const 4)) (local.get $n))
              (then (call $dot4 (local.get $a) (i32.add (local.get $a) (local.get $groups))
                (local.get $b) (local.get $row) (local.get $c)))
              (else (f32.store (local.get $c) (call $dot (local.get $a)
                (i32.add (local.get $a) (local.get $groups)) (local.get $b)))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (local.set $a (i32.add (local.get $a) (local.get $row)))
            (local.set $c (i32.add (local.get $c) (i32.shl (local.get $n) (i32.const 2))))
            (br $rows)))
        ;; four columns further where four were done, else one
        (if (i32.le_u (i32.add (local.get $j) (i32.const 4)) (local.get $n))
          (then
            (local.set $j (i32.add (local.get $j) (i32.const 4)))
            (local.set $b (i32.add (local.get $b) (i32.shl (local.get $row) (i32.const 2)))))
          (else
            (local.set $j (i32.add (local.get $j) (i32.const 1)))
            (local.set $b (i32.add (local.get $b) (local.get $row)))))
        (br $columns)))))
