// Two columns times every filter of a group, two filters a turn.

EF_KERNEL const EfWord *ef_pairs(const EfWord *weights, const EfPass &pass, int8_t *out, int32_t count) {
  for (; count > 0; --count) weights = ef_pair(weights, pass, out);
  return weights;
}

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const EfFinish &q = c.finish;
  const int32_t count = c.out_group;
  EfPass pass = {reinterpret_cast<const EfWord *>(columns), ef_turns(c.column), q.rounding,
                 static_cast<int32_t>(out_next - out)};
  const EfWord *weights = static_cast<const EfWord *>(c.weights) + group * q.words;
  weights = ef_pairs(weights, pass, out, count >> 1);
  if ((count & 1) != 0) {
    int8_t last[4];
    pass.hop = 2;
    ef_pairs(weights, pass, last, 1);
    out[count - 1] = last[0];
    out_next[count - 1] = last[2];
  }
  if (q.clamps()) {
    ef_clamp_bytes(out, count, 0, 1, q.low, q.high);
    ef_clamp_bytes(out_next, count, 0, 1, q.low, q.high);
  }
}
