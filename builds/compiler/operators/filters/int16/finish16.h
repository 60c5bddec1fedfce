// From the sum of a layer of 16-bit inputs to its output, which is clamped elsewhere.

// Sums of 64 bits, or with any shift.
template <typename T>
struct EfWideBroad {
  using Sum = T;
  const int32_t *bias;
  const int16_t *multiplier;
  const int8_t *shift;
  int32_t step;  // 0 when one multiplier serves all channels

  EF_OPERATOR int32_t operator()(Sum sum, int32_t channel) const {
    const int32_t at = channel * step;
    return ef_scale_wide(sum + bias[channel], multiplier[at], shift[at]);
  }
};

// Sums of 32 bits and right shifts from 17 on: then what is below 2^16 in the product cannot change the output. A
// word holds a multiplier below its right shift less 17.
struct EfWideNarrow {
  using Sum = int32_t;
  const int32_t *bias, *scale;
  int32_t step;  // 0 when one word serves all channels

  EF_OPERATOR int32_t operator()(Sum sum, int32_t channel) const {
    const int32_t value = sum + bias[channel], word = scale[channel * step];
#if defined(__ARM_FEATURE_DSP)
    int32_t high;
    __asm__("smulwb %0, %1, %2" : "=r"(high) : "r"(value), "r"(word));
#else
    const int32_t multiplier = word & 0xffff;
    const uint32_t low = (static_cast<uint32_t>(value) & 0xffffu) * static_cast<uint32_t>(multiplier);
    const int32_t high = (value >> 16) * multiplier + static_cast<int32_t>(low >> 16);
#endif
    return ((high >> (word >> 16)) + 1) >> 1;
  }
};
