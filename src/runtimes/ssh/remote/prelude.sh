# What every script that runs on a host begins with. It answers in lines that begin with `@drover:`; whatever else a host
# prints is ignored.
#
# Set before it: d_base (the folder of ours), d_id (the node), d_term, d_instance (the runtime that asks). All names begin
# with d_, or with n_ for what belongs to one launch of the node, so that none is mistaken for the node's own variables.
#
# A process is known by pid, start time and boot: a pid alone may have been given to somebody else. Times are hundredths of
# a second since the boot.
umask 022
exec 3<&0 < /dev/null
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
d_say() { printf '@drover:%s\n' "$*"; }
d_fail() { d_say "error $*"; d_say end; exit 0; }
case $d_base in /*) ;; *) d_base=$HOME/$d_base ;; esac
[ -r /proc/self/stat ] || d_fail runtime_failed "this host has no /proc: only Linux hosts can carry nodes"
d_node=$d_base/nodes/$d_id
d_control=$d_base/control/$d_id
d_run=$d_node/run
d_unit=drover-$d_id.service
read -r d_boot < /proc/sys/kernel/random/boot_id

d_now() { read -r d_up d_rest < /proc/uptime; d_time=${d_up%.*}${d_up#*.}; }
d_split() {
  [ $# -ge 20 ] || return 1
  d_state=$1 d_group=$3 d_session=$4
  shift 19
  d_start=$1
  [ "$d_state" != Z ] && [ "$d_state" != X ]
}
d_stat() {
  d_start= d_session= d_group= d_line=
  { read -r d_line < "/proc/$1/stat"; } 2> /dev/null || return 1
  d_split ${d_line##*") "}
}
d_lives() { [ "$3" = "$d_boot" ] && d_stat "$1" && [ "$d_start" = "$2" ]; }
d_pause() { sleep 0.02 2> /dev/null || sleep 1; }
d_first() {
  d_word=
  { read -r d_word < "$1"; } 2> /dev/null
  [ -n "$d_word" ]
}
d_put() { printf '%s\n' "$2" > "$1.new" && mv -f "$1.new" "$1"; }
d_tail() { tail -n 10 | while IFS= read -r d_line; do d_say "tail $d_line"; done; }

d_members() {
  d_pids=
  for d_each in /proc/[0-9]*; do
    d_stat "${d_each#/proc/}" || continue
    if [ "$d_session" = "$1" ]; then d_pids="$d_pids ${d_each#/proc/}"; fi
  done
}
d_kill_session() {
  while d_members "$1"; [ -n "$d_pids" ]; do
    for d_pid in $d_pids; do kill -s KILL "$d_pid" 2> /dev/null; done
    d_pause
  done
}

d_record() {
  p_pid= p_start= p_boot= p_end=
  { { read -r p_pid; read -r p_start; read -r p_boot; read -r p_end; } < "$1"; } 2> /dev/null
  [ "$p_end" = . ]
}
d_child_file=$d_run/.hook
d_end_child() {
  if d_record "$d_child_file" && d_lives "$p_pid" "$p_start" "$p_boot"; then d_kill_session "$p_pid"; fi
  rm -f "$d_child_file"
}
d_stat $$
d_me=$d_start
