struct EfMinimum {
  int32_t unused;

  int8_t operator()(int8_t a, int8_t b) const { return a < b ? a : b; }
};
