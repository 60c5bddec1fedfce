// Element by element to another scale, with a clamp.

struct EfRescale {
  int32_t zero_in, multiplier, shift, zero_out, low, high;
};

template <typename In, typename Out>
EF_KERNEL void ef_rescale(const EfRescale &r, const In *in, Out *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t value = ef_scale(in[i] - r.zero_in, r.multiplier, r.shift) + r.zero_out;
    out[i] = static_cast<Out>(ef_clamp(value, r.low, r.high));
  }
}
