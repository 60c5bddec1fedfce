namespace {

// Neither 0 nor all ones, so that memory nobody has set is not taken for a model that is ready.
constexpr uint8_t kEfReady = 0x5a, kEfRunning = 0xa5;
volatile uint8_t ef_phase;

int32_t ef_begin(void) {
#if defined(__linux__)
  uint8_t seen = kEfReady;  // threads may come at the same time
  const bool mine = __atomic_compare_exchange_n(&ef_phase, &seen, kEfRunning, false, __ATOMIC_ACQUIRE,
                                                __ATOMIC_RELAXED);
#else
  const uint8_t seen = ef_phase;
  const bool mine = seen == kEfReady;
  if (mine) ef_phase = kEfRunning;
#endif
  return mine ? 0 : (seen == kEfRunning ? EF_BUSY : EF_NOT_READY);
}

[[maybe_unused]] inline void ef_set_phase(uint8_t phase) {
#if defined(__linux__)
  __atomic_store_n(&ef_phase, phase, __ATOMIC_RELEASE);
#else
  ef_phase = phase;
#endif
}

}  // namespace

extern "C" {

int32_t ef_init(void) {
  ef_set_phase(0);
$reset
}

void *ef_input(uint32_t index) {
$inputs
}

const void *ef_output(uint32_t index) {
$outputs
}

int32_t ef_invoke(void) {
  const int32_t refused = ef_begin();
  if (refused != 0) return refused;
$calls
  ef_set_phase(kEfReady);
  return 0;
}
$more
$aliases
}  // extern "C"

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result,bugprone-easily-swappable-parameters)
