#!/bin/sh
# What the tests need beyond npm: finds what is missing and, on Debian and its
# kin as root, installs it. Without arguments all of it, else the named pieces.
#
# stdout: the pieces still missing, one a line. stderr: all else. Exits 0; 1
# when a piece is missing under CI=true, where skipping would go unnoticed.
set -u
export DEBIAN_FRONTEND=noninteractive
null=/dev/null
all='cmocka clang clang-format clang-tidy sanitizers zlib uv chromium valgrind openssl redis'

# header NAME: the C compiler finds it
header() {
  printf '#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <setjmp.h>\n#include <%s>\n' "$1" |
    ${CC:-cc} -E -x c - >$null 2>&1
}

sanitizers() {
  echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
    clang -fsanitize=fuzzer,address,undefined -x c - -o $null >$null 2>&1
}

present() {
  case $1 in
    cmocka) header cmocka.h ;;
    zlib) header zlib.h ;;
    uv) header uv.h ;;
    sanitizers) sanitizers ;;
    redis) command -v redis-server ;;
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    *) command -v "$1" ;;
  esac >$null 2>&1
}

package() {
  case $1 in
    cmocka) echo libcmocka-dev ;;
    zlib) echo zlib1g-dev ;;
    uv) echo libuv1-dev ;;
    sanitizers) echo libclang-rt-dev ;;
    redis) echo redis-server ;;
    *) echo "$1" ;;
  esac
}

missing() {
  for piece in "$@"; do
    present "$piece" || echo "$piece"
  done
}

packages() {
  for piece in "$@"; do
    package "$piece"
  done
}

install() {
  echo "Installing for the tests: $*" >&2
  apt-get update -qq >&2 || echo 'apt-get update failed; going on' >&2
  apt-get install -y -qq --no-install-recommends "$@" >&2 && return
  # One unknown name makes apt-get install none.
  for name in "$@"; do
    apt-get install -y -qq --no-install-recommends "$name" >&2
  done
}

[ $# -gt 0 ] || set -- $all
lacking=$(missing "$@")
if [ -n "$lacking" ] && [ "$(id -u)" = 0 ] && command -v apt-get >$null; then
  install $(packages $lacking)
  lacking=$(missing $lacking)
fi
[ -n "$lacking" ] || exit 0

printf '%s\n' $lacking
cat >&2 <<MESSAGE
*****
***** MISSING, so tests are left out: $(echo $lacking)
***** As root: apt-get install $(packages $lacking | tr '\n' ' ')
*****
MESSAGE
[ "${CI:-}" != true ]
