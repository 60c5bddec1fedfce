// value * multiplier * 2^-right, rounded up at the half, for sums below 2^47 in magnitude, a multiplier of 15 bits
// and right from 1 to 46. In 32-bit steps, for cores without a 64-bit product.
[[maybe_unused]] inline int32_t ef_scale_wide(int64_t value, int32_t multiplier, int32_t right) {
  const uint32_t low = static_cast<uint32_t>(value & 0xffffffff);
  const int32_t high = static_cast<int32_t>(value >> 32);
  const uint32_t by = static_cast<uint32_t>(multiplier);
  const uint32_t first = (low & 0xffffu) * by;
  const uint32_t second = (low >> 16) * by + (first >> 16);
  uint32_t bottom = (second << 16) | (first & 0xffffu);
  int32_t top = high * multiplier + static_cast<int32_t>(second >> 16);
  if (right > 32) return (top + (1 << (right - 33))) >> (right - 32);
  const uint32_t half = 1u << (right - 1);
  bottom += half;
  top += bottom < half ? 1 : 0;
  if (right == 32) return top;
  return static_cast<int32_t>((bottom >> right) | (static_cast<uint32_t>(top) << (32 - right)));
}
