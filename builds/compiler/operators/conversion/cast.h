// From one type to another, whatever the scales. Integers keep their lowest bits; a real number beyond the ends of an
// integer becomes the end, and what is not a number becomes zero.
template <typename Out>
struct EfCast {
  static constexpr int32_t kHighest = static_cast<int32_t>((1u << (8 * sizeof(Out) - 1)) - 1u);

  template <typename In>
  static Out of(In value) { return static_cast<Out>(value); }
  static Out of(float value) {
    constexpr float kEnd = static_cast<float>(1u << (8 * sizeof(Out) - 1));
    if (value >= kEnd) return static_cast<Out>(kHighest);
    if (value < -kEnd) return static_cast<Out>(-kHighest - 1);
    return value < kEnd ? static_cast<Out>(static_cast<int32_t>(value)) : static_cast<Out>(0);
  }
};

template <>
struct EfCast<bool> {
  template <typename In>
  static bool of(In value) { return value != 0; }
  static bool of(float value) { return !(value >= 0.0f && value <= 0.0f); }
};

template <>
struct EfCast<float> {
  template <typename In>
  static float of(In value) { return static_cast<float>(value); }
};

template <typename Made, typename In, typename Out>
EF_KERNEL void ef_cast(const In *in, Out *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) out[i] = static_cast<Out>(EfCast<Made>::of(in[i]));
}
