# Runs hooks and checks, each in a session of its own, so that all it started ends with its time. A file says which one runs
# now, so that a step that comes after a broken one ends it first.
#
# d_limited: name, launch file, hundredths of a second, where its output goes, a file with more of the launch or nothing.
d_limited() {
  setsid env -i HOME="$HOME" PATH="$PATH" LANG="${LANG:-C}" USER="${USER:-}" LOGNAME="${LOGNAME:-}" \
    /bin/sh "$d_run/hook.sh" "$d_node" "$2" "$1" "$5" >> "$4" 2>&1 3<&- &
  d_child=$!
  if d_stat "$d_child"; then printf '%s\n' "$d_child" "$d_start" "$d_boot" . > "$d_child_file"; fi
  d_now
  d_until=$((d_time + $3)) d_outcome=
  while d_stat "$d_child"; do
    d_now
    if [ "$d_time" -ge "$d_until" ]; then
      d_outcome="took longer than $d_limit_text and was killed"
      d_kill_session "$d_child"
      break
    fi
    d_pause
  done
  wait "$d_child"
  d_code=$?
  rm -f "$d_child_file" "$d_run/.script-$1"
  if [ -z "$d_outcome" ]; then d_describe "$d_code"; fi
  [ "$d_outcome" = "exited with code 0" ]
}
d_describe() {
  if [ "$1" -gt 128 ]; then d_outcome="was killed by signal $(($1 - 128))"; else d_outcome="exited with code $1"; fi
}
d_seconds() {
  d_fraction=$(($1 % 100))
  d_limit_text="$(($1 / 100)) s"
  if [ "$d_fraction" -gt 0 ]; then d_limit_text="$(($1 / 100)).$(printf '%02d' "$d_fraction") s"; fi
}
d_mark() {
  d_log=$d_node/logs/output.log
  if [ ! -e "$d_log" ]; then (umask 077; : >> "$d_log"); fi
  d_from=$(($(wc -c < "$d_log") + 1))
}
d_hook() {
  n_limit=$(. "$2"; eval "printf %s \$n_limit_$1")
  if [ "$n_limit" = 0 ]; then return 0; fi
  d_mark
  printf '[drover] hook %s starts\n' "$1" >> "$d_log"
  d_seconds "$n_limit"
  if d_limited "$1" "$2" "$n_limit" "$d_log" ''; then
    printf '[drover] hook %s passed\n' "$1" >> "$d_log"
    return 0
  fi
  printf '[drover] hook %s %s\n' "$1" "$d_outcome" >> "$d_log"
  return 1
}
d_report_hook() {
  d_say "hook $1"
  tail -c "+$d_from" "$d_log" | grep -v '^\[drover\] hook ' | d_tail
  d_fail hook_failed "$d_outcome"
}
