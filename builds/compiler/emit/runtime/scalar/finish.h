// Output stage of one channel for cores with a 64-bit product: the accumulator is doubled, so that the high word of
// the product is TFLite's doubled one, and the bit below it is what rounds. The rest is as in packed.h.

using EfFinish = EfPacked;

[[maybe_unused]] inline int8_t ef_output_of(const EfPacked &q, int32_t channel, int32_t sum) {
  const int32_t word = q.packed[channel], shift = word & 31;
  const int64_t product = static_cast<int64_t>(sum * 2 + (word >> 7)) * q.multiplier[channel * q.step];
  const uint32_t half = static_cast<uint32_t>(product & 0xffffffff) >> 31;
  int32_t value = static_cast<int32_t>(product >> 32) + static_cast<int32_t>(half);
  value += value >> 31;
  const int32_t offset = static_cast<int32_t>(static_cast<uint32_t>(q.rounding) << shift);
  return static_cast<int8_t>(ef_clamp(((value + offset) >> shift) >> 1, q.low, q.high));
}
