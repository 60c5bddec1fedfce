// Two columns times four filters, so that each byte that is loaded is used often. The elements of four filters
// alternate; filters that make no four come after them one by one.

template <int32_t kFilters>
inline void ef_dots(const EfPacked &q, int32_t first, int32_t column, const int8_t *weights,
                    const EfCell *columns, int8_t *out, int8_t *out_next) {
  int32_t sums[kFilters] = {}, sums_next[kFilters] = {};
  for (int32_t k = 0; k < column; ++k, weights += kFilters, columns += 2) {
    const int8_t x = columns[0], y = columns[1];
    EF_UNROLL
    for (int32_t i = 0; i < kFilters; ++i) {
      sums[i] += x * weights[i];
      sums_next[i] += y * weights[i];
    }
  }
  EF_UNROLL
  for (int32_t i = 0; i < kFilters; ++i) {
    out[i] = ef_output_of(q, first + i, sums[i]);
    out_next[i] = ef_output_of(q, first + i, sums_next[i]);
  }
}

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const EfPacked q = ef_own(c.finish);
  const int32_t filters = c.out_group, column = c.column, first = group * filters, fours = filters & ~3;
  const int8_t *weights = static_cast<const int8_t *>(c.weights) + first * column;
  for (int32_t o = 0; o < fours; o += 4, weights += 4 * column) {
    ef_dots<4>(q, first + o, column, weights, columns, out + o, out_next + o);
  }
  for (int32_t o = fours; o < filters; ++o, weights += column) {
    ef_dots<1>(q, first + o, column, weights, columns, out + o, out_next + o);
  }
}
