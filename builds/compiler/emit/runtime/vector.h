// Vectors of 128 bits as the compiler's own types, for whatever the machine has: SSE, NEON, WebAssembly SIMD.

using EfBytes = int8_t __attribute__((vector_size(8)));
using EfHalves = int16_t __attribute__((vector_size(16)));
using EfFour = int32_t __attribute__((vector_size(16)));
using EfLooseBytes __attribute__((may_alias, aligned(1))) = EfBytes;
using EfLooseFour __attribute__((may_alias, aligned(1))) = EfFour;

// Eight bytes from any address, widened.
[[maybe_unused]] inline EfHalves ef_eight(const int8_t *from) {
  const EfBytes bytes = *reinterpret_cast<const EfLooseBytes *>(from);
  return __builtin_convertvector(bytes, EfHalves);
}

[[maybe_unused]] inline EfFour ef_low_four(EfHalves x) {
  return __builtin_convertvector(__builtin_shufflevector(x, x, 0, 1, 2, 3), EfFour);
}

[[maybe_unused]] inline EfFour ef_high_four(EfHalves x) {
  return __builtin_convertvector(__builtin_shufflevector(x, x, 4, 5, 6, 7), EfFour);
}

// Add eight products to four sums; which product goes to which sum depends on the machine.
[[maybe_unused]] inline EfFour ef_add_products(EfFour sums, EfHalves a, EfHalves b) {
#if defined(__SSE2__)
  return sums + __builtin_ia32_pmaddwd128(a, b);
#elif defined(__wasm_simd128__)
  return sums + __builtin_wasm_dot_s_i32x4_i16x8(a, b);
#else
  return sums + ef_low_four(a) * ef_low_four(b) + ef_high_four(a) * ef_high_four(b);
#endif
}

// The total of each of four vectors.
[[maybe_unused]] inline EfFour ef_totals(const EfFour (&v)[4]) {
  const EfFour ab = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5) +
                    __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
  const EfFour cd = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5) +
                    __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}
