// Softmax of real numbers.

struct EfSoftmaxReal {
  int32_t rows, depth;
  float beta;
};

[[maybe_unused]] inline float ef_largest_real(const float *in, int32_t count) {
  float largest = -0x1.fffffep127f;
  for (int32_t i = 0; i < count; ++i) largest = largest < in[i] ? in[i] : largest;
  return largest;
}

EF_KERNEL void ef_softmax_real(const EfSoftmaxReal &s, const float *in, float *out) {
  for (int32_t row = 0; row < s.rows; ++row, in += s.depth, out += s.depth) {
    const float largest = ef_largest_real(in, s.depth);
    float sum = 0.0f;
    for (int32_t i = 0; i < s.depth; ++i) {
      const float term = ef_exp((in[i] - largest) * s.beta);
      out[i] = term;
      sum += term;
    }
    for (int32_t i = 0; i < s.depth; ++i) out[i] = out[i] / sum;
  }
}
