// Armv7E-M's instructions on packed halves. Elsewhere the same results come from plain C++, so that a host can run
// the very code that a target gets.

#if defined(__ARM_FEATURE_DSP)
#define EF_DSP_ASSEMBLY 1
#else
#define EF_DSP_ASSEMBLY 0
#endif

[[maybe_unused]] inline int32_t ef_low_half(uint32_t word) {
  return static_cast<int16_t>(static_cast<uint16_t>(word));
}

[[maybe_unused]] inline int32_t ef_high_half(uint32_t word) {
  return static_cast<int16_t>(static_cast<uint16_t>(word >> 16));
}

// Bytes 0 and 2, sign-extended to halves; after a rotation by 8, bytes 1 and 3.
[[maybe_unused]] inline uint32_t ef_unpack(uint32_t word) {
  const uint32_t low = static_cast<uint16_t>(static_cast<int8_t>(static_cast<uint8_t>(word)));
  const uint32_t high = static_cast<uint16_t>(static_cast<int8_t>(static_cast<uint8_t>(word >> 16)));
  return low | (high << 16);
}

// Bytes 0 and 2 of a word, and bytes 1 and 3, each pair as two halves.
[[maybe_unused]] inline uint32_t ef_even_bytes(uint32_t word) {
#if EF_DSP_ASSEMBLY
  uint32_t halves;
  __asm__("sxtb16 %0, %1" : "=r"(halves) : "r"(word));
  return halves;
#else
  return ef_unpack(word);
#endif
}

[[maybe_unused]] inline uint32_t ef_odd_bytes(uint32_t word) {
#if EF_DSP_ASSEMBLY
  uint32_t halves;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(word));
  return halves;
#else
  return ef_unpack(word >> 8);
#endif
}

// The low halves of two words, and the high ones, the first word's below.
[[maybe_unused]] inline uint32_t ef_low_halves(uint32_t low, uint32_t high) {
#if EF_DSP_ASSEMBLY
  uint32_t halves;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(halves) : "r"(low), "r"(high));
  return halves;
#else
  return (low & 0xffffu) | (high << 16);
#endif
}

[[maybe_unused]] inline uint32_t ef_high_halves(uint32_t low, uint32_t high) {
#if EF_DSP_ASSEMBLY
  uint32_t halves;
  __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(halves) : "r"(high), "r"(low));
  return halves;
#else
  return (high & 0xffff0000u) | (low >> 16);
#endif
}

// sum + low * low + high * high, modulo 2^32.
[[maybe_unused]] inline int32_t ef_dual(uint32_t a, uint32_t b, int32_t sum) {
#if EF_DSP_ASSEMBLY
  int32_t total;
  __asm__("smlad %0, %1, %2, %3" : "=r"(total) : "r"(a), "r"(b), "r"(sum));
  return total;
#else
  const uint32_t low = static_cast<uint32_t>(ef_low_half(a) * ef_low_half(b));
  const uint32_t high = static_cast<uint32_t>(ef_high_half(a) * ef_high_half(b));
  return static_cast<int32_t>(static_cast<uint32_t>(sum) + low + high);
#endif
}
