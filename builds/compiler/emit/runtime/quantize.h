// Real numbers to integers, rounded to nearest, halves away from zero. What is not a number becomes the least.
EF_KERNEL void ef_quantize(const float *in, int8_t *out, int32_t count, float scale, int32_t zero) {
  for (int32_t i = 0; i < count; ++i) {
    const float value = in[i] / scale;
    const float bounded = value > 1024.0f ? 1024.0f : (value > -1024.0f ? value : -1024.0f);
    const int32_t whole = static_cast<int32_t>(bounded);
    const float rest = bounded - static_cast<float>(whole);
    const int32_t nearest = whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
    out[i] = static_cast<int8_t>(ef_clamp(nearest + zero, int32_t{-128}, int32_t{127}));
  }
}
