namespace {

// Neither 0 nor all ones, so that memory nobody has set is not taken for a model that is ready.
constexpr uint8_t kEfReady = 0x5a, kEfRunning = 0xa5;
$phase_variable
int32_t ef_begin($only) {
#if defined(__linux__)
  uint8_t seen = kEfReady;  // threads may come at the same time
  const bool mine = __atomic_compare_exchange_n(&$phase, &seen, kEfRunning, false, __ATOMIC_ACQUIRE,
                                                __ATOMIC_RELAXED);
#else
  const uint8_t seen = $phase;
  const bool mine = seen == kEfReady;
  if (mine) $phase = kEfRunning;
#endif
  return mine ? 0 : (seen == kEfRunning ? EF_BUSY : EF_NOT_READY);
}

[[maybe_unused]] inline void ef_set_phase(${first}uint8_t phase) {
#if defined(__linux__)
  __atomic_store_n(&$phase, phase, __ATOMIC_RELEASE);
#else
  $phase = phase;
#endif
}
$cancel
}  // namespace

extern "C" {

int32_t ef_init($init) {
$begin  ef_set_phase(${argument}0);
$reset
}

void *ef_input(${constant}uint32_t index) {
$arena$inputs
}

const void *ef_output(${constant}uint32_t index) {
$arena$outputs
}

int32_t ef_invoke($only) {
  const int32_t refused = ef_begin($model);
  if (refused != 0) return refused;
$given$calls
  ef_set_phase(${argument}kEfReady);
  return 0;
}
$more
$aliases
}  // extern "C"

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result,bugprone-easily-swappable-parameters)
