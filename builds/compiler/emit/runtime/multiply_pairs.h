// Two columns times every filter of a group, two filters a turn.

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const EfPacked &q = c.finish;
  const EfWord *const x = reinterpret_cast<const EfWord *>(columns);
  const int32_t pairs = (c.out_group + 1) / 2;
  const int32_t step = q.step, rounding = q.rounding;
  const bool clamps = q.clamps();
  const EfWord *weights =
      static_cast<const EfWord *>(c.weights) + group * pairs * (c.column / 2);
  const int32_t *packed = q.packed + group * c.out_group;
  const int32_t *multiplier = q.multiplier + group * c.out_group * step;
  const int8_t *const end = out + c.out_group;
  do {
    EfSums sums;
    weights = ef_dot(weights, x, c.column, sums);
    const bool alone = out + 1 == end;
    const int32_t packed_b = alone ? packed[0] : packed[1];
    const int32_t multiplier_b = alone ? multiplier[0] : multiplier[step];
    const int32_t b = ef_wrapping_difference(sums.both, sums.a) >> 7;
    const int32_t b_next = ef_wrapping_difference(sums.both_next, sums.a_next) >> 7;
    int32_t values[4] = {ef_packed_output(rounding, packed[0], multiplier[0], sums.a * 2),
                         ef_packed_output(rounding, packed_b, multiplier_b, b),
                         ef_packed_output(rounding, packed[0], multiplier[0], sums.a_next * 2),
                         ef_packed_output(rounding, packed_b, multiplier_b, b_next)};
    if (clamps) ef_packed_clamp(q, values);
    out[0] = static_cast<int8_t>(values[0]);
    out_next[0] = static_cast<int8_t>(values[2]);
    if (alone) return;
    out[1] = static_cast<int8_t>(values[1]);
    out_next[1] = static_cast<int8_t>(values[3]);
    packed += 2;
    multiplier += 2 * step;
    out += 2;
    out_next += 2;
  } while (out != end);
}
