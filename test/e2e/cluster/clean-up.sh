#!/bin/sh
# Waits until stdin ends, which it does when the tests are over, however that came, and removes what outlives their
# namespaces.   clean-up.sh FOLDER CGROUPS    the folder, and the cgroups whose names begin so
trap '' INT TERM HUP
cat > /dev/null
cgroups() { find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "$1*"; }
tries=0
# Processes that were killed a moment ago may still be ending.
while [ -n "$(cgroups "$2")" ] || [ -e "$1" ]; do
  tries=$((tries + 1))
  if [ $tries -gt 300 ]; then
    echo "left behind: $1 $(cgroups "$2" | tr '\n' ' ')" >&2
    exit 1
  fi
  cgroups "$2" | while read -r cgroup; do find "$cgroup" -depth -type d -exec rmdir {} \; 2> /dev/null; done
  rm -rf "$1" 2> /dev/null
  sleep 0.1
done
