// Whole numbers next to a real number; beyond 2^23 there are no others.
[[maybe_unused]] inline bool ef_is_whole(float x) { return (ef_bits_of(x) & 0x7fffffffu) >= 0x4b000000u; }

[[maybe_unused]] inline float ef_with_sign_of(float size, float x) {
  return ef_real_of((ef_bits_of(size) & 0x7fffffffu) | (ef_bits_of(x) & 0x80000000u));
}

[[maybe_unused]] inline float ef_floor(float x) {
  if (ef_is_whole(x)) return x;
  const float cut = static_cast<float>(static_cast<int32_t>(x));
  return cut > x ? cut - 1.0f : ef_with_sign_of(cut, x);
}

[[maybe_unused]] inline float ef_ceil(float x) { return -ef_floor(-x); }
