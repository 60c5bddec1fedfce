// Fully connected: every row of the input times every filter, four filters a turn.

EF_KERNEL void ef_dense(const EfDense &d, const int8_t *in, int8_t *out) {
  const EfPacked &q = d.finish;
  for (int32_t row = 0; row < d.rows; ++row, in += d.inputs) {
    const EfWord *weights = static_cast<const EfWord *>(d.weights);
    for (int32_t o = 0; o < d.outputs; o += 4) {
      int32_t twice[4];
      weights = ef_dense_four(weights, in, d.fours, twice);
      for (int32_t i = 0; i < 4 && o + i < d.outputs; ++i) {
        const int32_t at = o + i;
        *out++ = ef_packed_output(q, q.packed[at], q.multiplier[at * q.step], twice[i]);
      }
    }
  }
}
