// Output stage for channels whose bias fits in 24 bits: `packed` holds the bias above and the right shift, less
// one, in the low byte. The last bit of the shift happens in the saturation, so the rounding is TFLite's.

struct EfPacked {
  const int32_t *packed;
  const int32_t *multiplier;
  int32_t step;      // 0 when one multiplier serves all channels
  int32_t rounding;  // 2 * zero point + 1
  int32_t low, high;

  bool clamps() const { return low > -128 || high < 127; }
};

// A copy, which no output byte can be part of; by member, since GCC may copy a struct by a call of memcpy.
[[maybe_unused]] inline EfPacked ef_own(const EfPacked &q) {
  return {q.packed, q.multiplier, q.step, q.rounding, q.low, q.high};
}

// What rounding and zero point add to a channel, before its shift.
[[maybe_unused]] inline int32_t ef_packed_offset(int32_t rounding, int32_t packed) {
#if defined(__ARM_FEATURE_DSP)
  int32_t offset;
  __asm__("lsl %0, %1, %2" : "=r"(offset) : "r"(rounding), "r"(packed));
  return offset;
#else
  return static_cast<int32_t>(static_cast<uint32_t>(rounding) << (packed & 31));
#endif
}

// `twice` is two times the accumulator without its bias. The result is saturated to eight bits.
[[maybe_unused]] inline int32_t ef_packed_output(int32_t offset, int32_t packed,
                                                 int32_t multiplier, int32_t twice) {
  const int32_t sum = twice + (packed >> 7);
#if defined(__ARM_FEATURE_DSP)
  int32_t value;
  __asm__("add %0, %4, %1, asr #31\n\t"
          "smmlar %0, %1, %2, %0\n\t"
          "asr %0, %0, %3\n\t"
          "ssat %0, #8, %0, asr #1"
          : "=&r"(value)
          : "r"(sum), "r"(multiplier), "r"(packed), "r"(offset));
  return value;
#else
  const int32_t shift = packed & 31;
  int32_t value = ef_high_multiply(sum >> 1, multiplier);
  value += value >> 31;
  value = ((value + offset) >> shift) >> 1;
  return ef_clamp(value, int32_t{-128}, int32_t{127});
#endif
}

// The channels that are finished together are clamped together, because most operators need no clamp.
template <int kCount>
[[maybe_unused]] inline void ef_packed_clamp(const EfPacked &q, int32_t (&values)[kCount]) {
  for (int32_t &value : values) value = ef_clamp(value, q.low, q.high);
}

// Outputs that are in memory already: channels of some pixels, which are `hop` bytes apart.
EF_KERNEL void ef_clamp_bytes(int8_t *out, int32_t channels, int32_t hop, int32_t pixels,
                              int32_t low, int32_t high) {
  for (; pixels > 0; --pixels, out += hop) {
    for (int32_t i = 0; i < channels; ++i) {
      out[i] = static_cast<int8_t>(ef_clamp(int32_t{out[i]}, low, high));
    }
  }
}

[[maybe_unused]] inline int32_t ef_wrapping_difference(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}
