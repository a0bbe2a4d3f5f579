/** How files are put into a home, in a container or on this host. Fixed text for `sh -c TEXT sh …`: nothing is put into it. */

/** Exit code of `FILL_SCRIPT`: the home wants nothing (`.no-skeleton`). */
export const DECLINED = 4;

/** A tar with nothing in it: its end alone. */
export async function* emptyTar(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(1024);
}

/**
 * Says “ready”, then puts what a tar from stdin holds into the folder `$1` where it has nothing of that name. It is unpacked aside
 * first, by the caller and as the caller's files, so what breaks off leaves nothing. Folders that are there on both sides are
 * gone through; a link of the home is a thing that is there, wherever it leads. Exit code 127: none of the programs is there.
 */
export const FILL_SCRIPT = `
cd "$1" || exit 2
there() { [ -e "$1" ] || [ -L "$1" ]; }
has() { command -v "$1" >/dev/null 2>&1; }
if there ./.no-skeleton; then exit ${DECLINED}; fi
has tar || has busybox || has python3 || exit 127
rm -rf ./.hublet-skeleton && mkdir -m 0700 ./.hublet-skeleton || exit 2
echo ready
if has tar; then tar -x -p -o -f - -C ./.hublet-skeleton
elif has busybox; then busybox tar -x -p -o -f - -C ./.hublet-skeleton
else python3 -ISE -c 'import sys, tarfile
with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as tar:
    tar.extraction_filter = lambda member, path: member
    tar.chown = lambda *ignored: None
    tar.extractall(sys.argv[1])' ./.hublet-skeleton
fi || { rm -rf ./.hublet-skeleton; exit 2; }
cat >/dev/null 2>&1 || busybox cat >/dev/null
merge() {
  for new in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    there "$new" || continue
    home="./\${new#./.hublet-skeleton/}"
    if [ -d "$new" ] && ! [ -L "$new" ] && [ -d "$home" ] && ! [ -L "$home" ]; then
      ( merge "$new" ) || return 2
    elif ! there "$home"; then
      mv "$new" "$home" || return 2
    fi
  done
}
merge ./.hublet-skeleton
code=$?
rm -rf ./.hublet-skeleton
exit $code
`;
