# Takes in a release: `files/` and `sums` come as a tar on standard input. What is the same in the basis is linked from
# there. Only a release that is whole gets its name, and it is whole once its sums have theirs, which comes last.
d_lock
d_folders
d_release=$d_node/releases/$d_digest
for d_each in "$d_node"/releases/.new-*; do d_remove_tree "$d_each"; done
d_new=$d_node/releases/.new-$d_mine
d_damaged() {
  d_remove_tree "$d_new"
  d_fail release_damaged "$1"
}
d_is_whole() { [ ! -s "$d_new/sums" ] || (cd "$1" && sha256sum -c "$d_new/sums" > /dev/null 2>&1); }
mkdir "$d_new" || d_fail runtime_failed "cannot make folder $d_new"
if [ "$d_basis" != - ]; then
  cp -a -l "$d_node/releases/$d_basis" "$d_new/files" 2> /dev/null || {
    d_remove_tree "$d_new/files"
    cp -a "$d_node/releases/$d_basis" "$d_new/files"
  }
  find "$d_new/files" -type d -exec chmod u+w {} +
  printf '%s\n' "$d_stale" | while IFS= read -r d_line; do
    if [ -n "$d_line" ]; then rm -f "$d_new/files/$d_line"; fi
  done
  find "$d_new/files" -depth -type d -exec rmdir {} + 2> /dev/null
fi
tar -x -o -f - -C "$d_new" <&3 || d_damaged "the code did not arrive whole, or the disk is full"
[ -e "$d_new/sums" ] || d_damaged "the code did not arrive whole"
mkdir -p "$d_new/files"
if [ "$d_mend" = 1 ]; then
  find "$d_release" -type d -exec chmod u+w {} +
  (cd "$d_new/files" && find . -type d) | while IFS= read -r d_line; do mkdir -p "$d_release/$d_line"; done
  (cd "$d_new/files" && find . ! -type d) | while IFS= read -r d_line; do
    mv -T -f "$d_new/files/$d_line" "$d_release/$d_line"
  done
  find "$d_release" -type d -exec chmod 0555 {} +
  d_is_whole "$d_release" || d_damaged "the files that were mended are not what they should be"
  rm -f "$d_run/drift" "$d_run/verified"
else
  d_is_whole "$d_new/files" || d_damaged "a file is not what it should be"
  rm -f "$d_release.sums"
  d_remove_tree "$d_release"
  find "$d_new/files" -type d -exec chmod 0555 {} +
  chmod u+w "$d_new/files"
  mv -T "$d_new/files" "$d_release" && chmod 0555 "$d_release" || d_damaged "cannot make $d_release"
  mv -f "$d_new/sums" "$d_release.sums"
fi
d_remove_tree "$d_new"
d_say end
