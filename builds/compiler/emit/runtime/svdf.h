// A layer with a memory of its last features: each run pushes one feature a filter and weighs all that are kept.

template <typename T>
struct EfSvdf {
  int32_t batches, inputs, filters, memory, rank;
  int32_t feature_multiplier, feature_shift, multiplier, shift;
  int32_t zero_in, zero;
  const int8_t *feature;
  const T *time;
  const int32_t *bias;
};

template <typename T>
EF_KERNEL void ef_svdf_push(const EfSvdf<T> &s, const int8_t *in, T *state) {
  constexpr int32_t kHighest = sizeof(T) == 1 ? 127 : 32767;
  const int8_t *weights = s.feature;
  for (int32_t f = 0; f < s.filters; ++f, state += s.memory) {
    int32_t sum = 0;
    for (int32_t i = 0; i < s.inputs; ++i) sum += *weights++ * (in[i] - s.zero_in);
    for (int32_t m = 1; m < s.memory; ++m) state[m - 1] = state[m];
    const int32_t scaled = ef_scale(sum, s.feature_multiplier, s.feature_shift);
    state[s.memory - 1] = static_cast<T>(ef_clamp(scaled, -kHighest - 1, kHighest));
  }
}

template <typename T>
EF_KERNEL void ef_svdf(const EfSvdf<T> &s, const int8_t *in, int8_t *out, T *state) {
  const int32_t units = s.filters / s.rank;
  for (int32_t batch = 0; batch < s.batches; ++batch, in += s.inputs) {
    ef_svdf_push(s, in, state);
    const T *time = s.time;
    for (int32_t unit = 0; unit < units; ++unit) {
      int32_t sum = s.bias[unit];
      for (int32_t i = 0; i < s.rank * s.memory; ++i) sum += *time++ * *state++;
      const int32_t value = ef_scale(sum, s.multiplier, s.shift) + s.zero;
      *out++ = static_cast<int8_t>(ef_clamp(value, int32_t{-128}, int32_t{127}));
    }
  }
}
