# The node's output: oldest first, and on as it comes if asked to.
d_log=$d_node/logs/output.log
if [ ! -e "$d_log" ]; then exit 0; fi
if [ "$d_follow" = 1 ]; then
  (
    cat <&3 > /dev/null 2>&1
    read -r d_self d_rest < /proc/self/stat
    d_lives $$ "$d_me" "$d_boot" || exit 0
    d_members "$d_session"
    for d_pid in $d_pids; do if [ "$d_pid" != "$d_self" ]; then kill -s KILL "$d_pid" 2> /dev/null; fi; done
  ) > /dev/null 2>&1 &
  tail -n "$d_lines" -F "$d_log" 2> /dev/null
else
  for d_each in 5 4 3 2 1; do if [ -e "$d_log.$d_each" ]; then cat "$d_log.$d_each"; fi; done | cat - "$d_log" | tail -n "$d_lines"
fi
