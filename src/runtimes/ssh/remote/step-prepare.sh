# What is done before a start, once the release is there. Nothing that runs is touched.
d_lock
d_watch
d_folders
d_texts
if d_find; then d_say end; exit 0; fi
d_require_release
d_write_launch prepare
d_require_program prepare
d_hook preInstall "$d_run/prepare.sh" || d_report_hook preInstall
rm -f "$d_run/prepare.sh"
d_say end
