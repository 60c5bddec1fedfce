// As tanhf of the C library, off by at most 2 units in the last place.
[[maybe_unused]] inline float ef_tanh(float x) {
  if (!ef_is_number(x)) return x;
  const float size = x < 0.0f ? -x : x;
  if (size < 0.625f) {
    const float z = x * x;
    float sum = -0x1.752164p-8f;
    sum = sum * z + 0x1.520236p-6f;
    sum = sum * z + -0x1.b837f2p-5f;
    sum = sum * z + 0x1.110710p-3f;
    sum = sum * z + -0x1.555532p-2f;
    return x + x * (z * sum);
  }
  const float large = size > 9.02f ? 1.0f : 1.0f - 2.0f / (ef_exp(size + size) + 1.0f);
  return x < 0.0f ? -large : large;
}
