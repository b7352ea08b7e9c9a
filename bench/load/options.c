#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void usage(const char *problem) {
  fprintf(stderr,
          "load: %s\n"
          "usage: load echo|fanout|handshake|idle --port N --pid N\n"
          "  --size BYTES --connections N --depth N --type "
          "binary|text|utf8|json\n"
          "  --warmup S --seconds S --rate PER_SECOND --idle N\n"
          "  --base N --settle S --collect 0|1 --sources N\n"
          "  --tls 0|1 --deflate 0|1\n",
          problem);
  exit(2);
}

static double parse_number(const char *text, double min, double max) {
  char *end;
  double value = strtod(text, &end);

  if (end == text || *end != '\0' || !(value >= min && value <= max)) {
    usage(text);
  }

  return value;
}

static payload_type_t parse_type(const char *text) {
  if (strcmp(text, "binary") == 0) {
    return PAYLOAD_BINARY;
  }
  if (strcmp(text, "text") == 0) {
    return PAYLOAD_TEXT;
  }
  if (strcmp(text, "utf8") == 0) {
    return PAYLOAD_UTF8;
  }
  if (strcmp(text, "json") == 0) {
    return PAYLOAD_JSON;
  }

  usage(text);
}

static bool parse_flag(const char *text) {
  return parse_number(text, 0, 1) > 0;
}

static size_t *size_option(options_t *options, const char *name) {
  const struct {
    const char *name;
    size_t *field;
  } table[] = {
      {"--size", &options->size},   {"--connections", &options->connections},
      {"--idle", &options->idle},   {"--base", &options->base},
      {"--depth", &options->depth}, {"--sources", &options->sources}};

  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (strcmp(name, table[i].name) == 0) {
      return table[i].field;
    }
  }

  return NULL;
}

static void set_option(options_t *options, const char *name,
                       const char *value) {
  size_t *field = size_option(options, name);

  if (field != NULL) {
    *field = (size_t)parse_number(value, 0, 1e9);
  } else if (strcmp(name, "--port") == 0) {
    options->port = (uint16_t)parse_number(value, 1, 65535);
  } else if (strcmp(name, "--pid") == 0) {
    options->pid = (pid_t)parse_number(value, 1, 1 << 30);
  } else if (strcmp(name, "--type") == 0) {
    options->type = parse_type(value);
  } else if (strcmp(name, "--warmup") == 0) {
    options->warmup = parse_number(value, 0, 3600);
  } else if (strcmp(name, "--seconds") == 0) {
    options->seconds = parse_number(value, 0.01, 3600);
  } else if (strcmp(name, "--settle") == 0) {
    options->settle = parse_number(value, 0, 3600);
  } else if (strcmp(name, "--rate") == 0) {
    options->rate = (uint64_t)parse_number(value, 0, 1e8);
  } else if (strcmp(name, "--collect") == 0) {
    options->collect = parse_flag(value);
  } else if (strcmp(name, "--tls") == 0) {
    options->is_tls = parse_flag(value);
  } else if (strcmp(name, "--deflate") == 0) {
    options->is_deflated = parse_flag(value);
  } else {
    usage(name);
  }
}

void options_parse(options_t *options, int argc, char **argv) {
  *options = (options_t){.size = 64,
                         .connections = 100,
                         .base = 1000,
                         .depth = 1,
                         .sources = 1,
                         .type = PAYLOAD_TEXT,
                         .warmup = 0.5,
                         .seconds = 1,
                         .settle = 1};

  if (argc < 2) {
    usage("no scenario");
  }

  options->scenario = argv[1];
  for (int i = 2; i < argc; i += 2) {
    if (i + 1 == argc) {
      usage(argv[i]);
    }
    set_option(options, argv[i], argv[i + 1]);
  }

  if (options->port == 0 || options->pid == 0) {
    usage("--port and --pid are needed");
  }
  if (options->connections == 0 || options->depth == 0 ||
      options->sources == 0 || options->sources > 254) {
    usage("--connections, --depth and --sources begin at 1");
  }
}
