/**
 * The few lines of shell between Drover and the program. They make a start happen exactly once, whatever
 * dies when.
 *
 * The danger: Drover forks a process and is killed before it can write down its pid. The next Drover knows
 * nothing of that process and starts a second one. So the pid is written down by the process itself, before
 * it becomes the program (`exec` keeps the pid):
 *
 * 1. It makes `<launch>.pid`, if there is none (`set -C`), and writes pid, start time, boot and port into it. Of
 *    two processes started for one launch, the second fails here and leaves quietly. So Drover may spawn again
 *    whenever it sees no pid file.
 * 2. Then it reads which launch is wanted, and leaves if it is not this one. Drover in turn first writes
 *    what is wanted and then looks for pid files of other launches, to stop what they name. Whichever way
 *    these four steps interleave, either the process sees that it is no longer wanted, or Drover sees its
 *    pid file: both "write mine, then read the other's", so at least one of them reads the other's write.
 *
 * What is wanted is in `wanted-<term>`, and only the file of the highest term counts: a Drover whose lease
 * has passed on writes into a file that nobody obeys any more. The loop is for the moment in which a higher
 * term has replaced the file between listing and reading it.
 *
 * A file that was made and is not written to its end (its last line break is missing) belongs to a process that
 * has not looked yet what is wanted, and for the same reason will see what Drover wrote before it read the file. It
 * is never taken away but with the node: while it is there, no later process can take that launch.
 *
 * Only what the shell does by itself is used: on a busy host each program that it would have to start (`ln`, `rm`)
 * takes longer than all the rest.
 *
 * A removed node has no run folder, so a late process fails at its first step. After its last step nothing of
 * the shell is left: the process, its session and its group are the program's.
 *
 * All variables are named drover_… because assigning one that the node's environment has too would change it
 * for the program.
 *
 * Arguments: run folder, launch, boot id, port or `-`, open files or `-`, data segment in KiB or `-`, program…
 */
export const LAUNCHER = `
set -f
drover_run=$1 drover_launch=$2 drover_boot=$3 drover_port=$4 drover_files=$5 drover_data=$6
shift 6
drover_read_start() { shift 19; drover_start=$1; }
if [ -r "/proc/$$/stat" ]; then
  read -r drover_stat < "/proc/$$/stat"
  drover_read_start \${drover_stat##*") "}
else
  drover_start=$(LC_ALL=C TZ=UTC command -p ps -o lstart= -p $$ | command -p sed 's/^ *//; s/ *$//')
fi
set -C
{
  printf '%s\\n%s\\n%s\\n%s\\n' "$$" "$drover_start" "$drover_boot" "$drover_port" > "$drover_run/$drover_launch.pid"
} 2> /dev/null || exit 0
set +C
drover_wanted=
while :; do
  set +f
  drover_top=
  for drover_file in "$drover_run"/wanted-*; do
    drover_term=\${drover_file##*/wanted-}
    case $drover_term in *[!0-9]*) continue ;; esac
    if [ -z "$drover_top" ] || [ "$drover_term" -gt "$drover_top" ]; then drover_top=$drover_term; fi
  done
  set -f
  [ -n "$drover_top" ] || exit 0
  if { read -r drover_wanted < "$drover_run/wanted-$drover_top"; } 2> /dev/null; then break; fi
done
[ "$drover_wanted" = "$drover_launch" ] || exit 0
[ "$drover_files" = - ] || ulimit -n "$drover_files" || exit 126
[ "$drover_data" = - ] || ulimit -d "$drover_data" || exit 126
exec "$@" < /dev/null
`
