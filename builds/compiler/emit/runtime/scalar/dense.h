// Fully connected: every row of the input times every filter, four filters a turn. The elements of four filters
// alternate; filters that make no four come after them one by one.

struct EfDense {
  int32_t rows, inputs, outputs;
  const int8_t *weights;
  EfFinish finish;
};

template <int32_t kFilters>
inline void ef_dense_dots(const EfPacked &q, int32_t first, int32_t inputs, const int8_t *weights,
                          const int8_t *in, int8_t *out) {
  int32_t sums[kFilters] = {};
  for (int32_t k = 0; k < inputs; ++k, weights += kFilters) {
    EF_UNROLL
    for (int32_t i = 0; i < kFilters; ++i) sums[i] += in[k] * weights[i];
  }
  EF_UNROLL
  for (int32_t i = 0; i < kFilters; ++i) out[i] = ef_output_of(q, first + i, sums[i]);
}

EF_KERNEL void ef_dense(const EfDense &d, const int8_t *in, int8_t *out) {
  const EfPacked q = ef_own(d.finish);
  const int32_t inputs = d.inputs, outputs = d.outputs, fours = outputs & ~3;
  for (int32_t row = 0; row < d.rows; ++row, in += inputs, out += outputs) {
    const int8_t *weights = d.weights;
    for (int32_t o = 0; o < fours; o += 4, weights += 4 * inputs) {
      ef_dense_dots<4>(q, o, inputs, weights, in, out + o);
    }
    for (int32_t o = fours; o < outputs; ++o, weights += inputs) {
      ef_dense_dots<1>(q, o, inputs, weights, in, out + o);
    }
  }
}
