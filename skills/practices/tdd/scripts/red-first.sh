#!/bin/sh
# Proves that changed tests fail without the changed code: red-first.sh BASE [--link DIR]... -- COMMAND...
# Puts the test files of the working tree onto BASE in a throwaway worktree and runs COMMAND there
# (must fail), then here (must pass). --link DIR makes an ignored folder (node_modules, .venv)
# visible there. Exit 0 proven, 1 not proven, 2 could not be tried.
set -eu
usage() { echo "usage: red-first.sh BASE [--link DIR]... -- COMMAND..." >&2; exit 2; }
[ $# -ge 1 ] || usage
base=$1; shift
links=
while [ "${1-}" = --link ]; do links="$links ${2-}"; shift 2 || usage; done
[ "${1-}" = -- ] || usage
shift
[ $# -ge 1 ] || usage
root=$(git rev-parse --show-toplevel)
base=$(git rev-parse --verify -q "$base^{commit}") || { echo "no such commit" >&2; exit 2; }
cd "$root"

tests=$( { git diff --name-only --diff-filter=d "$base"; git ls-files --others --exclude-standard; } | sort -u |
  grep -E '(^|/)(tests?|__tests__|spec)/|(^|/)test_[^/]*$|[._-](test|spec)\.[^/]*$|_test\.[^/]*$|Tests?\.[^/]*$' || true)
[ -n "$tests" ] || { echo "no test file differs from $base" >&2; exit 2; }

work=$(mktemp -d)
trap 'git worktree remove --force "$work/base" 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM
git worktree add -q --detach "$work/base" "$base"
printf '%s\n' "$tests" | while IFS= read -r file; do
  mkdir -p "$work/base/$(dirname "$file")"
  cp -p "$file" "$work/base/$file"
done
for link in $links; do ln -s "$root/$link" "$work/base/$link"; done

printf 'tests taken along:\n%s\n' "$tests"
if (cd "$work/base" && "$@") >"$work/red.log" 2>&1; then
  echo "NOT PROVEN: the tests pass on the base, so they do not notice the change"
  exit 1
fi
echo "red on the base; the last lines, which must show the assertion and not a missing name:"
tail -n 12 "$work/red.log" | sed 's/^/  | /'
if ! "$@" >"$work/green.log" 2>&1; then
  echo "NOT PROVEN: the tests fail here too"
  tail -n 12 "$work/green.log" | sed 's/^/  | /'
  exit 1
fi
echo "green here: proven"
