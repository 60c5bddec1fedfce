// Integer arithmetic that every kernel shares. All of it is exact: no result depends on the compiler or the CPU.

template <typename T>
[[maybe_unused]] inline T ef_clamp(T value, T low, T high) {
  return value < low ? low : (value > high ? high : value);
}

// The ends of what an integer type holds.
template <typename T>
struct EfLimits {
  static constexpr int32_t kHighest = (1 << (8 * static_cast<int32_t>(sizeof(T)) - 1)) - 1;
  static constexpr int32_t kLowest = -kHighest - 1;
};

// A sum that keeps its lowest 32 bits.
[[maybe_unused]] inline int32_t ef_wrapping_sum(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

// Divide by 2^right, halves away from zero.
[[maybe_unused]] inline int32_t ef_divide_round(int32_t value, int32_t right) {
  const int32_t mask = static_cast<int32_t>((1u << right) - 1u);
  const int32_t threshold = (mask >> 1) + (value < 0 ? 1 : 0);
  return (value >> right) + ((value & mask) > threshold ? 1 : 0);
}

// (2 * a * b) / 2^32, rounded; a and b are not both -2^31.
[[maybe_unused]] inline int32_t ef_high_multiply(int32_t a, int32_t b) {
#if defined(__ARM_ARCH_6M__)
  // There is no 64-bit product on this core: four 16-bit products are put together.
  const uint32_t a_low = static_cast<uint32_t>(a) & 0xffffu;
  const uint32_t b_low = static_cast<uint32_t>(b) & 0xffffu;
  const int32_t a_high = a >> 16;
  const int32_t b_high = b >> 16;
  const uint32_t low = a_low * b_low;
  const int32_t cross = a_high * static_cast<int32_t>(b_low) + static_cast<int32_t>(low >> 16);
  const int32_t middle = b_high * static_cast<int32_t>(a_low) + (cross & 0xffff);
  const int32_t high = a_high * b_high + (cross >> 16) + (middle >> 16);
  const uint32_t tail = ((static_cast<uint32_t>(middle) & 0xffffu) << 16) | (low & 0xffffu);
  return static_cast<int32_t>(static_cast<uint32_t>(high) << 1) +
         static_cast<int32_t>(((tail >> 30) + 1u) >> 1);
#else
  const int64_t product = static_cast<int64_t>(a) * b;
  return static_cast<int32_t>((product + (int64_t{1} << 30)) >> 31);
#endif
}

// value * multiplier * 2^(shift - 31), in TFLite's two rounding steps.
[[maybe_unused]] inline int32_t ef_scale(int32_t value, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  const int32_t scaled = static_cast<int32_t>(static_cast<uint32_t>(value) << left);
  return ef_divide_round(ef_high_multiply(scaled, multiplier), right);
}

// The same for values below 2^30 in magnitude: what rounds can be added before the shift.
[[maybe_unused]] inline int32_t ef_scale_small(int32_t value, int32_t multiplier, int32_t shift) {
  if (shift > 0) return ef_scale(value, multiplier, shift);
#if defined(__ARM_FEATURE_DSP)
  int32_t high;
  __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(value * 2), "r"(multiplier));
#else
  const int32_t high = ef_high_multiply(value, multiplier);
#endif
  if (shift == 0) return high;
  return (high + (high >> 31) + (1 << (-shift - 1))) >> -shift;
}
