
void ef_place_weights(const void *weights) {
  ef_placed = static_cast<const EfWeights *>(weights);
}

// Compilers fill and copy structs on the stack by calls of these. A program that has its own keeps them.
__attribute__((weak)) void *memset(void *to, int value, __SIZE_TYPE__ bytes) {
  for (__SIZE_TYPE__ i = 0; i < bytes; ++i) static_cast<uint8_t *>(to)[i] = static_cast<uint8_t>(value);
  return to;
}

__attribute__((weak)) void *memcpy(void *to, const void *from, __SIZE_TYPE__ bytes) {
  for (__SIZE_TYPE__ i = 0; i < bytes; ++i) static_cast<uint8_t *>(to)[i] = static_cast<const uint8_t *>(from)[i];
  return to;
}
