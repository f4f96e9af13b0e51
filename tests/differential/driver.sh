# Runs inside the throw-away root. Reads programs from /batch, each ended by a NUL, and runs each
# in a subshell of its own; what the stubs were called with is appended to /log/calls.
# The first argument is the place of the first program; each runs in the folder of its place.
__first=$1
set --
ulimit -c 0 -f 4096 -t 20
mapfile -d '' __programs < /batch
for __number in "${!__programs[@]}"; do
  __program=${__programs[__number]}
  printf '%s\0' $'\1program' "$__number" >> /log/calls
  # The substitution ends when everything that inherited descriptor 63 has ended, so background
  # jobs of one program are not taken for those of the next.
  __said=$(cd "/w/$((__first + __number))" || exit; eval "$__program" 63>&1 2>&1 > /dev/null < /dev/null)
  printf '%s\0' $'\1status' "$?" "${__said:0:300}" >> /log/calls
done
