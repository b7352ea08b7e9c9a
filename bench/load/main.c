/* load: drives one WebSocket server on this machine and prints what it cost.
   README.md in the folder above tells the method. */

#include <string.h>

#include "fail.h"
#include "options.h"
#include "scenarios.h"

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*run)(const options_t *options);
  } scenarios[] = {{"echo", scenario_echo},
                   {"fanout", scenario_fanout},
                   {"handshake", scenario_handshake},
                   {"idle", scenario_idle}};
  options_t options;

  options_parse(&options, argc, argv);
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
    if (strcmp(options.scenario, scenarios[i].name) == 0) {
      scenarios[i].run(&options);
      return 0;
    }
  }

  fail("no scenario named %s", options.scenario);
}
