// Below zero, a slope for each element.
struct EfSlopeReal {
  int32_t unused;

  EF_OPERATOR float operator()(float a, float slope) const { return a >= 0.0f ? a : a * slope; }
};
