// Two columns times every filter of a group, two filters a turn.

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const EfFinish &q = c.finish;
  const EfWord *const x = reinterpret_cast<const EfWord *>(columns);
  const int32_t rounding = q.rounding, turns = ef_turns(c.column);
  const bool clamps = q.clamps();
  const EfWord *weights = static_cast<const EfWord *>(c.weights) + group * q.words;
  const int8_t *const last = out + c.out_group - 1;
  for (;; out += 2, out_next += 2) {
    EfPair pair;
    weights = ef_pair(weights, x, turns, rounding, pair);
    if (clamps) ef_clamp_pair(q, pair);
    out[0] = static_cast<int8_t>(pair.a);
    out_next[0] = static_cast<int8_t>(pair.a_next);
    if (out == last) return;
    out[1] = static_cast<int8_t>(pair.b);
    out_next[1] = static_cast<int8_t>(pair.b_next);
    if (out + 1 == last) return;
  }
}
