#!/bin/sh
# The first process of namespaces of its own: makes a system of the machine's files, with its writes, units, /run and
# /tmp apart, and becomes systemd. $1: a folder of the machine that is the same there.
set -eu
shared=$1
mount --make-rprivate /
base=$(mktemp -d)
mount -t tmpfs tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root" "$base/units"
root=$base/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for place in run tmp usr/lib/systemd/system-generators etc/systemd/system; do
  mount -t tmpfs tmpfs "$root/$place"
done
system=usr/lib/systemd/system
for unit in systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket basic.target \
  sysinit.target shutdown.target umount.target final.target multi-user.target timers.target sockets.target \
  paths.target slices.target dbus.socket dbus.service; do
  cp "/$system/$unit" "$base/units/"
done
mount --bind "$base/units" "$root/$system"
wants=$root/etc/systemd/system/multi-user.target.wants
mkdir "$wants"
for unit in systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service dbus.socket dbus.service; do
  ln -s "/$system/$unit" "$wants/$unit"
done
echo 0123456789abcdef0123456789abcdef >"$base/machine-id"
mount --bind "$base/machine-id" "$root/etc/machine-id"
mkdir -p "$root$shared"
mount --bind "$shared" "$root$shared"
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=multi-user.target --log-target=console </dev/null
