# Starting what a node is to run. What is known about it is in run/, which only its user can read:
#
#   wanted            the launch that should run, or "-"
#   <launch>.sh       what a launch is: its environment, its program, its hooks, how it is stopped
#   <launch>.sum      the checksum of that
#   <launch>.pid      pid, start time, boot and a dot, written by the process itself before it becomes the program
#   <launch>.ready    postStart has passed
#   code              the release that is current
#   drift, verified   what was found when the node was last looked at closely, and when that was
#   prepare.sh        what a node is to run, while hooks of it run before it is started
#   launcher.sh, hook.sh
#
# A launch is one start of one key, <24 digits of the key's SHA-256>.<count>.
#
# Whatever is killed when, there is never a second process: steps take turns; a process makes its .pid file, which only one
# can, before it looks whether its launch is still the wanted one; a step says what is wanted before it looks for .pid files.
d_folders() {
  mkdir -p "$d_node/releases" "$d_node/work" || d_fail runtime_failed "cannot make folders in $d_base"
  (umask 077; mkdir -p "$d_run" "$d_node/logs")
  chmod 700 "$d_run" "$d_node/logs"
}
d_texts() {
  (
    umask 077
    printf '%s' "$d_launcher_text" > "$d_run/launcher.sh"
    printf '%s' "$d_hook_text" > "$d_run/hook.sh"
  ) || d_fail runtime_failed "cannot write to $d_run"
}
d_write_launch() {
  (umask 077; printf '%s' "$d_launch_text" > "$d_run/$1.sh.new") &&
    mv -f "$d_run/$1.sh.new" "$d_run/$1.sh" || d_fail runtime_failed "cannot write to $d_run"
}
d_find() {
  d_found=
  d_launches
  for d_launch in $d_list; do
    case $d_launch in "$d_prefix".*) ;; *) continue ;; esac
    if d_record "$d_run/$d_launch.pid" && d_lives "$p_pid" "$p_start" "$p_boot"; then d_found=$d_launch; return 0; fi
  done
  return 1
}
d_find_wanted() { d_find && d_first "$d_run/wanted" && [ "$d_word" = "$d_found" ]; }
d_next() {
  d_count=0
  for d_each in "$d_run/$d_prefix".*.pid; do
    d_each=${d_each%.pid}
    d_each=${d_each##*.}
    case $d_each in *[!0-9]*) ;; *) if [ "$d_each" -gt "$d_count" ]; then d_count=$d_each; fi ;; esac
  done
  d_new=$d_prefix.$((d_count + 1))
}
d_require_program() {
  ( d_launch=; . "$d_run/$1.sh"; cd "$n_cwd" 2> /dev/null && n_environment && command -v "$d_program" > /dev/null 2>&1 ) ||
    d_fail runtime_failed "program \"$d_program\" is not there, or not executable: install it on this host, add its folder to the PATH in the profile's environment, or set the profile's command"
}
d_require_release() {
  if [ "$d_digest" = - ]; then return 0; fi
  [ -e "$d_node/releases/$d_digest.sums" ] && [ -d "$d_node/releases/$d_digest" ] || d_fail release_missing
}
d_switch() {
  rm -f "$d_run/drift" "$d_run/verified"
  if [ "$1" = - ]; then
    rm -f "$d_node/current"
  else
    rm -f "$d_node/current.new"
    ln -s "releases/$1" "$d_node/current.new" && mv -T -f "$d_node/current.new" "$d_node/current" ||
      d_fail runtime_failed "cannot switch $d_node/current"
    touch "$d_node/releases/$1.sums"
  fi
  d_put "$d_run/code" "$1"
}
d_unit_text() {
  printf '%s\n' '[Unit]' "Description=$d_description" 'After=network-online.target' 'Wants=network-online.target' '' \
    '[Service]' 'Type=exec' "ExecStart=/bin/sh \"$d_run/launcher.sh\" \"$d_node\" $1 again" \
    'Environment=HOME=%h USER=%u LOGNAME=%u' 'Restart=no' 'KillMode=control-group' 'TimeoutStopSec=5' "StandardOutput=append:$d_log" "StandardError=append:$d_log" \
    '' '[Install]' 'WantedBy=multi-user.target'
}
d_spawn() {
  d_mark
  d_child=
  if d_has_systemd; then
    d_unit_text "$1" > "/etc/systemd/system/$d_unit" && systemctl daemon-reload && systemctl enable --quiet "$d_unit" &&
      systemctl start "$d_unit" || d_fail runtime_failed "systemd could not start $d_unit"
  else
    setsid env -i HOME="$HOME" PATH="$PATH" LANG="${LANG:-C}" USER="${USER:-}" LOGNAME="${LOGNAME:-}" \
      /bin/sh "$d_run/launcher.sh" "$d_node" "$1" once >> "$d_log" 2>&1 3<&- &
    d_child=$!
  fi
  d_now
  d_until=$((d_time + 3000))
  while ! d_record "$d_run/$1.pid"; do
    if [ -n "$d_child" ] && ! d_stat "$d_child"; then break; fi
    d_now
    if [ "$d_time" -ge "$d_until" ]; then d_fail runtime_failed "nothing started within 30 s"; fi
    d_pause
  done
  for d_look in 1 2 3; do
    if ! d_record "$d_run/$1.pid" || ! d_lives "$p_pid" "$p_start" "$p_boot"; then d_ended "$1"; fi
    d_pause
  done
}
d_ended() {
  d_outcome='is gone'
  if [ -n "$d_child" ]; then wait "$d_child"; d_describe $?; fi
  if d_first "$d_run/wanted" && [ "$d_word" != "$1" ]; then d_fail lease_lost; fi
  tail -c "+$d_from" "$d_log" | d_tail
  d_fail runtime_failed "its process $d_outcome as soon as it was started"
}
d_finish() {
  if [ ! -e "$d_run/$1.ready" ]; then
    d_hook postStart "$d_run/$1.sh" || d_report_hook postStart
    : > "$d_run/$1.ready"
  fi
  d_record "$d_run/$1.pid"
  d_say "pid $p_pid"
  d_say "launch $1"
}
d_remove_tree() {
  if [ -e "$1" ]; then chmod -R u+w "$1" 2> /dev/null; rm -rf "$1"; fi
}
d_clean_releases() {
  d_kept=0
  for d_each in $(ls -t "$d_node/releases" | grep '\.sums$'); do
    d_kept=$((d_kept + 1))
    if [ "$d_kept" -le "$d_keep_releases" ]; then continue; fi
    rm -f "$d_node/releases/$d_each"
    d_remove_tree "$d_node/releases/${d_each%.sums}"
  done
}
