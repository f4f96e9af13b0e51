#!/bin/sh
# Lays out a change before it is read: map.sh BASE [HEAD]
# Prints the commits, then each file by kind (source, test, generated, config) with lines added
# and removed, then the source files whose folder or name has no changed test. Read-only.
set -eu
[ $# -ge 1 ] || { echo "usage: map.sh BASE [HEAD]" >&2; exit 2; }
range="$1...${2-HEAD}"
git rev-parse -q --verify "$1^{commit}" >/dev/null || { echo "no such commit: $1" >&2; exit 2; }
echo "commits:"
git log --reverse --no-merges --format='  %h %s' "$1..${2-HEAD}"
git diff -M --numstat "$range" | awk -F '\t' '
  function kind(path) {
    if (path ~ /(^|\/)(package-lock\.json|.*\.lock|go\.sum|pnpm-lock\.yaml)$|\.min\.|\.snap$|(^|\/)(dist|vendor|generated)\//) return "generated"
    if (path ~ /(^|\/)(tests?|__tests__|spec)\/|(^|\/)test_|[._-](test|spec)\.|_test\.|Tests?\./) return "test"
    if (path ~ /\.(ya?ml|toml|json|ini|cfg|md|txt)$|(^|\/)(Dockerfile|Makefile)/) return "config"
    return "source"
  }
  { k = kind($3); add[k] += $1; del[k] += $2; files[k] = files[k] sprintf("  %6s %6s  %s\n", "+" $1, "-" $2, $3)
    name = $3; sub(/.*\//, "", name); sub(/\..*/, "", name)
    if (k == "test") tests = tests " " tolower($3)
    if (k == "source" && $1 > 0) wanted[$3] = tolower(name) }
  END {
    split("source test config generated", order, " ")
    for (i = 1; i <= 4; i++) if (files[order[i]] != "")
      printf "%s: +%d -%d\n%s", order[i], add[order[i]], del[order[i]], files[order[i]]
    for (path in wanted) if (index(tests, wanted[path]) == 0) missing = missing "  " path "\n"
    if (missing != "") printf "source without a changed test of its name:\n%s", missing
  }'
