// Depthwise convolution, sixteen channels a turn, two taps at a time. The compiler has seen to it that the products of
// a pair of taps fit in 16 bits together; the sum of a pair is then widened and added.

struct EfDepthwise {
  EfWindow window;
  const int8_t *weights;  // blocks of sixteen channels; in a block one tap after the other
  const int8_t *outside;  // one pixel of zero points
  EfOutput finish;
};

#if EF_MVE_ASSEMBLY
// One tap's sixteen inputs to q0 and weights to q1.
#define EF_TAP                          \
  "ldr %[x], [%[taps]], #4\n\t"         \
  "add %[x], %[x], %[channel]\n\t"      \
  "vldrb.u8 q0, [%[x]]\n\t"             \
  "vldrb.u8 q1, [%[weights]], #16\n\t"

// The same where fewer channels are left: the others become zero and are not touched.
#define EF_TAP_PART                     \
  "ldr %[x], [%[taps]], #4\n\t"         \
  "add %[x], %[x], %[channel]\n\t"      \
  "vpstt\n\t"                           \
  "vldrbt.u8 q0, [%[x]]\n\t"            \
  "vldrbt.u8 q1, [%[weights]]\n\t"      \
  "add %[weights], %[weights], %[count]\n\t"

#define EF_AGAIN "vldrb.u8 q0, [%[x]]\n\t"
#define EF_AGAIN_PART "vpst\n\tvldrbt.u8 q0, [%[x]]\n\t"

// The first tap of a pair: products of even channels to q2, of odd ones to q3.
#define EF_FIRST(TAP)            \
  TAP                            \
  "vmullb.s8 q2, q0, q1\n\t"     \
  "vmullt.s8 q3, q0, q1\n\t"

// The second: there is no register left for a product beside its factors, so x is loaded again.
#define EF_SECOND(TAP, AGAIN)    \
  TAP                            \
  "vmullb.s8 q0, q0, q1\n\t"     \
  "vadd.i16 q2, q2, q0\n\t"      \
  AGAIN                          \
  "vmullt.s8 q0, q0, q1\n\t"     \
  "vadd.i16 q3, q3, q0\n\t"

// Channels 0, 4, 8, 12 are in q4, their neighbours in q5 to q7: what VLD4 and VST4 make of an array.
#define EF_WIDEN          \
  "vmovlb.s16 q0, q2\n\t" \
  "vadd.i32 q4, q4, q0\n\t" \
  "vmovlt.s16 q0, q2\n\t" \
  "vadd.i32 q6, q6, q0\n\t" \
  "vmovlb.s16 q0, q3\n\t" \
  "vadd.i32 q5, q5, q0\n\t" \
  "vmovlt.s16 q0, q3\n\t" \
  "vadd.i32 q7, q7, q0\n\t"

#define EF_FOURS(LOAD, AT)                          \
  LOAD "0.32 {q4, q5, q6, q7}, [" AT "]\n\t"        \
  LOAD "1.32 {q4, q5, q6, q7}, [" AT "]\n\t"        \
  LOAD "2.32 {q4, q5, q6, q7}, [" AT "]\n\t"        \
  LOAD "3.32 {q4, q5, q6, q7}, [" AT "]\n\t"

#define EF_TAPS(TAP, AGAIN)                                                                      \
  __asm__ volatile("vctp.8 %[count]\n\t" EF_FOURS("vld4", "%[start]")                            \
                   "wls lr, %[pairs], 2f\n"                                                      \
                   "1:\n\t" EF_FIRST(TAP) EF_SECOND(TAP, AGAIN) EF_WIDEN                          \
                   "le lr, 1b\n"                                                                 \
                   "2:\n\t"                                                                      \
                   "cbz %[odd], 3f\n\t" EF_FIRST(TAP) EF_WIDEN                                   \
                   "3:\n\t" EF_FOURS("vst4", "%[sums]")                                          \
                   : [taps] "+&r"(taps), [weights] "+&r"(weights), [x] "=&r"(x)                  \
                   : [start] "r"(start), [sums] "r"(sums), [channel] "r"(channel),               \
                     [count] "r"(count), [pairs] "r"(size >> 1), [odd] "l"(size & 1)             \
                   : "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "cc", "memory")
#endif

// Sums of `count` channels, at most sixteen, from what is in `start`.
[[maybe_unused]] inline const int8_t *ef_depthwise_dot(const int8_t *const *taps,
                                                       const int8_t *weights, int32_t channel,
                                                       int32_t count, int32_t size,
                                                       const int32_t *start, int32_t *sums) {
#if EF_MVE_ASSEMBLY
  const int8_t *x;
  if (count == 16) {
    EF_TAPS(EF_TAP, EF_AGAIN);
  } else {
    EF_TAPS(EF_TAP_PART, EF_AGAIN_PART);
  }
#undef EF_TAPS
#undef EF_FOURS
#undef EF_WIDEN
#undef EF_SECOND
#undef EF_FIRST
#undef EF_AGAIN_PART
#undef EF_AGAIN
#undef EF_TAP_PART
#undef EF_TAP
#else
  for (int32_t i = 0; i < count; ++i) sums[i] = start[i];
  for (int32_t t = 0; t < size; ++t, weights += count) {
    for (int32_t i = 0; i < count; ++i) sums[i] += taps[t][channel + i] * weights[i];
  }
#endif
  return weights;
}

// Move the address of every tap.
[[maybe_unused]] inline void ef_slide(const int8_t **taps, int32_t count, int32_t distance) {
#if EF_MVE_ASSEMBLY
  __asm__ volatile("dlstp.32 lr, %[count]\n"
                   "1:\n\t"
                   "vldrw.u32 q0, [%[taps]]\n\t"
                   "vadd.i32 q0, q0, %[distance]\n\t"
                   "vstrw.32 q0, [%[taps]], #16\n\t"
                   "letp lr, 1b"
                   : [taps] "+&r"(taps)
                   : [count] "r"(count), [distance] "r"(distance)
                   : "lr", "q0", "memory");
#else
  for (int32_t t = 0; t < count; ++t) taps[t] += distance;
#endif
}

[[maybe_unused]] inline void ef_depthwise_pixel(const EfDepthwise &d, const int8_t *const *taps,
                                                int8_t *out) {
  const int32_t size = d.window.k_h * d.window.k_w, channels = d.window.in_c;
  const int8_t *weights = d.weights;
  for (int32_t channel = 0; channel < channels; channel += 16) {
    const int32_t left = channels - channel;
    const int32_t count = left < 16 ? left : 16;
    const int32_t *start = d.finish.bias + channel;
    int32_t sums[16];
    if (count < 16) start = ef_copy_words(sums, start, count);  // all sixteen are read
    weights = ef_depthwise_dot(taps, weights, channel, count, size, start, sums);
    ef_finish(d.finish, channel, count, sums, out + channel);
  }
}
