// A sequence through an LSTM: gates in Q3.12, their functions in Q0.15, a 16-bit cell, an 8-bit hidden state.

struct EfGate {
  const int8_t *input_weights;
  const int32_t *input_bias;
  int32_t input_multiplier, input_shift;
  const int8_t *recurrent_weights;
  const int32_t *recurrent_bias;
  int32_t recurrent_multiplier, recurrent_shift;
};

struct EfLstm {
  EfGate forget, input, cell, output;
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

[[maybe_unused]] inline int16_t ef_saturate16(int32_t value) {
  return static_cast<int16_t>(ef_clamp(value, int32_t{-32768}, int32_t{32767}));
}

[[maybe_unused]] inline int32_t ef_dot(const int8_t *weights, const int8_t *in, int32_t count,
                                       int32_t sum) {
  for (int32_t i = 0; i < count; ++i) sum += weights[i] * in[i];
  return sum;
}

EF_KERNEL int16_t ef_gate(const EfLstm &l, const EfGate &g, const int8_t *in, const int8_t *hidden,
                          int32_t state) {
  const int32_t from_input =
      ef_dot(g.input_weights + state * l.inputs, in, l.inputs, g.input_bias[state]);
  const int32_t from_hidden =
      ef_dot(g.recurrent_weights + state * l.states, hidden, l.states, g.recurrent_bias[state]);
  const int32_t a = ef_saturate16(ef_scale(from_input, g.input_multiplier, g.input_shift));
  const int32_t b =
      ef_saturate16(ef_scale(from_hidden, g.recurrent_multiplier, g.recurrent_shift));
  return ef_saturate16(a + b);
}

[[maybe_unused]] inline void ef_lstm_gates(const EfLstm &l, const int8_t *in, const int8_t *hidden,
                                           int16_t *gates) {
  for (int32_t s = 0; s < l.states; ++s, gates += 4) {
    gates[0] = ef_sigmoid16(l.sigmoid, ef_gate(l, l.forget, in, hidden, s), 3, 0);
    gates[1] = ef_sigmoid16(l.sigmoid, ef_gate(l, l.input, in, hidden, s), 3, 0);
    gates[2] = ef_tanh16(l.sigmoid, ef_gate(l, l.cell, in, hidden, s), 3, 0);
    gates[3] = ef_sigmoid16(l.sigmoid, ef_gate(l, l.output, in, hidden, s), 3, 0);
  }
}

[[maybe_unused]] inline int16_t ef_lstm_cell(const EfLstm &l, const int16_t *gates, int32_t cell) {
  const int32_t kept =
      ef_saturate16(ef_scale(gates[0] * cell, l.forget_multiplier, l.forget_shift));
  const int32_t added =
      ef_saturate16(ef_scale(gates[1] * gates[2], l.input_multiplier, l.input_shift));
  const int32_t sum = ef_saturate16(kept + added);
  return static_cast<int16_t>(l.clip > 0 ? ef_clamp(sum, -l.clip, l.clip) : sum);
}

EF_KERNEL void ef_lstm(const EfLstm &l, const int8_t *in, int8_t *out, int8_t *hidden,
                       int16_t *cell, int16_t *gates) {
  for (int32_t step = 0; step < l.steps; ++step) {
    for (int32_t batch = 0; batch < l.batches; ++batch) {
      const int32_t row = batch * l.by_batch + step * l.by_step;
      int8_t *const state = hidden + batch * l.states;
      int16_t *const memory = cell + batch * l.states;
      ef_lstm_gates(l, in + row * l.inputs, state, gates);
      for (int32_t s = 0; s < l.states; ++s) {
        memory[s] = ef_lstm_cell(l, gates + 4 * s, memory[s]);
        const int32_t value = ef_tanh16(l.sigmoid, memory[s], l.tanh_multiplier, l.tanh_right);
        const int32_t next =
            ef_scale(value * gates[4 * s + 3], l.output_multiplier, l.output_shift) + l.zero;
        state[s] = static_cast<int8_t>(ef_clamp(next, int32_t{-128}, int32_t{127}));
        out[row * l.states + s] = state[s];
      }
    }
  }
}
