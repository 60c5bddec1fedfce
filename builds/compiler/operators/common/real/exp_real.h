// The exponential: e^x = 2^n * e^r with |r| <= ln(2)/2.

struct EfExponent {
  int32_t power;  // n
  float rest;     // e^r - 1
};

[[maybe_unused]] inline EfExponent ef_exponent(float x) {
  const float turns = x * 1.44269502f;
  const int32_t power = static_cast<int32_t>(turns < 0.0f ? turns - 0.5f : turns + 0.5f);
  const float whole = static_cast<float>(power);
  const float r = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
  float sum = 0x1.6dbc68p-10f;
  sum = sum * r + 0x1.124148p-7f;
  sum = sum * r + 0x1.555454p-5f;
  sum = sum * r + 0x1.555486p-3f;
  sum = sum * r + 0.5f;
  return EfExponent{power, r + r * r * sum};
}

// As expf of the C library, off by at most 1.1 units in the last place.
[[maybe_unused]] inline float ef_exp(float x) {
  if (!ef_is_number(x)) return x;
  if (x > 88.72284f) return ef_infinite();
  if (x < -103.98f) return 0.0f;
  const EfExponent e = ef_exponent(x);
  const int32_t half = e.power >> 1;
  return ((1.0f + e.rest) * ef_power_of_two(e.power - half)) * ef_power_of_two(half);
}
