// LSTM of real numbers: the sums over inputs and over hidden states are built apart, each in order, the four gates of a
// state side by side.

struct EfLstmReal {
  int32_t batches, steps, inputs, states;
  int32_t by_batch, by_step;  // rows between batches, and between steps
  const float *input_weights;
  const float *hidden_weights;
  const float *bias;
  float clip;  // of the cell; 0 for none
};

[[maybe_unused]] inline float ef_finite(float x) { return ef_clamp(x, -0x1.fffffep127f, 0x1.fffffep127f); }

// The new hidden state number `s`; the cell's is changed.
[[maybe_unused]] inline float ef_lstm_state_real(const EfLstmReal &l, int32_t s, const float *in, const float *hidden,
                                                 float *cell) {
  float gates[4];
  float again[4];
  for (int32_t g = 0; g < 4; ++g) gates[g] = again[g] = 0.0f;
  ef_add_taps_real<4>(in, l.inputs, l.input_weights + 4 * s * l.inputs, gates);
  ef_add_taps_real<4>(hidden, l.states, l.hidden_weights + 4 * s * l.states, again);
  for (int32_t g = 0; g < 4; ++g) gates[g] = ef_finite(gates[g] + l.bias[4 * s + g]) + ef_finite(again[g] + 0.0f);
  const float kept = ef_finite(ef_logistic(gates[0]) * cell[s]);
  const float added = ef_finite(ef_logistic(gates[1]) * ef_tanh(gates[2]));
  float value = kept + added;
  if (l.clip > 0.0f) {
    value = value < l.clip ? value : l.clip;
    value = value < -l.clip ? -l.clip : value;
  }
  cell[s] = value;
  return ef_finite(ef_tanh(value) * ef_logistic(gates[3]));
}

EF_KERNEL void ef_lstm_real(const EfLstmReal &l, const float *in, float *out, float *hidden, float *cell) {
  for (int32_t b = 0; b < l.batches; ++b, hidden += l.states, cell += l.states) {
    for (int32_t t = 0; t < l.steps; ++t) {
      const int32_t row = b * l.by_batch + t * l.by_step;
      float *const made = out + row * l.states;
      for (int32_t s = 0; s < l.states; ++s) made[s] = ef_lstm_state_real(l, s, in + row * l.inputs, hidden, cell);
      for (int32_t s = 0; s < l.states; ++s) hidden[s] = made[s];
    }
  }
}
