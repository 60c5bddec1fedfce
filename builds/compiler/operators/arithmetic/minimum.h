template <typename T>
struct EfMinimum {
  int32_t unused;

  T operator()(T a, T b) const { return a < b ? a : b; }
};
