// As logf of the C library, off by at most 1 unit in the last place: x = 2^k * (1 + f), and log(1 + f) by s = f / (2 + f).
[[maybe_unused]] inline float ef_log(float x) {
  if (!ef_is_number(x) || x >= ef_infinite()) return x;
  if (x < 0.0f) return ef_real_of(0x7fc00000u);
  if (x <= 0.0f) return -ef_infinite();
  int32_t power = -127;
  if (x < 0x1p-126f) {
    x *= 0x1p25f;
    power -= 25;
  }
  const uint32_t moved = ef_bits_of(x) + (0x3f800000u - 0x3f3504f3u);  // so that 1 + f is at least sqrt(1/2)
  power += static_cast<int32_t>(moved >> 23);
  const float f = ef_real_of((moved & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  const float s = f / (2.0f + f);
  const float z = s * s;
  float sum = 0x1.e4e6a6p-3f;
  sum = sum * z + 0x1.2429fap-2f;
  sum = sum * z + 0x1.999ac2p-2f;
  sum = sum * z + 0x1.555554p-1f;
  const float square = 0.5f * f * f;
  const float whole = static_cast<float>(power);
  return whole * 0.693359375f - ((square - (s * (square + z * sum) + whole * -2.12194440e-4f)) - f);
}
