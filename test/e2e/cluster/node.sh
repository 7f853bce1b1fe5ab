#!/bin/sh
# One node of the local cluster, as init of mount, network and process namespaces of its own, with a root file system that
# forgets: what is written outside of the cluster's folder lies in memory, and /hostmount is a small disk of its own.
#   node.sh NAME ADDRESS GATEWAY FOLDER BIN SIZE    FOLDER is the cluster's, BIN has the kubelet, SIZE is /hostmount's
# Waits for a line on stdin (its eth0 is there) before it starts.
set -eu
name=$1 address=$2 gateway=$3 folder=$4 bin=$5 size=$6
own=$folder/$name

mount -t tmpfs tmpfs "$own/memory"
mkdir "$own/memory/upper" "$own/memory/work" "$own/memory/root"
root=$own/memory/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$own/memory/upper,workdir=$own/memory/work" "$root"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mkdir -p "$root$folder" "$root$bin" "$root/hostmount" "$root/mnt"
mount --bind "$folder" "$root$folder"
mount --bind "$bin" "$root$bin"
# Not a tmpfs: what Pods write there would count as their memory.
truncate --size "$size" "$own/hostmount.ext4"
mkfs.ext4 -q -m 0 "$own/hostmount.ext4"
mount -o loop "$own/hostmount.ext4" "$root/hostmount"
cd "$root"
pivot_root . mnt
cd /
umount -l /mnt
# Pods get mounts that are made after their start only where they are shared.
mount --make-rshared /

read -r _
ip link set lo up
ip addr add "$address/24" dev eth0
ip link set eth0 up
ip route add default via "$gateway"

containerd -c "$own/containerd.toml" >> "$own/containerd.log" 2>&1 &
tries=0
until ctr -a "$own/containerd.sock" version > /dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 600 ] || exit 1
  sleep 0.1
done
# As systemd does it.
while :; do
  "$bin/kubelet" --kubeconfig="$folder/$name.kubeconfig" --config="$own/kubelet.yaml" --hostname-override="$name" \
    --node-ip="$address" --root-dir="$own/kubelet" --v=1 >> "$own/kubelet.log" 2>&1 || true
  sleep 1
done
