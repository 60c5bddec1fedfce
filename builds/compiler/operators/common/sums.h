// Sums of bytes, two in a word: those of the bytes 0 and 2, and those of the bytes 1 and 3.
#if defined(__ARM_FEATURE_DSP)
[[maybe_unused]] inline void ef_add_bytes(uint32_t &even, uint32_t &odd, uint32_t four) {
  __asm__("sxtab16 %0, %0, %1" : "+r"(even) : "r"(four));
  __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(odd) : "r"(four));
}

[[maybe_unused]] inline int32_t ef_low_sum(uint32_t word) {
  return static_cast<int16_t>(static_cast<uint16_t>(word));
}

[[maybe_unused]] inline int32_t ef_high_sum(uint32_t word) {
  return static_cast<int16_t>(static_cast<uint16_t>(word >> 16));
}
#endif
