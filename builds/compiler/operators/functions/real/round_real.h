// To the nearest whole number, halves to the even one.
[[maybe_unused]] inline float ef_nearest(float x) {
  const float below = ef_floor(x);
  const float rest = x - below;
  if (rest < 0.5f || ef_is_whole(x)) return below;
  const bool even = (static_cast<int32_t>(below) & 1) == 0;
  return rest <= 0.5f && even ? below : below + 1.0f;
}
