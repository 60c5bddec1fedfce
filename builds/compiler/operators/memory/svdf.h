// A layer with a memory of its last features: each run pushes one feature a filter and weighs all that are kept.

template <typename T>
struct EfSvdf {
  int32_t batches, inputs, filters, memory, rank;
  int32_t feature_multiplier, feature_shift, multiplier, shift;
  int32_t zero, state_zero;
  const void *feature;  // four filters together
  const int32_t *feature_bias;
  const T *time;
  const int32_t *bias;
};

// Move all features to the places before theirs; the last one stays where it is, too.
template <typename T>
[[maybe_unused]] inline void ef_svdf_forget(T *state, int32_t count) {
#if defined(__ARM_FEATURE_UNALIGNED)
  constexpr int32_t kItems = 4 / static_cast<int32_t>(sizeof(T));
  for (; count > kItems; count -= kItems, state += kItems)
    *reinterpret_cast<EfUnaligned *>(state) = *reinterpret_cast<const EfUnaligned *>(state + 1);
#endif
  for (; count > 1; --count, ++state) state[0] = state[1];
}

// Every memory forgets its oldest feature, and gets the newest at its end.
template <typename T>
EF_KERNEL void ef_svdf_push(const EfSvdf<T> &s, const int8_t *in, T *state) {
  constexpr int32_t kHighest = EfLimits<T>::kHighest;
  ef_svdf_forget(state, s.filters * s.memory);
  const EfFours *weights = static_cast<const EfFours *>(s.feature);
  const int32_t *bias = s.feature_bias;
  for (int32_t left = s.filters; left > 0; left -= 4) {
    int32_t sums[4];
    weights = ef_four_sums(weights, in, s.inputs, sums);
    for (int32_t i = 0; i < 4 && i < left; ++i, state += s.memory) {
      const int32_t sum = (sums[i] >> kFoursShift) + *bias++;
      const int32_t scaled = ef_scale(sum, s.feature_multiplier, s.feature_shift);
      const int32_t feature = ef_clamp(scaled, -kHighest - 1, kHighest);
      state[s.memory - 1] = static_cast<T>(feature + s.state_zero);  // wraps, as TFLM's does
    }
  }
}

template <typename T>
EF_KERNEL void ef_svdf(const EfSvdf<T> &s, const int8_t *in, int8_t *out, T *state,
                       int8_t *spare) {
  const int32_t kept = s.rank * s.memory;
  for (int32_t batch = 0; batch < s.batches; ++batch, in += s.inputs) {
    const int8_t *given = in;
    if (spare != nullptr) {
      for (int32_t i = 0; i < s.inputs; ++i) spare[i] = in[i];
      given = spare;
    }
    ef_svdf_push(s, given, state);
    const T *time = s.time;
    const int32_t *bias = s.bias;
    for (int32_t left = s.filters; left > 0; left -= s.rank, time += kept, state += kept) {
      const int32_t sum = ef_wrapping_sum(ef_dot(time, state, kept), *bias++);
      const int32_t value = ef_scale(sum, s.multiplier, s.shift);
      *out++ = static_cast<int8_t>(ef_clamp(value + s.zero, int32_t{-128}, int32_t{127}));
    }
  }
}
