# run/hook.sh: becomes a hook, or a check, of a launch, in the node's environment.
d_node=$1 d_hook=$3 d_launch=${2##*/}
d_launch=${d_launch%.sh}
. "$2"
if [ -n "$4" ]; then . "$4"; fi
cd "$n_cwd" || exit 126
n_environment
"n_hook_$d_hook"
