// Sums of four filters over one row of bytes; the filters lie one after the other.

using EfFours = int8_t;
constexpr int32_t kFoursShift = 0;  // the sums come as they are

[[maybe_unused]] inline const EfFours *ef_four_sums(const EfFours *weights, const int8_t *in,
                                                    int32_t count, int32_t *sums) {
  for (int32_t i = 0; i < 4; ++i) sums[i] = 0;
  ef_dense_four(in, weights, count, count, sums);
  return weights + 4 * count;
}
