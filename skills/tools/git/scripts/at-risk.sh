#!/bin/sh
# Lists what a reset, clean, branch deletion or new clone of this repository would lose.
# Prints one line for each kind that is there; exit 0 when nothing is at risk, 1 otherwise.
set -eu
git rev-parse --git-dir >/dev/null
found=0
say() {
  found=1
  printf '%-12s %s\n' "$1" "$2"
}
lines() { printf '%s\n' "$2" | sed '/^$/d' | while IFS= read -r line; do printf '%-12s %s\n' "$1" "$line"; done; }

operation=
for name in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply BISECT_LOG; do
  path=$(git rev-parse --git-path "$name")
  [ -e "$path" ] && operation="$operation $name"
done
[ -n "$operation" ] && say "in-progress" "$(echo "$operation" | sed 's/^ //')"

for kind in unstaged staged untracked; do
  case $kind in
    unstaged) list=$(git diff --name-only) ;;
    staged) list=$(git diff --cached --name-only) ;;
    untracked) list=$(git ls-files --others --exclude-standard) ;;
  esac
  [ -n "$list" ] && found=1 && lines "$kind" "$list"
done

stash=$(git stash list --format='%gd %s')
[ -n "$stash" ] && found=1 && lines "stash" "$stash"

# Commits that no remote-tracking ref holds, by branch.
for branch in $(git for-each-ref --format='%(refname:short)' refs/heads); do
  count=$(git rev-list --count "$branch" --not --remotes)
  [ "$count" -gt 0 ] && say "unpushed" "$branch: $count commits, newest $(git log -1 --format='%h %s' "$branch")"
done

if ! git symbolic-ref -q HEAD >/dev/null; then
  count=$(git rev-list --count HEAD --not --branches --tags --remotes)
  [ "$count" -gt 0 ] && say "detached" "$count commits on no branch, newest $(git log -1 --format='%h %s')"
fi

others=$(git worktree list --porcelain | sed -n 's/^worktree //p' | sed 1d)
[ -n "$others" ] && found=1 && lines "worktree" "$others"
exit "$found"
