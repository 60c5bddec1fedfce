// 1 / sqrt(x), with both roundings.
[[maybe_unused]] inline float ef_inverse_root(float x) { return 1.0f / ef_root(x); }
