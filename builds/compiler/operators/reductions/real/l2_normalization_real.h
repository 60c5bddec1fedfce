// Rows of real numbers, each divided by its length, which counts as at least a millionth.
EF_KERNEL void ef_l2_norm_real(const float *in, float *out, int32_t rows, int32_t depth) {
  for (int32_t row = 0; row < rows; ++row, in += depth, out += depth) {
    float squares = 0.0f;
    for (int32_t i = 0; i < depth; ++i) squares += in[i] * in[i];
    const float root = ef_root(squares);
    const float length = root < 1e-6f ? 1e-6f : root;
    for (int32_t i = 0; i < depth; ++i) out[i] = in[i] / length;
  }
}
