// e^x - 1 below zero.
[[maybe_unused]] inline float ef_elu(float x) { return x < 0.0f ? ef_expm1(x) : x; }
