// Fully connected: every row of the input times every filter, four filters a turn.

struct EfDense {
  int32_t rows, inputs, outputs;
  const int8_t *weights;
  EfOutput finish;
};

[[maybe_unused]] inline EfFour ef_dense_four(const int8_t *in, const int8_t *const (&row)[4],
                                             int32_t inputs) {
  EfFour sums[4] = {};
  int32_t k = 0;
  for (; k + 8 <= inputs; k += 8) {
    const EfHalves x = ef_eight(in + k);
    EF_UNROLL
    for (int32_t i = 0; i < 4; ++i) sums[i] = ef_add_products(sums[i], x, ef_eight(row[i] + k));
  }
  EfFour total = ef_totals(sums);
  for (; k < inputs; ++k) {
    EF_UNROLL
    for (int32_t i = 0; i < 4; ++i) total[i] += in[k] * row[i][k];
  }
  return total;
}

EF_KERNEL void ef_dense(const EfDense &d, const int8_t *in, int8_t *out) {
  for (int32_t n = 0; n < d.rows; ++n, in += d.inputs, out += d.outputs) {
    const int8_t *weights = d.weights;
    for (int32_t o = 0; o < d.outputs; o += 4, weights += 4 * d.inputs) {
      const int32_t left = d.outputs - o;
      const int8_t *const row[4] = {weights, weights + (left > 1 ? d.inputs : 0),
                                    weights + (left > 2 ? 2 * d.inputs : 0),
                                    weights + (left > 3 ? 3 * d.inputs : 0)};
      ef_finish(d.finish, o, left, ef_dense_four(in, row, d.inputs), out + o);
    }
  }
}
