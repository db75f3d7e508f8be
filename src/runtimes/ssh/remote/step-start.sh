# Sees to it that exactly the wanted thing runs.
d_lock
d_watch
d_folders
d_texts
if d_find_wanted; then
  d_stop_all_but "$d_found"
  d_finish "$d_found"
  d_say end
  exit 0
fi
d_require_release
d_next
d_write_launch "$d_new"
d_require_program "$d_new"
d_find || d_pre_stops strict
d_put "$d_run/wanted" "$d_new"
d_stop_all_but "$d_new"
d_leave_systemd
d_switch "$d_digest"
d_hook postInstall "$d_run/$d_new.sh" || d_report_hook postInstall
sha256sum "$d_run/$d_new.sh" > "$d_run/$d_new.sum"
d_spawn "$d_new"
d_finish "$d_new"
d_forget "$d_new"
d_clean_releases
d_say end
