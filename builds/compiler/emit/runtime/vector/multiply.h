// Two columns times four filters a turn, eight elements of each. Columns and filters are padded to whole vectors, the
// filters with zeros.

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const int32_t column = c.column, filters = c.out_group;
  const int8_t *const next = columns + column;
  const int8_t *weights = static_cast<const int8_t *>(c.weights) + group * filters * column;
  for (int32_t o = 0; o < filters; o += 4, weights += 4 * column) {
    const int32_t left = filters - o;
    const int8_t *row[4] = {weights, weights, weights, weights};
    EF_UNROLL
    for (int32_t i = 1; i < 4; ++i) row[i] += i < left ? i * column : 0;
    EfFour sums[4] = {}, sums_next[4] = {};
    for (int32_t k = 0; k < column; k += 8) {
      const EfHalves x = ef_eight(columns + k), y = ef_eight(next + k);
      EF_UNROLL
      for (int32_t i = 0; i < 4; ++i) {
        const EfHalves w = ef_eight(row[i] + k);
        sums[i] = ef_add_products(sums[i], x, w);
        sums_next[i] = ef_add_products(sums_next[i], y, w);
      }
    }
    const int32_t channel = group * filters + o;
    ef_finish(c.finish, channel, left, ef_totals(sums), out + o);
    ef_finish(c.finish, channel, left, ef_totals(sums_next), out_next + o);
  }
}
