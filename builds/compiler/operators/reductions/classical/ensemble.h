// The sums of an ensemble: where they begin, and how a row of leaves is added to them.

template <typename Base>
EF_KERNEL void ef_begin(const Base *base, int32_t *sums, int32_t count) {
  for (int32_t i = 0; i < count; ++i) sums[i] = base[i];
}

template <typename Leaf>
[[maybe_unused]] inline void ef_add_row(const Leaf *leaf, int32_t row, int32_t *sums, int32_t width) {
  for (int32_t i = 0; i < width; ++i) sums[i] += leaf[row * width + i];
}
