# run/launcher.sh: what Drover or systemd starts, until it is the program. Of several that were started for one launch the
# first one takes it; where systemd sees to that (`again`, also when the host was restarted), the last one.
d_node=$1 d_launch=$2 d_mode=$3
d_run=$d_node/run
read -r d_boot < /proc/sys/kernel/random/boot_id
read -r d_line < /proc/$$/stat
d_read_start() { shift 19; d_start=$1; }
d_read_start ${d_line##*") "}
umask 077
if [ "$d_mode" = again ]; then rm -f "$d_run/$d_launch.pid"; fi
set -C
{ printf '%s\n' "$$" "$d_start" "$d_boot" . > "$d_run/$d_launch.pid"; } 2> /dev/null || exit 0
set +C
umask 022
d_wanted=
read -r d_wanted < "$d_run/wanted"
[ "$d_wanted" = "$d_launch" ] || exit 0
. "$d_run/$d_launch.sh" || exit 126
cd "$n_cwd" || exit 126
n_environment
n_program
