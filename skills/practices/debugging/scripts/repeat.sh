#!/bin/sh
# Runs a command many times and counts: repeat.sh [-n TIMES] [-k DIR] COMMAND...
# -n how often (20), -k keeps the output of failed runs in DIR. Prints the rate and how many
# further passes would show with 95 % confidence that a fix helped. Exit 0 all passed, 1 some
# failed, 2 all failed (then it is not flaky). For `git bisect run`: 1 and 2 are both bad.
set -eu
times=20 keep=
while getopts n:k: option; do
  case $option in
    n) times=$OPTARG ;;
    k) keep=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || { echo "usage: repeat.sh [-n TIMES] [-k DIR] COMMAND..." >&2; exit 2; }
[ -z "$keep" ] || mkdir -p "$keep"
log=$(mktemp)
trap 'rm -f "$log"' EXIT INT TERM
failed=0 run=0
while [ "$run" -lt "$times" ]; do
  run=$((run + 1))
  if ! RUN=$run "$@" >"$log" 2>&1; then
    failed=$((failed + 1))
    [ -z "$keep" ] || cp "$log" "$keep/run-$run.log"
  fi
done
echo "$failed of $times failed"
[ "$failed" -eq 0 ] && exit 0
if [ "$failed" -eq "$times" ]; then
  echo "every run failed: this is no flaky test"
  exit 2
fi
# (1 - p)^n <= 0.05
awk -v f="$failed" -v n="$times" 'BEGIN {
  need = log(0.05) / log(1 - f / n)
  printf "after a fix, %d passes in a row are the least proof\n", (need == int(need)) ? need : int(need) + 1
}'
exit 1
