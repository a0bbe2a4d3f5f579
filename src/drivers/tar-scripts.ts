/**
 * Tar as volumes are packed and unpacked by it, in a container or on this host. Fixed texts for `sh -c TEXT sh …`: nothing is put
 * into them. GNU tar is the first choice: alone it keeps holes, extended attributes and ACLs. Exit code 127: this image has
 * none of the programs.
 */

/** Put before a script: exit code 127 where there is no GNU tar, though the script could do with less. */
export const GNU_TAR_ONLY = `
case "$(tar --version 2>/dev/null)" in *"GNU tar"*) ;; *) exit 127 ;; esac
`;

/**
 * Writes a tar of the folder `$1` to stdout; it may be in use meanwhile. Exit code 1: all there is, but some files changed or went
 * while they were read; 2: something is missing. Nothing that differs from run to run (access times, tar's process id) is
 * written, so that equal files give equal bytes.
 */
export const PACK_SCRIPT = `
cd "$1" || exit 2
has() { command -v "$1" >/dev/null 2>&1; }
case "$(tar --version 2>/dev/null)" in
*"GNU tar"*)
  exec tar --create --file=- --format=posix --numeric-owner --sort=name --sparse --xattrs --acls --warning=no-file-ignored \\
    --exclude=./.hublet-restore --pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f . ;;
esac
if has python3; then
  python3 -ISE -c 'import sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as tar: tar.add(".")' || exit 2
elif has busybox; then busybox tar -c -f - --numeric-owner . || exit 2
elif has tar; then tar -c -f - --numeric-owner . || exit 2
else exit 127
fi
`;

/** Where a tar is unpacked before its content goes to its place: one that breaks off must not look like a smaller home. */
const ASIDE = ".hublet-restore";

/** Exit code of `UNPACK_SCRIPT`: the folder is there already. */
export const FOLDER_TAKEN = 3;

/**
 * Says “ready”, then unpacks a tar from stdin aside of the other content of the folder `$1`. `$2`: folder that it will become, which
 * must not exist; or empty. `$3`: `extended` when the tar has pax headers, which busybox would drop. `$4`: `owners` to keep
 * owners, else all files become the caller's.
 */
export const UNPACK_SCRIPT = `
cd "$1" || exit 2
has() { command -v "$1" >/dev/null 2>&1; }
gnu() { case "$(tar --version 2>/dev/null)" in *"GNU tar"*) return 0 ;; esac; return 1; }
has tar || has busybox || has python3 || exit 127
[ "$3" != extended ] || gnu || has python3 || exit 127
if [ -n "$2" ] && { [ -e "./$2" ] || [ -L "./$2" ]; }; then exit ${FOLDER_TAKEN}; fi
rm -rf ./${ASIDE} && mkdir ./${ASIDE} || exit 2
echo ready
if gnu; then
  same=--no-same-owner
  [ "$4" != owners ] || same=--same-owner
  tar --extract --file=- --directory=./${ASIDE} --numeric-owner --preserve-permissions --xattrs --acls "$same" || exit 2
elif has python3; then
  python3 -ISE -c 'import sys, tarfile
with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as tar:
    tar.extraction_filter = lambda member, path: member
    tar.extractall(sys.argv[1], numeric_owner=True)' ./${ASIDE} || exit 2
else
  owner=-o
  [ "$4" != owners ] || owner=
  tar=tar
  has busybox && tar="busybox tar"
  $tar -x -p -f - -C ./${ASIDE} $owner || exit 2
fi
# What comes after the end of a tar would break the pipe.
cat >/dev/null 2>&1 || busybox cat >/dev/null
`;

/**
 * Gives what was unpacked its place in the folder `$1`. `$2`: `folder`, to become `$3`; `replace`, to take the place of everything
 * else; or `discard`. `$4` as above.
 */
export const SETTLE_SCRIPT = `
for program in rm mv chmod chown stat rmdir; do command -v $program >/dev/null 2>&1 || exit 127; done
cd "$1" || exit 2
there() { [ -e "$1" ] || [ -L "$1" ]; }
case "$2" in
discard) rm -rf ./${ASIDE}; exit ;;
folder) if there "./$3"; then exit ${FOLDER_TAKEN}; fi; mv ./${ASIDE} "./$3"; exit ;;
esac
[ -d ./${ASIDE} ] || exit 2
for old in ./* ./.[!.]* ./..?*; do
  if [ "$old" != ./${ASIDE} ] && there "$old"; then rm -rf "$old" || exit 2; fi
done
for new in ./${ASIDE}/* ./${ASIDE}/.[!.]* ./${ASIDE}/..?*; do
  if there "$new"; then mv "$new" . || exit 2; fi
done
chmod "$(stat -c %a ./${ASIDE})" . || exit 2
[ "$4" != owners ] || chown "$(stat -c %u:%g ./${ASIDE})" . || exit 2
rmdir ./${ASIDE}
`;

/** Makes `$2` (`uid:gid`) the owner of the folder `$1` and all that is in it; links are changed themselves, not followed. */
export const OWN_SCRIPT = `
has() { command -v "$1" >/dev/null 2>&1; }
if has chown; then exec chown -R -h "$2" "$1"
elif has busybox; then exec busybox chown -R -h "$2" "$1"
else exit 127
fi
`;
