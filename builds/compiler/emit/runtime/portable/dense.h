// Fully connected: every row of the input times every filter.

struct EfDense {
  int32_t rows, inputs, outputs;
  const int8_t *weights;
  EfOutput finish;
};

EF_KERNEL void ef_dense(const EfDense &d, const int8_t *in, int8_t *out) {
  for (int32_t row = 0; row < d.rows; ++row, in += d.inputs) {
    const int8_t *weights = d.weights;
    for (int32_t o = 0; o < d.outputs; ++o, weights += d.inputs) {
      int32_t sum = d.finish.bias[o];
      for (int32_t k = 0; k < d.inputs; ++k) sum += in[k] * weights[k];
      *out++ = ef_output_of(d.finish, o, sum);
    }
  }
}
