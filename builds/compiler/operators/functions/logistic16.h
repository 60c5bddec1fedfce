// Sigmoid or tanh of every element, after a scaling that brings it to the table.

struct EfCurve16 {
  const uint16_t *table;
  int32_t multiplier, right;
};

EF_KERNEL void ef_logistic16(const EfCurve16 &c, const int16_t *in, int16_t *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) out[i] = ef_sigmoid16(c.table, in[i], c.multiplier, c.right);
}

EF_KERNEL void ef_hyperbolic16(const EfCurve16 &c, const int16_t *in, int16_t *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) out[i] = ef_tanh16(c.table, in[i], c.multiplier, c.right);
}
