# Looks at the node, without taking its turn: a step may be under way.
d_child_file=$d_run/.check.$$
d_watch
if [ ! -d "$d_run" ]; then
  d_say "state absent"
  d_say end
  exit 0
fi
d_wanted=-
if d_first "$d_run/wanted"; then d_wanted=$d_word; fi
d_live=
d_launches
for d_launch in $d_wanted $d_list; do
  if d_record "$d_run/$d_launch.pid" && d_lives "$p_pid" "$p_start" "$p_boot"; then
    d_live=$d_launch
    break
  fi
done
d_key() { if [ -r "$d_run/$1.sh" ]; then (. "$d_run/$1.sh"; d_say "key $n_key"); fi; }

if [ -z "$d_live" ]; then
  if [ "$d_wanted" = - ]; then
    d_say "state stopped"
  else
    d_key "$d_wanted"
    if ! d_record "$d_run/$d_wanted.pid"; then
      d_say "state unstarted"
    elif [ "$p_boot" = "$d_boot" ]; then
      d_say "state dead $p_pid"
    else
      d_say "state rebooted $p_pid"
    fi
  fi
  d_say end
  exit 0
fi
d_say "state running $p_pid"
d_key "$d_live"

# What is dear to look at is looked at now and then; what was found stays true until then.
d_drift() {
  d_code=-
  if d_first "$d_run/code"; then d_code=$d_word; fi
  if [ "$d_code" != - ]; then
    [ "$(readlink "$d_node/current")" = "releases/$d_code" ] || printf '%s\n' "current does not lead to the release that was put there"
    (cd "$d_node/releases/$d_code" 2> /dev/null && LC_ALL=C sha256sum -c "../$d_code.sums" 2> /dev/null ||
      [ -d "$d_node/releases/$d_code" ] || printf '%s\n' "the release: FAILED") | sed -n 's/: FAILED.*$/ was changed on disk/p' | head -n 5
  fi
  sha256sum -c "$d_run/$d_live.sum" > /dev/null 2>&1 || printf '%s\n' "what it is started with was changed on disk"
  d_seen=
  for d_stray in $(d_carriers); do
    if ! d_of_launch "$d_stray" "$d_live" && d_is_ours "$d_stray"; then d_seen="$d_seen $d_stray"; fi
  done
  if [ -n "$d_seen" ]; then printf '%s\n' "processes of another start are there:$d_seen"; fi
}
if [ "$d_verify" -gt 0 ] && [ ! -e "$d_child_file" ]; then
  d_now
  d_last= d_last_boot=
  { read -r d_last d_last_boot < "$d_run/verified"; } 2> /dev/null
  if [ "$d_last_boot" != "$d_boot" ] || [ $((d_time - d_last)) -ge "$d_verify" ]; then
    d_drift > "$d_run/.drift.$$" 2> /dev/null
    if [ -e "$d_run/$d_live.ready" ]; then mv -f "$d_run/.drift.$$" "$d_run/drift"; else rm -f "$d_run/.drift.$$"; fi
    d_put "$d_run/verified" "$d_time $d_boot"
    d_log=$d_node/logs/output.log
    if [ "$(wc -c < "$d_log")" -gt "$d_log_bytes" ]; then
      for d_each in 4 3 2 1; do
        if [ -e "$d_log.$d_each" ]; then mv -f "$d_log.$d_each" "$d_log.$((d_each + 1))"; fi
      done
      # It is not renamed: the node keeps it open.
      cp "$d_log" "$d_log.1" && : > "$d_log"
    fi
  fi
  if [ -s "$d_run/drift" ]; then
    while IFS= read -r d_line; do d_say "drift $d_line"; done < "$d_run/drift"
  fi
fi

if [ -n "$d_check_text" ]; then
  d_check=$d_run/.check.$$.sh
  (umask 077; printf '%s' "$d_check_text" > "$d_check"; : > "$d_check.out")
  d_seconds "$d_check_limit"
  if d_limited check "$d_run/$d_live.sh" "$d_check_limit" "$d_check.out" "$d_check"; then d_say "check passed"; else d_say "check failed"; fi
  d_say "outcome $d_outcome"
  tail -n 1 "$d_check.out" | d_tail
  rm -f "$d_check" "$d_check.out"
fi
d_say end
