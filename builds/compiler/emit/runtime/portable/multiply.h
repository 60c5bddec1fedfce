// Two columns times every filter of a group; plain loops that a compiler turns into vector code where it can.

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const int32_t first = group * c.out_group;
  const int8_t *weights = static_cast<const int8_t *>(c.weights) + first * c.column;
  const int8_t *const next = columns + c.column;
  for (int32_t o = 0; o < c.out_group; ++o, weights += c.column) {
    int32_t sum = c.finish.bias[first + o];
    int32_t sum_next = sum;
    for (int32_t k = 0; k < c.column; ++k) {
      sum += columns[k] * weights[k];
      sum_next += next[k] * weights[k];
    }
    out[o] = ef_output_of(c.finish, first + o, sum);
    out_next[o] = ef_output_of(c.finish, first + o, sum_next);
  }
}
