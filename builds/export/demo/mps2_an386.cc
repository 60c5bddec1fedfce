// Boots on the board mps2-an386 (Cortex-M4), runs the golden vectors and says on the UART how each came out.
#include <stdint.h>

#include "golden.h"

extern "C" {
void ef_start(void);
}

namespace {

// CMSDK UART 0.
constexpr uint32_t kUart = 0x40004000u;
constexpr uint32_t kData = 0x00, kState = 0x04, kControl = 0x08, kBaudDivider = 0x10;
constexpr uint32_t kTransmitFull = 1, kTransmitEnable = 1, kDivider = 16;
constexpr uint32_t kCoprocessors = 0xE000ED88u;

volatile uint32_t &at(uint32_t address) { return *reinterpret_cast<volatile uint32_t *>(address); }

void put(char letter) {
  while ((at(kUart + kState) & kTransmitFull) != 0) {
  }
  at(kUart + kData) = static_cast<uint8_t>(letter);
}

void print(const char *text) {
  while (*text != 0) put(*text++);
}

void print(uint32_t number) {
  if (number > 9) print(number / 10);
  put(static_cast<char>('0' + number % 10));
}

[[noreturn]] void stop() {
  for (;;) __asm__ volatile("wfi");
}

void fault() {
  print("FAULT\nRESULT FAIL\n");
  stop();
}

void start_uart() {
  at(kUart + kBaudDivider) = kDivider;
  at(kUart + kControl) = kTransmitEnable;
}

void enable_fpu() {
  at(kCoprocessors) = at(kCoprocessors) | (0xFu << 20);
  __asm__ volatile("dsb\n\tisb" ::: "memory");
}

uint32_t run_vectors() {
  uint32_t wrong = 0;
  for (uint32_t vector = 0; vector < EF_GOLDEN_VECTORS; ++vector) {
    const bool equal = ef_golden_run(vector) != 0;
    wrong += equal ? 0 : 1;
    print("vector ");
    print(vector);
    print(equal ? " PASS\n" : " FAIL\n");
  }
  return wrong;
}

}  // namespace

void ef_start(void) {
  enable_fpu();
  start_uart();
  print("EdgeFleet " EF_DEMO_NAME " on mps2-an386\n");
  const bool ready = ef_init() == 0;
  const bool passed = ready && run_vectors() == 0;
  print(passed ? "RESULT PASS\n" : "RESULT FAIL\n");
  stop();
}

using Vector = void (*)(void);
extern "C" __attribute__((section(".ef_head"), used)) const Vector ef_vectors[16] = {
    reinterpret_cast<Vector>(EF_STACK_TOP), ef_start, fault, fault, fault, fault, fault, fault,
    fault, fault, fault, fault, fault, fault, fault, fault,
};
