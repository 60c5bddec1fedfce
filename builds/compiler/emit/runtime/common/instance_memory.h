namespace {

// Every step is given the arena of the instance that runs, so instances have nothing in common.
template <typename T>
inline T *ef_at(uint8_t *arena, uint32_t offset) {
  return reinterpret_cast<T *>(arena + offset);
}

[[maybe_unused]] void ef_reset(uint8_t *arena, uint32_t offset, uint32_t bytes, int32_t value) {
  for (uint32_t i = 0; i < bytes; ++i) arena[offset + i] = static_cast<uint8_t>(value);
}
