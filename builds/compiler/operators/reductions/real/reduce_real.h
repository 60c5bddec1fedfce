// Sums, means, largest and least of real numbers over some axes: each in the order of the elements.

struct EfReduceReal {
  int32_t kept[6], kept_stride[6];
  int32_t size[6], stride[6];
  int32_t count;
};

struct EfSumOf {
  static float start() { return 0.0f; }
  static float add(float sum, float value) { return value + sum; }
  static float result(float sum, int32_t) { return sum; }
};

struct EfMeanOf : EfSumOf {
  static float result(float sum, int32_t count) { return sum / static_cast<float>(count); }
};

struct EfLargestOf : EfSumOf {
  static float start() { return -0x1.fffffep127f; }
  static float add(float largest, float value) { return value > largest ? value : largest; }
};

struct EfLeastOf : EfSumOf {
  static float start() { return 0x1.fffffep127f; }
  static float add(float least, float value) { return value < least ? value : least; }
};

template <typename Of>
EF_KERNEL void ef_reduce_real(const EfReduceReal &r, const float *in, float *out) {
  EfWalk kept = ef_walk(0);
  do {
    EfWalk each = ef_walk(kept.offset);
    float sum = Of::start();
    do {
      sum = Of::add(sum, in[each.offset]);
    } while (ef_next(each, r.size, r.stride));
    *out++ = Of::result(sum, r.count);
  } while (ef_next(kept, r.kept, r.kept_stride));
}
