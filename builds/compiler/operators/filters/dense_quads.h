// Fully connected: every row of the input times every filter, four filters a turn.

EF_KERNEL void ef_dense(const EfDense &d, const int8_t *in, int8_t *out) {
  const EfPacked &q = d.finish;
  const int32_t rounding = q.rounding, step = q.step, fours = d.fours;
  int8_t *const first = out;
  for (int32_t row = 0; row < d.rows; ++row, in += d.inputs) {
    const EfWord *weights = static_cast<const EfWord *>(d.weights);
    const int32_t *packed = q.packed;
    const int32_t *multiplier = q.multiplier;
    for (int32_t left = d.outputs; left > 0; left -= 4) {
      int32_t values[4];
      weights = ef_dense_four(weights, in, fours, values);
      const int32_t count = left < 4 ? left : 4;
      for (int32_t i = 0; i < count; ++i, multiplier += step) {
        const int32_t word = *packed++;
        const int32_t offset = ef_packed_offset(rounding, word);
        *out++ = static_cast<int8_t>(ef_packed_output(offset, word, *multiplier, values[i]));
      }
    }
  }
  if (q.clamps()) ef_clamp_bytes(first, d.outputs, d.outputs, d.rows, q.low, q.high);
}
