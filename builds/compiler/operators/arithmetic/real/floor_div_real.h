// The floor of a quotient, in double precision as TFLM has it.
struct EfFloorDivReal {
  int32_t unused;

  EF_OPERATOR float operator()(float a, float b) const {
    const double quotient = static_cast<double>(a) / static_cast<double>(b);
    if (!(quotient < 0x1p52 && quotient > -0x1p52)) return static_cast<float>(quotient);
    const double cut = static_cast<double>(static_cast<int64_t>(quotient));
    const float below = static_cast<float>(cut > quotient ? cut - 1.0 : cut);
    if (below < 0.0f || below > 0.0f) return below;
    return ef_real_of((ef_bits_of(a) ^ ef_bits_of(b)) & 0x80000000u);
  }
};
