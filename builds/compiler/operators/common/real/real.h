// Real numbers, in the order of TFLM's operations. A product that is joined with a sum rounds once where TFLM rounds
// twice, so that is off, whatever a firmware builds with.
#if defined(__FAST_MATH__)
#error "This code computes real numbers in a fixed order; build it without -ffast-math."
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

union EfRealBits {
  float value;
  uint32_t bits;
};

[[maybe_unused]] inline uint32_t ef_bits_of(float value) {
  EfRealBits both;
  both.value = value;
  return both.bits;
}

[[maybe_unused]] inline float ef_real_of(uint32_t bits) {
  EfRealBits both;
  both.bits = bits;
  return both.value;
}

[[maybe_unused]] inline float ef_infinite() { return ef_real_of(0x7f800000u); }
[[maybe_unused]] inline bool ef_is_number(float value) { return (ef_bits_of(value) & 0x7fffffffu) <= 0x7f800000u; }

// 2^power, for -126 to 127.
[[maybe_unused]] inline float ef_power_of_two(int32_t power) {
  return ef_real_of(static_cast<uint32_t>(power + 127) << 23);
}
