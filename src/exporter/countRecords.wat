;; Counts line feeds that do not stand within quotes, sixteen bytes at a time. `countRecords.ts` holds what this is compiled to.
(module
  ;; Where the bytes are put that are counted: 64 KiB.
  (memory (export "window") 1 1)

  (func (export "count")
    (param $end i32)     ;; how many bytes there are; up to a multiple of sixteen, zeros follow
    (param $quotes i32)  ;; 0xffff where quotes have a meaning, else 0
    (param $quoted i32)  ;; 1 where the bytes begin within quotes, else 0
    (result i32)         ;; twice the number of records, and 1 where the bytes end within quotes
    (local $at i32)
    (local $bytes v128)
    (local $inside i32)
    (local $records i32)
    ;; All bits are set within quotes.
    (local.set $quoted (i32.sub (i32.const 0) (local.get $quoted)))
    (loop $next
      (local.set $bytes (v128.load (local.get $at)))
      ;; A bit for each byte that is a quote …
      (local.set $inside
        (i32.and (local.get $quotes) (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22))))))
      ;; … becomes a bit for each byte up to which there is an odd number of quotes.
      (local.set $inside (i32.xor (local.get $inside) (i32.shl (local.get $inside) (i32.const 1))))
      (local.set $inside (i32.xor (local.get $inside) (i32.shl (local.get $inside) (i32.const 2))))
      (local.set $inside (i32.xor (local.get $inside) (i32.shl (local.get $inside) (i32.const 4))))
      (local.set $inside (i32.xor (local.get $inside) (i32.shl (local.get $inside) (i32.const 8))))
      (local.set $inside (i32.xor (local.get $inside) (local.get $quoted)))
      (local.set $records
        (i32.add
          (local.get $records)
          (i32.popcnt
            (i32.and
              (i32.xor (local.get $inside) (i32.const -1))
              (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0a))))))))
      ;; The bit of the last byte, sixteen times and more.
      (local.set $quoted (i32.shr_s (i32.shl (local.get $inside) (i32.const 16)) (i32.const 31)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (i32.or (i32.shl (local.get $records) (i32.const 1)) (i32.and (local.get $quoted) (i32.const 1)))))
