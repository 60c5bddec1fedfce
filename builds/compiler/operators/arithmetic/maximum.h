template <typename T>
struct EfMaximum {
  int32_t unused;

  T operator()(T a, T b) const { return a > b ? a : b; }
};
