// A number that training decides, by where it lies in the weights, whose place is known when the program runs.
struct EfNumber {
  explicit constexpr EfNumber(uint32_t offset) : at(offset) {}
  operator int32_t() const {
    return *reinterpret_cast<const int32_t *>(reinterpret_cast<const uint8_t *>(ef_placed) + at);
  }

  uint32_t at;
};

[[maybe_unused]] inline int32_t ef_clamp(int32_t value, int32_t low, int32_t high) {
  return ef_clamp<int32_t>(value, low, high);
}
