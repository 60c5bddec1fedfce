namespace {

alignas(16) __attribute__((section(".bss.ef_arena"))) uint8_t ef_arena[$arena_bytes];

template <typename T>
inline T *ef_at(uint32_t offset) {
  return reinterpret_cast<T *>(ef_arena + offset);
}

[[maybe_unused]] void ef_reset(uint32_t offset, uint32_t bytes, int32_t value) {
  for (uint32_t i = 0; i < bytes; ++i) ef_arena[offset + i] = static_cast<uint8_t>(value);
}
