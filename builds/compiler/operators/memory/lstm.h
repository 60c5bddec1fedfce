// A sequence through an LSTM: gates in Q3.12, their functions in Q0.15, a 16-bit cell, an 8-bit hidden state. A
// step's outputs are its new hidden states: they become the hidden states only when every gate has seen the old ones.

struct EfLstm {
  const void *input_weights, *hidden_weights;  // forget, input, cell and output gate of a state together
  const int32_t *bias;   // of a state's four gates over the input, then over the hidden states
  const int32_t *scale;  // multiplier and shift of each of these eight, the same for all states
  int32_t batches, steps, inputs, states;
  int32_t by_batch, by_step;  // rows between neighbours in the sequence
  int32_t tanh_multiplier, tanh_right;
  int32_t clip;  // of the cell; 0 for none
  int32_t forget_multiplier, forget_shift;
  int32_t input_multiplier, input_shift;
  int32_t output_multiplier, output_shift;
  int32_t zero;
  const uint16_t *sigmoid;
};

[[maybe_unused]] inline int32_t ef_saturate16(int32_t value) {
  return ef_clamp(value, int32_t{-32768}, int32_t{32767});
}

// Add what one row brings to a state's four gates.
template <decltype(ef_scale) kScale>
EF_KERNEL const EfFours *ef_lstm_gates(const int32_t *scale, const int32_t *bias,
                                       const EfFours *weights, const int8_t *in, int32_t count,
                                       int32_t *gates) {
  int32_t sums[4];
  weights = ef_four_sums(weights, in, count, sums);
  for (int32_t i = 0; i < 4; ++i, scale += 2) {
    const int32_t value = ef_saturate16(kScale((sums[i] >> kFoursShift) + bias[i], scale[0], scale[1]));
    gates[i] = ef_saturate16(gates[i] + value);
  }
  return weights;
}

[[maybe_unused]] inline int16_t ef_lstm_cell(const EfLstm &l, const int32_t *gates, int32_t cell) {
  const int32_t forget = ef_sigmoid16(l.sigmoid, gates[0], 3, 0);
  const int32_t input = ef_sigmoid16(l.sigmoid, gates[1], 3, 0);
  const int32_t fresh = ef_tanh16(l.sigmoid, gates[2], 3, 0);
  const int32_t kept =
      ef_saturate16(ef_scale_small(forget * cell, l.forget_multiplier, l.forget_shift));
  const int32_t added =
      ef_saturate16(ef_scale_small(input * fresh, l.input_multiplier, l.input_shift));
  const int32_t sum = ef_saturate16(kept + added);
  return static_cast<int16_t>(l.clip > 0 ? ef_clamp(sum, -l.clip, l.clip) : sum);
}

template <decltype(ef_scale) kScale>
EF_KERNEL void ef_lstm_step(const EfLstm &l, const int8_t *in, const int8_t *hidden, int16_t *cell,
                            int8_t *out) {
  const EfFours *input_weights = static_cast<const EfFours *>(l.input_weights);
  const EfFours *hidden_weights = static_cast<const EfFours *>(l.hidden_weights);
  const int32_t *bias = l.bias;
  for (int32_t s = 0; s < l.states; ++s, bias += 8) {
    int32_t gates[4];
    for (int32_t &gate : gates) gate = 0;
    input_weights = ef_lstm_gates<kScale>(l.scale, bias, input_weights, in, l.inputs, gates);
    hidden_weights =
        ef_lstm_gates<kScale>(l.scale + 8, bias + 4, hidden_weights, hidden, l.states, gates);
    cell[s] = ef_lstm_cell(l, gates, cell[s]);
    const int32_t value = ef_tanh16(l.sigmoid, cell[s], l.tanh_multiplier, l.tanh_right);
    const int32_t opened = value * ef_sigmoid16(l.sigmoid, gates[3], 3, 0);
    const int32_t next = ef_scale_small(opened, l.output_multiplier, l.output_shift) + l.zero;
    out[s] = static_cast<int8_t>(ef_clamp(next, int32_t{-128}, int32_t{127}));
  }
}

// `spare` is for a row that would be read beyond the end of its tensor; null where none is.
template <decltype(ef_scale) kScale>
EF_KERNEL void ef_lstm(const EfLstm &l, const int8_t *in, int8_t *out, int8_t *hidden,
                       int16_t *cell, int8_t *spare) {
  for (int32_t step = 0; step < l.steps; ++step) {
    for (int32_t batch = 0; batch < l.batches; ++batch) {
      const int32_t row = batch * l.by_batch + step * l.by_step;
      const int8_t *given = in + row * l.inputs;
      if (spare != nullptr) {
        for (int32_t i = 0; i < l.inputs; ++i) spare[i] = given[i];
        given = spare;
      }
      int8_t *const state = hidden + batch * l.states;
      int8_t *const made = out + row * l.states;
      ef_lstm_step<kScale>(l, given, state, cell + batch * l.states, made);
      for (int32_t s = 0; s < l.states; ++s) state[s] = made[s];
    }
  }
}
