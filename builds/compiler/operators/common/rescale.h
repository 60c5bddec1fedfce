// Element by element to another scale, with a clamp. What is added wraps, as it does for 32-bit elements in TFLM.

struct EfRescale {
  int32_t zero_in, multiplier, shift, zero_out, low, high;
};

template <typename In, typename Out>
EF_KERNEL void ef_rescale(const EfRescale &r, const In *in, Out *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t scaled = ef_scale(ef_wrapping_sum(in[i], -r.zero_in), r.multiplier, r.shift);
    out[i] = static_cast<Out>(ef_clamp(ef_wrapping_sum(scaled, r.zero_out), r.low, r.high));
  }
}
