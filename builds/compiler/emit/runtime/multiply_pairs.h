// Two columns times every filter of a group, two filters a turn.

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const EfPacked &q = c.finish;
  const EfWord *const x = reinterpret_cast<const EfWord *>(columns);
  const int32_t even = (c.out_group + 1) & ~1;  // channels of a group in the tables
  const int32_t step = q.step, rounding = q.rounding, turns = ef_turns(c.column);
  const bool clamps = q.clamps();
  const EfWord *weights = static_cast<const EfWord *>(c.weights) + group * (even * c.column >> 2);
  const int32_t *packed = q.packed + group * even;
  const int32_t *multiplier = q.multiplier + group * even * step;
  const int8_t *const last = out + c.out_group - 1;
  for (;; out += 2, out_next += 2, packed += 2, multiplier += 2 * step) {
    EfSums sums;
    weights = ef_dot(weights, x, turns, sums);
    const int32_t packed_a = packed[0], packed_b = packed[1];
    const int32_t by_a = multiplier[0], by_b = multiplier[step];
    const int32_t offset_a = ef_packed_offset(rounding, packed_a);
    const int32_t offset_b = ef_packed_offset(rounding, packed_b);
    const int32_t b = ef_wrapping_difference(sums.both, sums.a) >> 7;
    const int32_t b_next = ef_wrapping_difference(sums.both_next, sums.a_next) >> 7;
    int32_t values[4] = {ef_packed_output(offset_a, packed_a, by_a, sums.a * 2),
                         ef_packed_output(offset_b, packed_b, by_b, b),
                         ef_packed_output(offset_a, packed_a, by_a, sums.a_next * 2),
                         ef_packed_output(offset_b, packed_b, by_b, b_next)};
    if (clamps) ef_packed_clamp(q, values);
    out[0] = static_cast<int8_t>(values[0]);
    out_next[0] = static_cast<int8_t>(values[2]);
    if (out == last) return;
    out[1] = static_cast<int8_t>(values[1]);
    out_next[1] = static_cast<int8_t>(values[3]);
    if (out + 1 == last) return;
  }
}
