# Puts code under the running node, which sees it behind `current`. If postInstall fails, that goes back.
d_lock
d_watch
d_folders
d_texts
d_require_release
d_before=-
if d_first "$d_run/code"; then d_before=$d_word; fi
d_write_launch prepare
d_hook preInstall "$d_run/prepare.sh" || d_report_hook preInstall
d_switch "$d_digest"
d_hook postInstall "$d_run/prepare.sh" || { d_switch "$d_before"; d_report_hook postInstall; }
rm -f "$d_run/prepare.sh"
d_say end
