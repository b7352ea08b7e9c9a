#!/bin/sh
# The dependency rule: lib -> binding -> net -> core, never upward
# (doc/architecture.md). Reads the includes and requires of the tree at $1,
# by default this one; prints each that breaks the rule and exits 1.
set -u
cd "${1:-$(dirname "$0")/..}" || exit 2

c_standard='assert|ctype|errno|inttypes|limits|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|time'
posix='arpa/inet|fcntl|net/if|netdb|netinet/in|netinet/tcp|poll|pthread|signal|sys/[a-z_]+|unistd'
failures=0

# fail FILE:LINE MESSAGE
fail() {
  printf '%s: %s\n' "$1" "$2"
  failures=$((failures + 1))
}

# files FOLDER NAME... : the layer's files whose names end so
files() {
  folder=$1
  shift
  [ -d "$folder" ] || return 0
  for name in "$@"; do
    find "$folder" -type f -name "*.$name"
  done | sort
}

# check_includes FILE ALLOWED: every include of FILE matches ALLOWED, a pattern
# over <name> or "name".
check_includes() {
  matches=$(grep -nE '^[[:space:]]*#[[:space:]]*include' "$1" |
    sed -E 's/^([0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]*/\1 /; s/([>"])[^>"]*$/\1/' |
    grep -vE "^[0-9]+ ($2)\$") || return 0
  while read -r line header; do
    fail "$1:$line" "${1#src/} may not include $header"
  done <<LINES
$matches
LINES
}

# check_absent FILE PATTERN MESSAGE: no line of FILE matches PATTERN.
check_absent() {
  matches=$(grep -nE "$2" "$1") || return 0
  while IFS=: read -r line _; do
    fail "$1:$line" "$3"
  done <<LINES
$matches
LINES
}

# core: bytes only. No clock, no output, no memory but through mem, no zlib but
# in deflate.c.
for file in $(files src/core c h def); do
  case $file in
    src/core/mem.c) allowed='<stdlib\.h>|' ;;
    src/core/deflate.c) allowed='<zlib\.h>|' ;;
    *) allowed='' ;;
  esac
  check_includes "$file" \
    "$allowed<(assert|limits|string|std(arg|bool|def|int|io))\.h>|\"core/[a-z0-9_/]+\.(h|def)\""
  case $file in
    src/core/mem.c | *.h) ;;
    *) check_absent "$file" \
      '(^|[^A-Za-z0-9_>.])(malloc|calloc|realloc|free|strdup)[[:space:]]*\(' \
      'core allocates only through core/mem.h' ;;
  esac
  check_absent "$file" \
    '(^|[^A-Za-z0-9_])(f?printf|f?puts|perror|time|rand)[[:space:]]*\(|stderr|stdout' \
    'core neither prints nor asks for time or chance'
done

# net: malloc for glibc's malloc_trim
for file in $(files src/net c h); do
  check_includes "$file" "<($c_standard|$posix|malloc|uv)\.h>|\"(core|net)/[a-z0-9_/]+\.h\""
done

# binding: Node-API, not the engine below it, and no sockets; dlfcn to find what
# the node executable exports.
for file in $(files src/binding cc h); do
  check_includes "$file" \
    "<($c_standard|dlfcn|napi|node_api|uv)\.h>|<[a-z_]+>|\"(core|net|binding)/[a-z0-9_/]+\.h\""
done

# lib: one door to the binary; ws is what the tests compare with, not a part.
for file in $(files lib js mjs); do
  [ "$file" = lib/native.js ] || check_absent "$file" \
    "node-gyp-build|process\.dlopen|\.node['\"\`]" \
    'only lib/native.js may load the binary'
  check_absent "$file" "(require\(|from |import )['\"](ws|[^'\"]*/(src|build|prebuilds|test)/)" \
    'lib may require only itself and what npm installs with it'
done

if [ "$failures" -gt 0 ]; then
  printf 'check-layers: %d broken\n' "$failures"
  exit 1
fi
echo 'check-layers: ok'
