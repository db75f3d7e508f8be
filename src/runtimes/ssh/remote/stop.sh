# Stopping what runs on a node. run/<launch>.pid says which process took a launch, run/<launch>.sh how it is stopped.
#
# A session whose first process is gone is known only by a number: its members count if one of them carries the node's
# folder in its environment. What left its session behind is found by that, too, once its launch is not the one that should run.
d_is_ours() { tr '\0' '\n' < "/proc/$1/environ" 2> /dev/null | grep -q -x -F "DROVER_WORK_DIR=$d_node/work"; }
d_left() {
  d_pids=
  [ "$p_boot" = "$d_boot" ] || return 0
  if d_stat "$p_pid"; then
    [ "$d_start" = "$p_start" ] || return 0
    d_members "$p_pid"
    return 0
  fi
  d_members "$p_pid"
  if [ -n "$d_saw" ] || [ -z "$d_pids" ]; then return 0; fi
  for d_pid in $d_pids; do if d_is_ours "$d_pid"; then return 0; fi; done
  d_pids=
}
d_signal() {
  kill -s "$1" -- "-$p_pid" 2> /dev/null
  for d_pid in $d_pids; do
    if d_stat "$d_pid" && [ "$d_group" != "$p_pid" ]; then kill -s "$1" "$d_pid" 2> /dev/null; fi
  done
}
d_gone_within() {
  d_now
  d_until=$((d_time + $1))
  while d_left; [ -n "$d_pids" ]; do
    d_now
    if [ "$d_time" -ge "$d_until" ]; then return 1; fi
    d_pause
  done
}
d_stop_launch() {
  d_record "$d_run/$1.pid" || return 0
  d_saw=
  if d_lives "$p_pid" "$p_start" "$p_boot"; then d_saw=1; fi
  d_left
  if [ -z "$d_pids" ]; then return 0; fi
  n_grace=0
  if [ -r "$d_run/$1.sh" ]; then . "$d_run/$1.sh"; fi
  if [ "$n_grace" -gt 0 ]; then
    d_signal TERM
    if d_gone_within "$n_grace"; then return 0; fi
  fi
  d_left
  d_signal KILL
  d_gone_within 1000 || d_fail runtime_failed "process$d_pids is still there 10 s after SIGKILL"
}
d_carriers() {
  grep -l -a -z -x -F "DROVER_WORK_DIR=$d_node/work" /proc/[0-9]*/environ 2> /dev/null |
    sed 's|^/proc/||; s|/environ$||'
}
d_stop_strays() {
  for d_stray in $(d_carriers); do
    if ! d_of_launch "$d_stray" "$1" && d_stat "$d_stray"; then kill -s KILL "$d_stray" 2> /dev/null; fi
  done
}
d_of_launch() { tr '\0' '\n' < "/proc/$1/environ" 2> /dev/null | grep -q -x -F "DROVER_LAUNCH=$2"; }
d_launches() {
  d_list=
  for d_each in "$d_run"/*.pid; do
    d_each=${d_each##*/}
    d_each=${d_each%.pid}
    case $d_each in '*') ;; *) d_list="$d_list $d_each" ;; esac
  done
}
d_stop_all_but() {
  d_launches
  for d_launch in $d_list; do
    if [ "$d_launch" != "$1" ]; then d_stop_launch "$d_launch"; fi
  done
  d_stop_strays "$1"
}
# Waits until what was told to drain is not ready any more, is gone, or had its time; without a program to ask by, for all of it.
d_is_ready() {
  if command -v curl > /dev/null; then curl -q -s -f -o /dev/null -m "$n_drain_timeout" "$n_drain_url"
  elif command -v wget > /dev/null; then wget -q -O /dev/null -T "$n_drain_timeout" "$n_drain_url"
  fi
} < /dev/null > /dev/null 2>&1
d_drain() {
  n_drain=0
  . "$1"
  if [ "$n_drain" -le 0 ]; then return 0; fi
  d_now
  d_until=$((d_time + n_drain))
  while d_lives "$p_pid" "$p_start" "$p_boot" && d_is_ready; do
    d_now
    if [ "$d_time" -ge "$d_until" ]; then
      d_say "note the node is stopped while it still says that it is ready"
      return 0
    fi
    d_pause
  done
}
d_pre_stops() {
  d_launches
  for d_launch in $d_list; do
    if d_record "$d_run/$d_launch.pid" && d_lives "$p_pid" "$p_start" "$p_boot" && [ -r "$d_run/$d_launch.sh" ]; then
      d_keep=1
      ( . "$d_run/$d_launch.sh"; [ "$n_strict" = 1 ] ) || d_keep=
      if d_hook preStop "$d_run/$d_launch.sh"; then
        d_drain "$d_run/$d_launch.sh"
        continue
      fi
      if [ -n "$d_keep" ] && [ "$1" = strict ]; then d_report_hook preStop; fi
      d_say "note hook preStop $d_outcome; the node is stopped all the same"
    fi
  done
}
d_forget() {
  d_launches
  for d_launch in $d_list; do
    if [ "$d_launch" = "$1" ] || ! d_record "$d_run/$d_launch.pid"; then continue; fi
    if ! d_lives "$p_pid" "$p_start" "$p_boot"; then rm -f "$d_run/$d_launch".*; fi
  done
}
d_has_systemd() { [ "$d_service" != supervised ] && [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ]; }
d_leave_systemd() {
  if [ -e "/etc/systemd/system/$d_unit" ]; then
    systemctl disable --quiet --now "$d_unit" > /dev/null 2>&1
    rm -f "/etc/systemd/system/$d_unit"
    systemctl daemon-reload > /dev/null 2>&1
    systemctl reset-failed "$d_unit" > /dev/null 2>&1
  fi
}
