extern "C" {

int32_t ef_init(void) {
$reset
}

void *ef_input(uint32_t index) {
$inputs
}

const void *ef_output(uint32_t index) {
$outputs
}

int32_t ef_invoke(void) {
$calls
  return 0;
}
$more
}  // extern "C"

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result,bugprone-easily-swappable-parameters)
