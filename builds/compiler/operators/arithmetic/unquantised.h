// Arithmetic on numbers without a scale. Integers wrap; real numbers beyond the ends of float32 become its ends.

[[maybe_unused]] inline int32_t ef_wrapped(uint32_t value) { return static_cast<int32_t>(value); }

struct EfPlus {
  static float of(float a, float b) { return a + b; }
  static int32_t of(int32_t a, int32_t b) {
    return ef_wrapped(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
  }
};
struct EfMinus {
  static float of(float a, float b) { return a - b; }
  static int32_t of(int32_t a, int32_t b) {
    return ef_wrapped(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
  }
};
struct EfTimes {
  static float of(float a, float b) { return a * b; }
  static int32_t of(int32_t a, int32_t b) {
    return ef_wrapped(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
  }
};
struct EfOver {
  static float of(float a, float b) { return a / b; }
};
struct EfLarger {
  template <typename T>
  static T of(T a, T b) { return a > b ? a : b; }
};
struct EfSmaller {
  template <typename T>
  static T of(T a, T b) { return a < b ? a : b; }
};
struct EfSquareOfDifference {
  template <typename T>
  static T of(T a, T b) { return EfTimes::of(EfMinus::of(a, b), EfMinus::of(a, b)); }
};

template <typename Operation, typename T>
struct EfPlain {
  T low, high;

  EF_OPERATOR T operator()(T a, T b) const { return ef_clamp(Operation::of(a, b), low, high); }
};
