// Depthwise convolution, four channels a turn: words of four inputs and four weights are unpacked by SXTB16, and
// the halves multiplied one by one.

struct EfDepthwise {
  EfWindow window;
  const void *weights;    // words: four channels, tap after tap
  const int8_t *outside;  // one pixel of zero points
  EfPacked finish;
};

[[maybe_unused]] inline const EfWord *ef_depthwise_dot(const int8_t *const *taps,
                                                       const EfWord *weights, int32_t channel,
                                                       int32_t size, int32_t *sums) {
  int32_t a = 0, b = 0, c = 0, d = 0;
#if EF_DSP_ASSEMBLY
  uint32_t x, y, w, v;
#define EF_TAP                           \
  "ldr %[x], [%[taps]], #4\n\t"          \
  "ldr %[w], [%[weights]], #4\n\t"       \
  "ldr %[x], [%[x], %[channel]]\n\t"     \
  "sxtb16 %[v], %[w], ror #8\n\t"        \
  "sxtb16 %[w], %[w]\n\t"                \
  "sxtb16 %[y], %[x], ror #8\n\t"        \
  "sxtb16 %[x], %[x]\n\t"                \
  "smlabb %[a], %[x], %[w], %[a]\n\t"    \
  "smlabb %[b], %[y], %[v], %[b]\n\t"    \
  "smlatt %[c], %[x], %[w], %[c]\n\t"    \
  "smlatt %[d], %[y], %[v], %[d]\n\t"
#define EF_TAPS(N)                                                                          \
  __asm__ volatile("1:\n\t" EF_TAP N "subs %[n], %[n], #1\n\t"                             \
                   "bne 1b"                                                                 \
                   : [a] "+&r"(a), [b] "+&r"(b), [c] "+&r"(c), [d] "+&r"(d), [x] "=&r"(x), \
                     [y] "=&r"(y), [w] "=&r"(w), [v] "=&r"(v), [taps] "+&r"(taps),         \
                     [weights] "+&r"(weights), [n] "+&r"(size)                             \
                   : [channel] "r"(channel)                                                 \
                   : "cc", "memory")
  if (size == 9) {
    size = 1;
    EF_TAPS(EF_TAP EF_TAP EF_TAP EF_TAP EF_TAP EF_TAP EF_TAP EF_TAP);
  } else if (size == 25) {
    size = 5;
    EF_TAPS(EF_TAP EF_TAP EF_TAP EF_TAP);
  } else {
    EF_TAPS("");
  }
#undef EF_TAPS
#undef EF_TAP
#else
  for (int32_t t = 0; t < size; ++t, ++weights) {
    const uint32_t x = *reinterpret_cast<const EfUnaligned *>(taps[t] + channel);
    const uint32_t even = ef_unpack(x), w_even = ef_unpack(*weights);
    const uint32_t odd = ef_unpack(x >> 8), w_odd = ef_unpack(*weights >> 8);
    a += ef_low_half(even) * ef_low_half(w_even);
    b += ef_low_half(odd) * ef_low_half(w_odd);
    c += ef_high_half(even) * ef_high_half(w_even);
    d += ef_high_half(odd) * ef_high_half(w_odd);
  }
#endif
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
  return weights;
}

[[maybe_unused]] inline void ef_slide(const int8_t **taps, int32_t count, int32_t distance) {
  for (int32_t t = 0; t < count; ++t) taps[t] += distance;
}

[[maybe_unused]] inline void ef_depthwise_pixel(const EfDepthwise &d, const int8_t *const *taps,
                                                int8_t *out) {
  const EfPacked &q = d.finish;
  const int32_t size = d.window.k_h * d.window.k_w;
  const int32_t channels = d.window.in_c, step = q.step, rounding = q.rounding;
  const bool clamps = q.clamps();
  const EfWord *weights = static_cast<const EfWord *>(d.weights);
  const int32_t *packed = q.packed;
  const int32_t *multiplier = q.multiplier;
  for (int32_t channel = 0; channel < channels; channel += 4) {
    int32_t values[4];
    weights = ef_depthwise_dot(taps, weights, channel, size, values);
    for (int32_t &value : values) {
      const int32_t word = *packed++;
      const int32_t offset = ef_packed_offset(rounding, word);
      value = ef_packed_output(offset, word, *multiplier, value * 2);
      multiplier += step;
    }
    if (clamps) ef_packed_clamp(q, values);
    for (const int32_t value : values) *out++ = static_cast<int8_t>(value);
  }
}
