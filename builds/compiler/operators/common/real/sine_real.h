// Sine and cosine. What is left of an angle after quarter turns is worked out in integers, with as many digits of 2/pi
// as it takes, so that large angles are as near as small ones.

struct EfAngle {
  uint32_t quarter;
  float rest;  // in radians, between -pi/4 and pi/4
};

// `size` is finite and not negative.
[[maybe_unused]] inline EfAngle ef_angle(float size) {
  static constexpr uint32_t kTwoOverPi[7] = {0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u,
                                             0xdb629599u, 0x3c439041u, 0xfe5163abu};
  if (size < 0.785398f) return EfAngle{0, size};
  const uint32_t bits = ef_bits_of(size);
  const int32_t exponent = static_cast<int32_t>(bits >> 23) - 150;
  const uint64_t mantissa = (bits & 0x007fffffu) | 0x00800000u;
  // Digits that give whole turns are left out: `first` of them.
  const int32_t first = exponent > 2 ? exponent - 2 : 0;
  uint64_t high = 0;
  uint64_t low = 0;
  for (int32_t n = 2; n >= 0; --n) {
    const int32_t word = (first >> 5) + n;
    const uint64_t pair = (static_cast<uint64_t>(kTwoOverPi[word]) << 32) | (word < 6 ? kTwoOverPi[word + 1] : 0u);
    const uint64_t product = mantissa * ((pair >> (32 - (first & 31))) & 0xffffffffu);
    const int32_t at = 32 * (2 - n);
    const uint64_t before = low;
    if (at < 64) {
      low += product << at;
      high += (at == 0 ? 0 : product >> (64 - at)) + (low < before ? 1u : 0u);
    } else {
      high += product << (at - 64);
    }
  }
  // The whole quarters go to the two highest bits.
  const int32_t down = 34 + first - exponent;
  const uint64_t turned = (low >> down) | (high << (64 - down));
  const uint64_t nearest = turned + (uint64_t{1} << 61);
  const bool below = (turned & (uint64_t{1} << 61)) != 0u;
  uint64_t fraction = (below ? uint64_t{0} - turned : turned) & ((uint64_t{1} << 62) - 1u);
  int32_t power = -62;
  for (; fraction != 0u && fraction < (uint64_t{1} << 31); fraction <<= 1) --power;
  for (; fraction >= (uint64_t{1} << 32); fraction >>= 1) ++power;
  // Times pi/2, of which 31 bits stand behind the point.
  const uint64_t radians = (fraction * 0xc90fdaa2u) >> 32;
  const float rest = (static_cast<float>(static_cast<uint32_t>(radians)) * ef_power_of_two(power + 32)) * 0x1p-31f;
  return EfAngle{static_cast<uint32_t>(nearest >> 62), below ? -rest : rest};
}

[[maybe_unused]] inline float ef_sine_of(uint32_t quarter, float x) {
  const float z = x * x;
  float sum;
  if ((quarter & 1u) != 0u) {
    sum = -0x1.2417e0p-22f;
    sum = sum * z + 0x1.a010c4p-16f;
    sum = sum * z + -0x1.6c16b8p-10f;
    sum = sum * z + 0x1.555556p-5f;
    sum = (1.0f - 0.5f * z) + z * z * sum;
  } else {
    sum = 0x1.6cbecep-19f;
    sum = sum * z + -0x1.a00f32p-13f;
    sum = sum * z + 0x1.111108p-7f;
    sum = sum * z + -0x1.555556p-3f;
    sum = x + x * (z * sum);
  }
  return (quarter & 2u) != 0u ? -sum : sum;
}

// As sinf and cosf of the C library, off by at most 2 units in the last place.
[[maybe_unused]] inline float ef_sin(float x) {
  if (!ef_is_number(x) || (ef_bits_of(x) & 0x7fffffffu) == 0x7f800000u) return ef_real_of(0x7fc00000u);
  const EfAngle angle = ef_angle(x < 0.0f ? -x : x);
  const float sine = ef_sine_of(angle.quarter, angle.rest);
  return (ef_bits_of(x) >> 31) != 0u ? -sine : sine;
}

[[maybe_unused]] inline float ef_cos(float x) {
  if (!ef_is_number(x) || (ef_bits_of(x) & 0x7fffffffu) == 0x7f800000u) return ef_real_of(0x7fc00000u);
  const EfAngle angle = ef_angle(x < 0.0f ? -x : x);
  return ef_sine_of(angle.quarter + 1u, angle.rest);
}
