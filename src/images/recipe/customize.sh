#!/bin/sh
# Runs after the packages of the image are installed; $1 is the root file system.
# Adds the user and Jupyter's settings, then deletes what a running server never reads. dpkg's status stays, so that
# `dpkg -l` in a server still lists every package with its version.
set -eu
root=$1
recipe=$(dirname "$0")

echo "hublet: settings"
chroot "$root" useradd --uid 1000 --gid 100 --create-home --shell /bin/bash jovyan
mkdir -p "$root/etc/jupyter/labconfig" "$root/usr/local/bin"
cp "$recipe/jupyter_server_config.json" "$root/etc/jupyter/jupyter_server_config.json"
cp "$recipe/page_config.json" "$root/etc/jupyter/labconfig/page_config.json"
chmod 0644 "$root/etc/jupyter/jupyter_server_config.json" "$root/etc/jupyter/labconfig/page_config.json"
for name in jupyter-lab jupyterhub-singleuser; do
  cp "$recipe/$name" "$root/usr/local/bin/$name"
  chmod 0755 "$root/usr/local/bin/$name"
done
# This extension only serves settings of the classic notebook's time, and loads all of IPython to do so: 200 ms a start.
rm -f "$root/etc/jupyter/jupyter_server_config.d/notebook_shim.json"
# `pip install` goes to the person's home; the image itself is read-only to them, so nothing of Debian's can break.
rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
# The mirror's settings and any password in its address belong to the host.
rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
sed -i 's#//[^/@ ]*@#//#' "$root/etc/apt/sources.list"

echo "hublet: slimming"
cd "$root"
rm -rf usr/share/nodejs usr/share/doc/* usr/share/man/* usr/share/info/* usr/share/locale/* usr/share/lintian \
  usr/share/bug usr/include usr/src var/cache/debconf/*-old var/log/*.log var/log/apt
rm -f var/lib/dpkg/info/*.list var/lib/dpkg/info/*.md5sums var/lib/dpkg/*-old usr/lib/*/*.a
rm -rf usr/share/jupyterhub/static/components usr/share/bootstrap-html usr/share/zsh
find usr/share/jupyter usr/share/jupyterhub usr/share/javascript -name '*.map' -delete
rm -rf usr/lib/python3/dist-packages/*/tests usr/lib/python3/dist-packages/*-stubs
