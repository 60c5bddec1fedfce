// Functions of one real number, step by step as TFLM has them.

[[maybe_unused]] inline float ef_size_of(float x) { return ef_real_of(ef_bits_of(x) & 0x7fffffffu); }
[[maybe_unused]] inline float ef_squared(float x) { return x * x; }
[[maybe_unused]] inline float ef_not_below_zero(float x) { return x < 0.0f ? 0.0f : x; }
[[maybe_unused]] inline float ef_zero_to_six(float x) { return x > 6.0f ? 6.0f : (x < 0.0f ? 0.0f : x); }

[[maybe_unused]] inline float ef_hard_swish(float x) {
  const float moved = x + 3.0f;
  const float above = 0.0f < moved ? moved : 0.0f;
  return x * (above < 6.0f ? above : 6.0f) / 6.0f;
}
