// Sums of four filters over one row of 16-bit elements; the filters' elements alternate.

using EfWideWeights = int8_t;

[[maybe_unused]] inline const EfWideWeights *ef_wide_four(const EfWideWeights *weights,
                                                          const int16_t *in, int32_t count,
                                                          int32_t, int32_t *sums) {
  int32_t a = 0, b = 0, c = 0, d = 0;
  for (int32_t k = 0; k < count; ++k, weights += 4) {
    const int32_t x = in[k];
    a += weights[0] * x;
    b += weights[1] * x;
    c += weights[2] * x;
    d += weights[3] * x;
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
  return weights;
}

// From the end of four filters to the next four.
[[maybe_unused]] inline const EfWideWeights *ef_wide_next(const EfWideWeights *weights, int32_t) {
  return weights;
}
