// A number that training decides: it lies with the weights and is read where it is used.
struct EfNumber {
  explicit constexpr EfNumber(const int32_t &number) : at(&number) {}
  operator int32_t() const { return *at; }

  const int32_t *at;
};

[[maybe_unused]] inline int32_t ef_clamp(int32_t value, int32_t low, int32_t high) {
  return ef_clamp<int32_t>(value, low, high);
}
