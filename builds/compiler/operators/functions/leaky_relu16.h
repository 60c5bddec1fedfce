// Elements from zero up are rescaled one way, those below another.

struct EfLeaky16 {
  int32_t multiplier_above, shift_above, multiplier_below, shift_below;
};

EF_KERNEL void ef_leaky16(const EfLeaky16 &l, const int16_t *in, int16_t *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t x = in[i];
    const int32_t value = x >= 0 ? ef_scale(x, l.multiplier_above, l.shift_above)
                                 : ef_scale(x, l.multiplier_below, l.shift_below);
    out[i] = static_cast<int16_t>(ef_clamp(value, int32_t{-32768}, int32_t{32767}));
  }
}
