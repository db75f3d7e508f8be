# Whether the release is there and whole, and what another one has that could be taken over.
d_lock
d_watch
d_folders
d_state=absent
if [ -e "$d_node/releases/$d_digest.sums" ] && [ -d "$d_node/releases/$d_digest" ]; then
  d_state=present
  (cd "$d_node/releases/$d_digest" && LC_ALL=C sha256sum -c "../$d_digest.sums" 2> /dev/null) | grep -v ': OK$' |
    while IFS= read -r d_line; do d_say "bad $d_line"; done
  d_link() { [ "$(readlink "$d_node/releases/$d_digest/$1")" = "$2" ] || d_say "bad $1: FAILED"; }
  d_links
elif d_first "$d_run/code" && [ -e "$d_node/releases/$d_word.sums" ]; then
  d_say "basis $d_word"
  while IFS= read -r d_line; do d_say "sum $d_line"; done < "$d_node/releases/$d_word.sums"
  (cd "$d_node/releases/$d_word" && find . -type f -perm -100) | while IFS= read -r d_line; do d_say "executable $d_line"; done
fi
d_say "state $d_state"
d_say end
