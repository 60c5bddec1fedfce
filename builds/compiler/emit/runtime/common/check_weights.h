// What ef_init asks of the weights before anything reads them.

[[maybe_unused]] inline uint32_t ef_crc(const uint8_t *at, uint32_t bytes) {
  static const uint32_t kSteps[16] = {
      0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u,
      0x4db26158u, 0x5005713cu, 0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
      0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu};
  uint32_t crc = 0xffffffffu;
  for (uint32_t i = 0; i < bytes; ++i) {
    crc = (crc >> 4) ^ kSteps[(crc ^ at[i]) & 15u];
    crc = (crc >> 4) ^ kSteps[(crc ^ (at[i] >> 4)) & 15u];
  }
  return ~crc;
}

int32_t ef_check_weights($given) {
  static const uint8_t kAbi[$abi_bytes] = {$abi};
$absent  const EfWeights &w = $object;
  if (w.magic != 0x${magic}u) return EF_WEIGHTS_ABSENT;
  for (uint32_t i = 0; i < sizeof(kAbi); ++i) {
    if (w.abi[i] != kAbi[i]) return EF_WEIGHTS_OF_ANOTHER_ABI;
  }
  if (w.bytes != sizeof(EfWeights)) return EF_WEIGHTS_DAMAGED;
  if (ef_crc(w.abi, sizeof(EfWeights) - $covered) != w.crc) return EF_WEIGHTS_DAMAGED;
  return 0;
}
