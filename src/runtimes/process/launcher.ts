/**
 * The few lines of shell between Drover and the program. They make a start happen exactly once, whatever
 * dies when.
 *
 * The danger: Drover forks a process and is killed before it can write down its pid. The next Drover knows
 * nothing of that process and starts a second one. So the pid is written down by the process itself, before
 * it becomes the program (`exec` keeps the pid):
 *
 * 1. It writes pid, start time, boot and port into a file of its own, and hard-links that to
 *    `<launch>.pid`. A link is made whole or not at all, and only once: of two processes started for one
 *    launch, the second fails here and leaves quietly. So Drover may spawn again whenever it sees no pid file.
 * 2. Then it reads which launch is wanted, and leaves if it is not this one. Drover in turn first writes
 *    what is wanted and then looks for pid files of other launches, to stop what they name. Whichever way
 *    these four steps interleave, either the process sees that it is no longer wanted, or Drover sees its
 *    pid file: both "write mine, then read the other's", so at least one of them reads the other's write.
 *
 * What is wanted is in `wanted-<term>`, and only the file of the highest term counts: a Drover whose lease
 * has passed on writes into a file that nobody obeys any more. The loop is for the moment in which a higher
 * term has replaced the file between listing and reading it.
 *
 * A removed node has no run folder, so a late process fails at its first step. After its last step nothing of
 * the shell is left: the process, its session and its group are the program's.
 *
 * Arguments: run folder, launch, boot id, port or `-`, open files or `-`, data segment in KiB or `-`, program…
 */
export const LAUNCHER = `
set -f
run=$1 launch=$2 boot=$3 port=$4 files=$5 data=$6
shift 6
field() { shift 19; printf %s "$1"; }
if [ -r "/proc/$$/stat" ]; then
  read -r stat < "/proc/$$/stat"
  start=$(field \${stat##*") "})
else
  start=$(LC_ALL=C TZ=UTC command -p ps -o lstart= -p $$ | command -p sed 's/^ *//; s/ *$//')
fi
mine=$run/.$launch.$$
printf '%s\\n%s\\n%s\\n%s\\n' "$$" "$start" "$boot" "$port" > "$mine" || exit 0
command -p ln "$mine" "$run/$launch.pid" 2> /dev/null
linked=$?
command -p rm -f "$mine"
[ $linked = 0 ] || exit 0
wanted=
while :; do
  set +f
  top=
  for file in "$run"/wanted-*; do
    term=\${file##*/wanted-}
    case $term in *[!0-9]*) continue ;; esac
    if [ -z "$top" ] || [ "$term" -gt "$top" ]; then top=$term; fi
  done
  set -f
  [ -n "$top" ] || exit 0
  if { read -r wanted < "$run/wanted-$top"; } 2> /dev/null; then break; fi
done
[ "$wanted" = "$launch" ] || exit 0
[ "$files" = - ] || ulimit -n "$files" || exit 126
[ "$data" = - ] || ulimit -d "$data" || exit 126
exec "$@"
`
