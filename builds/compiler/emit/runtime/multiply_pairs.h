// Two columns times every filter of a group, two filters a turn.

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const EfPacked &q = c.finish;
  const EfWord *const x = reinterpret_cast<const EfWord *>(columns);
  const int32_t pairs = (c.out_group + 1) / 2;
  const EfWord *weights =
      static_cast<const EfWord *>(c.weights) + group * pairs * (c.column / 2);
  const int32_t *packed = q.packed + group * c.out_group;
  const int32_t *multiplier = q.multiplier + group * c.out_group * q.step;
  for (int32_t o = 0; o < c.out_group; o += 2) {
    EfSums sums;
    weights = ef_dot(weights, x, c.column, sums);
    out[o] = ef_packed_output(q, packed[0], multiplier[0], sums.a * 2);
    out_next[o] = ef_packed_output(q, packed[0], multiplier[0], sums.a_next * 2);
    if (o + 1 == c.out_group) return;
    const int32_t b = ef_wrapping_difference(sums.both, sums.a) >> 7;
    const int32_t b_next = ef_wrapping_difference(sums.both_next, sums.a_next) >> 7;
    out[o + 1] = ef_packed_output(q, packed[1], multiplier[q.step], b);
    out_next[o + 1] = ef_packed_output(q, packed[1], multiplier[q.step], b_next);
    packed += 2;
    multiplier += 2 * q.step;
  }
}
