// Exponentials from a table, one for each difference below the largest; beyond the last they are nothing.

struct EfSoftmaxTable {
  int32_t rows, depth;
  const int32_t *terms;
  int32_t count;

  EF_OPERATOR int32_t term(int32_t difference) const {
    return -difference < count ? terms[-difference] : 0;
  }
};
