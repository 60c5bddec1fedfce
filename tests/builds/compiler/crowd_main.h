// The end of a program of many models: run each in a child, print the numbers of those that fail.

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct Member {
  int32_t (*init)(void);
  void *(*input)(uint32_t);
  const void *(*output)(uint32_t);
  int32_t (*invoke)(void);
  const uint32_t *bytes;
  uint32_t inputs;
  uint32_t outputs;
};

static const Member kMembers[] = {
    // ROWS
};
static const rlim_t kSeconds = 60;  // of a processor, for the three runs of one model
static const int kRuns = 3;

static int run(const Member &m) {
  uint32_t seed = 1;
  if (m.init() != 0) return 1;
  for (int n = 0; n < kRuns; ++n) {
    for (uint32_t i = 0; i < m.inputs; ++i) {
      uint8_t *bytes = static_cast<uint8_t *>(m.input(i));
      for (uint32_t k = 0; k < m.bytes[i]; ++k) {
        bytes[k] = static_cast<uint8_t>((seed = seed * 1664525u + 1013904223u) >> 24);
      }
    }
    if (m.invoke() != 0) return 2;
  }
  for (uint32_t i = 0; i < m.outputs; ++i) {
    if (m.output(i) == nullptr) return 3;
  }
  return m.output(m.outputs) == nullptr ? 0 : 4;
}

int main(void) {
  int number = 0;
  for (const Member &m : kMembers) {
    const pid_t child = fork();
    if (child == 0) {
      const rlimit limit = {kSeconds, kSeconds};
      setrlimit(RLIMIT_CPU, &limit);
      _exit(run(m));
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return 1;
    if (status != 0) printf("%d\n", number);
    ++number;
  }
  return 0;
}
