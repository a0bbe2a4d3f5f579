#!/bin/sh
# Runs before the packages of the image are installed; $1 is the root file system.
# JupyterLab's package depends on some 570 Node packages, a compiler chain and a debugger that only its build reads, and
# JupyterHub's on the classic notebook, which JupyterLab's server would load (and with it 75 ms of imports) unused. One empty package that provides them lets apt install everything else as Debian made it: a third of the download and
# of the time. When it does not fit a suite, apt removes it again and installs the real ones: slower, never broken.
set -eu
root=$1
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
work="$root/tmp/hublet-stand-in"
mkdir -p "$work/DEBIAN"
{
  printf 'Package: hublet-stand-in\nVersion: 1\nArchitecture: all\nMaintainer: Hublet <root@localhost>\n'
  printf 'Description: stands in for packages that a running notebook server never reads\n'
  printf 'Provides: hublet-without-node'
  apt-cache dumpavail | awk '
    function provide(name, version) {
      if (seen[name, version]++) return
      printf version == "" ? ", %s" : ", %s (= %s)", name, version
    }
    BEGIN { RS = ""; FS = "\n" }
    {
      package = version = provides = ""
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^Package: /) package = substr($i, 10)
        else if ($i ~ /^Version: /) version = substr($i, 10)
        else if ($i ~ /^Provides: /) provides = substr($i, 11)
      }
      if (package !~ /^(node-.*|nodejs|jest|ts-jest|webpack|yarnpkg|gdb|perl|liberror-perl|git-man|python3-notebook)$/) next
      provide(package, version)
      count = split(provides, names, /, */)
      for (i = 1; i <= count; i++) {
        if (names[i] ~ /^(perl|libperl)/) continue
        parts = split(names[i], part, /[ ()=]+/)
        provide(part[1], parts >= 2 ? part[2] : "")
      }
    }'
  printf '\n'
} > "$work/DEBIAN/control"
chmod -R u=rwX,go=rX "$work"
dpkg-deb --build "$work" "$root/tmp/hublet-stand-in.deb"
chroot "$root" dpkg --install /tmp/hublet-stand-in.deb
rm -rf "$work" "$root/tmp/hublet-stand-in.deb"
