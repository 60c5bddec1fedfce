// As expm1f of the C library, e^x - 1, off by at most 2 units in the last place.
[[maybe_unused]] inline float ef_expm1(float x) {
  if (!ef_is_number(x) || (x <= 0.0f && x >= 0.0f)) return x;
  if (x > 17.0f) return ef_exp(x) - 1.0f;
  if (x < -17.5f) return -1.0f;
  const EfExponent e = ef_exponent(x);
  if (e.power == 0) return e.rest;
  const float scale = ef_power_of_two(e.power);
  return (scale - 1.0f) + scale * e.rest;
}
