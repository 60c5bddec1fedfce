// The logarithm of a softmax of real numbers.
EF_KERNEL void ef_log_softmax_real(const float *in, float *out, int32_t rows, int32_t depth) {
  for (int32_t row = 0; row < rows; ++row, in += depth, out += depth) {
    float largest = -0x1.fffffep127f;
    for (int32_t i = 0; i < depth; ++i) largest = largest < in[i] ? in[i] : largest;
    float sum = 0.0f;
    for (int32_t i = 0; i < depth; ++i) sum += ef_exp(in[i] - largest);
    const float total = ef_log(sum);
    for (int32_t i = 0; i < depth; ++i) out[i] = in[i] - largest - total;
  }
}
