// Pools of real numbers; taps outside the input do not count.

struct EfPoolReal {
  EfWindow window;
  float low, high;
};

struct EfMeanReal {
  static float start() { return 0.0f; }
  static float add(float sum, float value) { return sum + value; }
  static float result(float sum, int32_t count) { return sum / static_cast<float>(count); }
};

struct EfLargestReal {
  static float start() { return -0x1.fffffep127f; }
  static float add(float largest, float value) { return largest < value ? value : largest; }
  static float result(float largest, int32_t) { return largest; }
};

template <typename Pool>
EF_KERNEL void ef_pool_real(const EfPoolReal &p, const float *in, float *out) {
  const EfWindow &w = p.window;
  for (int32_t y = 0; y < w.out_h; ++y) {
    const int32_t top = y * w.stride_h - w.pad_h;
    const int32_t from_y = top < 0 ? 0 : top;
    const int32_t to_y = top + w.k_h > w.in_h ? w.in_h : top + w.k_h;
    for (int32_t x = 0; x < w.out_w; ++x) {
      const int32_t left = x * w.stride_w - w.pad_w;
      const int32_t from_x = left < 0 ? 0 : left;
      const int32_t to_x = left + w.k_w > w.in_w ? w.in_w : left + w.k_w;
      for (int32_t channel = 0; channel < w.in_c; ++channel) {
        float sum = Pool::start();
        for (int32_t in_y = from_y; in_y < to_y; ++in_y) {
          const float *at = in + (in_y * w.in_w + from_x) * w.in_c + channel;
          for (int32_t in_x = from_x; in_x < to_x; ++in_x, at += w.in_c) sum = Pool::add(sum, *at);
        }
        const float value = Pool::result(sum, (to_y - from_y) * (to_x - from_x));
        *out++ = ef_clamp(value, p.low, p.high);
      }
    }
  }
}
