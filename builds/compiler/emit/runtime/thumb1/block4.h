// Sums of four filters over one row of bytes; weights as `ef_dense_four` has them.

using EfFours = EfWord;
constexpr int32_t kFoursShift = 1;  // the sums come doubled

[[maybe_unused]] inline const EfFours *ef_four_sums(const EfFours *weights, const int8_t *in,
                                                    int32_t count, int32_t *sums) {
  return ef_dense_four(weights, in, count, sums);
}
