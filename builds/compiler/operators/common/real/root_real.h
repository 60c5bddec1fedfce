// The square root, rounded to nearest as IEEE 754 has it: bit by bit where the core has no instruction for it.
[[maybe_unused]] inline float ef_root(float x) {
#if defined(__ARM_FP) && (__ARM_FP & 4)
  float root;
#if defined(__aarch64__)
  __asm__("fsqrt %s0, %s1" : "=w"(root) : "w"(x));
#else
  __asm__("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
#endif
  return root;
#else
  if (!ef_is_number(x) || (x <= 0.0f && x >= 0.0f) || x >= ef_infinite()) return x;
  if (x < 0.0f) return ef_real_of(0x7fc00000u);
  int32_t exponent = static_cast<int32_t>(ef_bits_of(x) >> 23);
  if (exponent == 0) {
    x *= 0x1p24f;
    exponent = static_cast<int32_t>(ef_bits_of(x) >> 23) - 24;
  }
  exponent -= 127;
  uint32_t rest = (ef_bits_of(x) & 0x007fffffu) | 0x00800000u;
  if ((exponent & 1) != 0) rest += rest;
  rest += rest;
  uint32_t root = 0;
  uint32_t sum = 0;
  for (uint32_t bit = 0x01000000u; bit != 0u; bit >>= 1) {
    const uint32_t tried = sum + bit;
    if (tried <= rest) {
      sum = tried + bit;
      rest -= tried;
      root += bit;
    }
    rest += rest;
  }
  if (rest != 0u) root += root & 1u;
  return ef_real_of((root >> 1) + 0x3f000000u + (static_cast<uint32_t>(exponent >> 1) << 23));
#endif
}
