// Sums of four filters over one row of bytes; the filters' elements alternate.

using EfFours = int8_t;
constexpr int32_t kFoursShift = 0;  // the sums come as they are

[[maybe_unused]] inline const EfFours *ef_four_sums(const EfFours *weights, const int8_t *in,
                                                   int32_t count, int32_t *sums) {
  int32_t a = 0, b = 0, c = 0, d = 0;
  for (int32_t k = 0; k < count; ++k, weights += 4) {
    a += weights[0] * in[k];
    b += weights[1] * in[k];
    c += weights[2] * in[k];
    d += weights[3] * in[k];
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
  return weights;
}
