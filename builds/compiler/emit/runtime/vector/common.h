// Vectors of 128 bits as the compiler's own types, for whatever the machine has: SSE, NEON, WebAssembly SIMD.

using EfBytes = int8_t __attribute__((vector_size(8)));
using EfHalves = int16_t __attribute__((vector_size(16)));
using EfFour = int32_t __attribute__((vector_size(16)));
using EfQuarter = int8_t __attribute__((vector_size(4)));
using EfLooseBytes __attribute__((may_alias, aligned(1))) = EfBytes;
using EfLooseFour __attribute__((may_alias, aligned(1))) = EfFour;
using EfLooseQuarter __attribute__((may_alias, aligned(1))) = EfQuarter;

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

[[maybe_unused]] inline EfFour ef_four_words(const int32_t *from) {
  return *reinterpret_cast<const EfLooseFour *>(from);
}

[[maybe_unused]] inline EfFour ef_four_bytes(const int8_t *from) {
  const EfQuarter bytes = *reinterpret_cast<const EfLooseQuarter *>(from);
  return __builtin_convertvector(bytes, EfFour);
}

[[maybe_unused]] inline void ef_put_four(int8_t *to, EfFour value) {
  *reinterpret_cast<EfLooseQuarter *>(to) = __builtin_convertvector(value, EfQuarter);
}

[[maybe_unused]] inline EfFour ef_between(EfFour value, int32_t low, int32_t high) {
  value = value < low ? EfFour{} + low : value;
  return value > high ? EfFour{} + high : value;
}

// The rounding high product of common.h.
[[maybe_unused]] inline EfFour ef_four_high_products(EfFour a, EfFour b) {
  using EfLongs = int64_t __attribute__((vector_size(32)));
  using EfUnsigned = uint64_t __attribute__((vector_size(32)));
  const EfLongs products = __builtin_convertvector(a, EfLongs) * __builtin_convertvector(b, EfLongs);
  // Of what is shifted in from above nothing remains in 32 bits.
  const EfUnsigned high = reinterpret_cast<EfUnsigned>(products + (int64_t{1} << 30)) >> 31;
  return __builtin_convertvector(high, EfFour);
}

// Times multiplier * 2^-31, then a shift to the right by at least one, given as power = 2^(31 - shift). A shift that
// rounds halves away from zero is the rounding high product of a number that is one less on the negative side.
[[maybe_unused]] inline EfFour ef_scale_right(EfFour value, EfFour multiplier, EfFour power) {
  const EfFour high = ef_four_high_products(value, multiplier);
  return ef_four_high_products(high + (high >> 31), power);
}
