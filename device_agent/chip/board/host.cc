// The board as a Linux process: the same firmware and the same slots, with machine code of this computer in them.
//
// host PORT_FILE FLASH_FILE [MADE_FILE [SENSOR_FILE]]: listens on a port of 127.0.0.1 that it writes to PORT_FILE, keeps
// its flash in FLASH_FILE, sees what SENSOR_FILE holds, and ends with its parent. A crash or a hang of the model resets it as the chip would be: the program
// starts again with the same line.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "board.h"

namespace {

constexpr int kIdleMs = 10;
constexpr int kFdBase = 10;

struct Line {
  int listener, client;
  uint8_t buffer[4096];
  ssize_t used, at;
};

Line g_line{-1, -1, {}, 0, 0};
char **g_arguments;
ef_made g_made{EF_MADE_MAGIC, EF_STRENGTH_GATEWAY, 8, 0, 0, {'h', 'o', 's', 't', '-', '0', '0', '0'}, {0}};

[[noreturn]] void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  _exit(1);
}

// The line and the kept memory go on in the program that takes this one's place.
[[noreturn]] void restart(uint8_t reason) {
  reinterpret_cast<ef_kept *>(EF_BOARD_KEPT)->reset = reason;
  char listener[16], client[16];
  snprintf(listener, sizeof listener, "%d", g_line.listener);
  snprintf(client, sizeof client, "%d", g_line.client);
  setenv("EF_HOST_LISTENER", listener, 1);
  setenv("EF_HOST_CLIENT", client, 1);
  execv("/proc/self/exe", g_arguments);
  _exit(1);
}

void crashed(int) { restart(EF_RESET_FAULT); }
void hung(int) { restart(EF_RESET_WATCHDOG); }

// A hang takes processor time; a machine that is busy with others does not.
void feed(void *) {
  const struct itimerval alarm = {{0, 0}, {EF_BOARD_WATCHDOG_MS / 1000, 0}};
  setitimer(ITIMER_PROF, &alarm, nullptr);
}

void close_client() {
  close(g_line.client);
  g_line.client = -1;
}

int32_t get(void *) {
  if (g_line.at < g_line.used) return g_line.buffer[g_line.at++];
  if (g_line.client < 0) {
    g_line.client = accept(g_line.listener, nullptr, nullptr);
    if (g_line.client < 0) return -1;
    fcntl(g_line.client, F_SETFL, O_NONBLOCK);
  }
  g_line.used = recv(g_line.client, g_line.buffer, sizeof g_line.buffer, 0);
  g_line.at = 0;
  if (g_line.used > 0) return g_line.buffer[g_line.at++];
  if (g_line.used == 0 || (errno != EAGAIN && errno != EINTR)) close_client();
  g_line.used = 0;
  return -1;
}

// What nobody reads is lost, as on a line without a plug.
void put(void *context, uint8_t byte) {
  while (g_line.client >= 0) {
    feed(context);
    const ssize_t sent = send(g_line.client, &byte, 1, MSG_NOSIGNAL);
    if (sent == 1) return;
    if (errno != EAGAIN && errno != EINTR) return close_client();
    struct pollfd wait = {g_line.client, POLLOUT, 0};
    poll(&wait, 1, kIdleMs);
  }
}

uint32_t now(void *) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint32_t>(time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

uint32_t micros(void *) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint32_t>(time.tv_sec * 1000000 + time.tv_nsec / 1000);
}

void idle(void *) {
  struct pollfd wait = {g_line.client >= 0 ? g_line.client : g_line.listener, POLLIN, 0};
  poll(&wait, 1, kIdleMs);
}

void reset(void *) { restart(EF_RESET_POWER); }

void map(uint32_t address, uint32_t bytes, int file) {
  void *at = reinterpret_cast<void *>(static_cast<uintptr_t>(address));
  const int flags = MAP_FIXED_NOREPLACE | MAP_SHARED | (file < 0 ? MAP_ANONYMOUS : 0);
  if (mmap(at, bytes, PROT_READ | PROT_WRITE | PROT_EXEC, flags, file, 0) != at) fail("mapping memory");
}

int open_sized(const char *path, uint32_t bytes) {
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, bytes) != 0) fail(path);
  return file;
}

// The flash's file holds the kept memory behind the flash.
void map_all(const char *flash) {
  constexpr uint32_t kKeptBytes = 0x1000;
  const int file = open_sized(flash, EF_BOARD_FLASH_BYTES + kKeptBytes);
  map(EF_BOARD_FLASH, EF_BOARD_FLASH_BYTES, file);
  map(EF_BOARD_MODEL_RAM, EF_BOARD_MODEL_RAM_BYTES, -1);
  map(EF_BOARD_RUN, EF_BOARD_RUN_BYTES, -1);
  void *at = reinterpret_cast<void *>(static_cast<uintptr_t>(EF_BOARD_KEPT));
  const int flags = MAP_FIXED_NOREPLACE | MAP_SHARED;
  if (mmap(at, kKeptBytes, PROT_READ | PROT_WRITE, flags, file, EF_BOARD_FLASH_BYTES) != at) fail("mapping memory");
}

void read_made(const char *path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || read(file, &g_made, sizeof g_made) != static_cast<ssize_t>(sizeof g_made)) fail(path);
  if (g_made.magic != EF_MADE_MAGIC) fail("the maker's file is not one");
  close(file);
}

// What others write to the file is seen at once. A file of another length than it promises shows nothing.
const ef_sensor *map_sensor(const char *path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat told;
  if (file < 0 || fstat(file, &told) != 0) fail(path);
  const size_t bytes = static_cast<size_t>(told.st_size);
  if (bytes < sizeof(ef_sensor)) return nullptr;
  void *at = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) fail(path);
  close(file);
  const ef_sensor *sensor = static_cast<const ef_sensor *>(at);
  return sizeof *sensor + size_t{sensor->frames} * sensor->frame_bytes == bytes ? sensor : nullptr;
}

int from_before(const char *name) {
  const char *text = getenv(name);
  return text == nullptr ? -1 : atoi(text);
}

void listen_on(const char *port_file) {
  g_line.listener = from_before("EF_HOST_LISTENER");
  g_line.client = from_before("EF_HOST_CLIENT");
  if (g_line.listener >= 0) return;
  struct sockaddr_in address = {};
  socklen_t bytes = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int made = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr *general = reinterpret_cast<struct sockaddr *>(&address);
  if (made < 0 || bind(made, general, sizeof address) != 0 || listen(made, 1) != 0) fail("listening");
  if (getsockname(made, general, &bytes) != 0) fail("listening");
  g_line.listener = fcntl(made, F_DUPFD, kFdBase);
  close(made);
  fcntl(g_line.listener, F_SETFL, O_NONBLOCK);
  FILE *file = fopen(port_file, "w");
  if (file == nullptr || fprintf(file, "%d\n", ntohs(address.sin_port)) < 0 || fclose(file) != 0) fail(port_file);
}

void catch_signals() {
  static uint8_t stack[1 << 16];
  const stack_t other = {stack, 0, sizeof stack};
  sigaltstack(&other, nullptr);
  struct sigaction action = {};
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  action.sa_handler = crashed;
  const int ends[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
  for (int number : ends) sigaction(number, &action, nullptr);
  action.sa_handler = hung;
  sigaction(SIGPROF, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

int main(int count, char **arguments) {
  if (count < 3 || count > 5) {
    fprintf(stderr, "usage: %s PORT_FILE FLASH_FILE [MADE_FILE [SENSOR_FILE]]\n", arguments[0]);
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  g_arguments = arguments;
  if (count > 3) read_made(arguments[3]);
  map_all(arguments[2]);
  listen_on(arguments[1]);
  catch_signals();
  static ef_board_port port;
  port.board = "host";
  port.target = EF_BOARD_TARGET;
  port.made = &g_made;
  port.kept = reinterpret_cast<ef_kept *>(static_cast<uintptr_t>(EF_BOARD_KEPT));
  if (count > 4) port.sensor = map_sensor(arguments[4]);
  port.get = get;
  port.put = put;
  port.now = now;
  port.micros = micros;
  port.feed = feed;
  port.idle = idle;
  port.reset = reset;
  ef_board_run(&port);
  return 1;
}
