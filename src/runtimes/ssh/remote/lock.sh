# One step at a time for each node, also over engines: the symlink lock.<n> of the highest number names its owner, and
# holds as long as that process lives. None is ever given back by being taken away, so that nobody can take away another
# one by mistake: the next one makes lock.<n+1>, which only one can, looks whether it is still the highest, and removes those
# below.
#
# An owner of a lower term is an engine that lost its lease, and one of the same runtime is a step whose connection broke (a
# runtime does one step at a time for each node): both are ended, with all that they started. Anybody else is waited for,
# and ends by itself when its connection does.
#
# d_watch ends the step, and what it waits for, when its connection is closed. For steps that read nothing else there.
d_top() {
  d_highest=0
  for d_each in "$d_control"/lock.*; do
    d_number=${d_each##*/lock.}
    case $d_number in *[!0-9]*) continue ;; esac
    if [ "$d_number" -gt "$d_highest" ]; then d_highest=$d_number; fi
  done
}
d_check_term() {
  if d_first "$d_control/term" && [ "$d_word" -gt "$d_term" ]; then d_fail lease_lost; fi
}
d_owner() { [ $# -eq 5 ] && o_pid=$1 o_start=$2 o_boot=$3 o_term=$4 o_instance=$5; }
d_lock() {
  mkdir -p "$d_control" || d_fail runtime_failed "cannot make folder $d_control"
  while :; do
    d_check_term
    d_top
    if [ "$d_highest" -gt 0 ] && d_owner $(readlink "$d_control/lock.$d_highest" | tr : ' ') &&
      d_lives "$o_pid" "$o_start" "$o_boot"; then
      if [ "$o_term" -gt "$d_term" ]; then d_fail lease_lost; fi
      d_lives "$o_pid" "$o_start" "$o_boot" || continue
      if [ "$o_term" -lt "$d_term" ] || [ "$o_instance" = "$d_instance" ]; then d_kill_session "$d_session"; else d_pause; fi
      continue
    fi
    d_mine=$((d_highest + 1))
    ln -s "$$:$d_me:$d_boot:$d_term:$d_instance" "$d_control/lock.$d_mine" 2> /dev/null || { d_pause; continue; }
    d_top
    if [ "$d_highest" = "$d_mine" ]; then break; fi
    rm -f "$d_control/lock.$d_mine"
  done
  for d_each in "$d_control"/lock.*; do
    if [ "${d_each##*/lock.}" != "$d_mine" ]; then rm -f "$d_each"; fi
  done
  d_check_term
  if [ "$d_word" != "$d_term" ]; then d_put "$d_control/term" "$d_term"; fi
  d_end_child
}

d_watch() {
  (
    cat <&3 > /dev/null 2>&1
    read -r d_self d_rest < /proc/self/stat
    d_lives $$ "$d_me" "$d_boot" || exit 0
    d_of=$d_session
    d_end_child
    d_members "$d_of"
    for d_pid in $d_pids; do if [ "$d_pid" != "$d_self" ]; then kill -s KILL "$d_pid" 2> /dev/null; fi; done
  ) > /dev/null 2>&1 &
}
