# Stops what runs, and keeps its files.
if [ ! -d "$d_node" ]; then d_check_term; d_say end; exit 0; fi
d_lock
d_watch
d_pre_stops strict
d_put "$d_run/wanted" -
d_stop_all_but -
d_leave_systemd
d_forget -
d_say end
