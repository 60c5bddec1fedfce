// A small fuzzer for machines without libFuzzer: mutates what reached new edges of the code.
//
// fuzz_loop EXECUTIONS SEED CORPUS_FOLDER: the code under test is compiled with -fsanitize-coverage=trace-pc, this file
// is not. Prints one JSON object; a finding ends the process, by abort or by a sanitizer, and its input is in `crash`.
#include <dirent.h>
#include <signal.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

constexpr uint32_t kMap = 1u << 14, kInputMax = 1200, kMutationsMax = 6;
uint8_t g_hits[kMap];
uint8_t g_seen[kMap];
uint64_t g_state;

uint32_t dice(uint32_t sides) {
  g_state ^= g_state << 13;
  g_state ^= g_state >> 7;
  g_state ^= g_state << 17;
  return static_cast<uint32_t>(g_state >> 20) % sides;
}

using Input = std::vector<uint8_t>;

// 0 to 7: how often an edge was met, roughly.
uint8_t bucket(uint8_t hits) {
  uint8_t bit = 0;
  while (hits > 1) {
    hits = static_cast<uint8_t>(hits >> 1);
    ++bit;
  }
  return static_cast<uint8_t>(1u << bit);
}

bool run(const Input &input) {
  std::memset(g_hits, 0, sizeof g_hits);
  LLVMFuzzerTestOneInput(input.data(), input.size());
  bool fresh = false;
  const auto *words = reinterpret_cast<const uint64_t *>(g_hits);
  for (uint32_t word = 0; word < kMap / 8; ++word) {
    if (words[word] == 0) continue;
    for (uint32_t i = word * 8; i < word * 8 + 8; ++i) {
      if (g_hits[i] == 0) continue;
      const uint8_t bit = bucket(g_hits[i]);
      fresh = fresh || (g_seen[i] & bit) == 0;
      g_seen[i] = static_cast<uint8_t>(g_seen[i] | bit);
    }
  }
  return fresh;
}

void mutate(Input *input, const std::vector<Input> &corpus) {
  constexpr uint8_t kOdd[] = {0, 1, 23, 24, 25, 26, 27, 31, 63, 64, 127, 128, 255, 0x58, 0x5f, 0xa0, 0xbf, 0x9f, 0xff};
  const uint32_t at = input->empty() ? 0 : dice(static_cast<uint32_t>(input->size()));
  const Input &other = corpus[dice(static_cast<uint32_t>(corpus.size()))];
  switch (dice(7)) {
    case 0: if (!input->empty()) (*input)[at] ^= static_cast<uint8_t>(1u << dice(8)); break;
    case 1: if (!input->empty()) (*input)[at] = static_cast<uint8_t>(dice(256)); break;
    case 2: if (!input->empty()) (*input)[at] = kOdd[dice(sizeof kOdd)]; break;
    case 3: if (!input->empty()) input->erase(input->begin() + at); break;
    case 4: input->insert(input->begin() + at, kOdd[dice(sizeof kOdd)]); break;
    case 5: input->resize(at); break;
    default: {
      if (other.empty()) break;
      const uint32_t from = dice(static_cast<uint32_t>(other.size()));
      const uint32_t bytes = 1 + dice(static_cast<uint32_t>(other.size() - from));
      input->insert(input->begin() + at, other.begin() + from, other.begin() + from + bytes);
    }
  }
  if (input->size() > kInputMax) input->resize(kInputMax);
}

std::vector<Input> read_corpus(const char *folder) {
  std::vector<std::string> names;
  DIR *opened = opendir(folder);
  if (opened == nullptr) exit(2);
  while (const dirent *entry = readdir(opened)) {
    if (entry->d_name[0] != '.') names.push_back(std::string(folder) + "/" + entry->d_name);
  }
  closedir(opened);
  std::vector<Input> corpus;
  for (const std::string &name : names) {
    FILE *file = fopen(name.c_str(), "rb");
    if (file == nullptr) exit(2);
    Input input(kInputMax);
    input.resize(fread(input.data(), 1, kInputMax, file));
    fclose(file);
    corpus.push_back(input);
  }
  return corpus;
}

const Input *g_current;

void keep_crash() {
  FILE *file = fopen("crash", "wb");
  if (file == nullptr) return;
  fwrite(g_current->data(), 1, g_current->size(), file);
  fclose(file);
}

}  // namespace

extern "C" void __sanitizer_set_death_callback(void (*callback)(void));

extern "C" void __sanitizer_cov_trace_pc(void) {
  const auto place = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
  uint8_t &hits = g_hits[(place ^ (place >> 9)) & (kMap - 1)];
  if (hits != 255) ++hits;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  const uint64_t executions = strtoull(arguments[1], nullptr, 10);
  g_state = 0x9E3779B97F4A7C15ull ^ strtoull(arguments[2], nullptr, 10);
  __sanitizer_set_death_callback(keep_crash);
  signal(SIGABRT, [](int) { keep_crash(); });
  std::vector<Input> corpus = read_corpus(arguments[3]);
  if (corpus.empty()) return 2;
  for (const Input &input : corpus) {
    g_current = &input;
    run(input);
  }
  for (uint64_t done = 0; done < executions; ++done) {
    Input input = corpus[dice(static_cast<uint32_t>(corpus.size()))];
    for (uint32_t left = 1 + dice(kMutationsMax); left > 0; --left) mutate(&input, corpus);
    g_current = &input;
    if (run(input)) corpus.push_back(input);
  }
  uint32_t edges = 0;
  for (uint8_t seen : g_seen) edges += seen != 0 ? 1 : 0;
  printf("{\"executions\": %llu, \"corpus\": %zu, \"edges\": %u, \"findings\": 0}\n",
         static_cast<unsigned long long>(executions), corpus.size(), edges);
  return 0;
}
