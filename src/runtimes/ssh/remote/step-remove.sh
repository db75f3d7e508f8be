# Stops the node and removes it. Its folder is moved away at once, so that half a node is never taken for one.
d_lock
d_watch
if [ -d "$d_node" ]; then
  d_pre_stops lenient
  if [ -d "$d_run" ]; then d_put "$d_run/wanted" -; fi
  d_stop_all_but -
  d_leave_systemd
  mv -T "$d_node" "$d_control/removed.$d_mine" || d_fail runtime_failed "cannot remove $d_node"
fi
for d_each in "$d_control"/removed.*; do d_remove_tree "$d_each"; done
d_say end
