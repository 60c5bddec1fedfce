// The root of the mean of squares.
struct EfLengthReal {
  static float start() { return 0.0f; }
  static float add(float sum, float value) { return sum + value * value; }
  static float result(float sum, int32_t count) { return ef_root(sum / static_cast<float>(count)); }
};
