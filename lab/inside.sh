#!/bin/bash
# First process of the lab's namespaces: inside.sh PROGRAM ARGUMENT...
# Prepares the file system, runs the program, reaps orphans, and takes everything down when the program ends.
set -eu

# An ordinary user's PATH on Debian lacks iptables and tc.
export PATH=$PATH:/usr/sbin:/sbin

# A /run of the lab's own: the real one belongs to the machine (and to its root).
mount -t tmpfs -o mode=755 lab /run
mkdir -p /run/netns /run/lab/hosts

# An EC2 host has /var/lib/cloud and a place of Quorate's own beside it. The machine may have neither, and an
# ordinary user can make none. So /var/lib becomes a directory of links to the machine's, plus these two.
mkdir /run/lab/var-lib
mount -t tmpfs -o mode=755 lab /run/lab/var-lib
mkdir /run/lab/var-lib/.machine
mount --rbind /var/lib /run/lab/var-lib/.machine
for entry in /var/lib/*; do
  name=${entry##*/}
  case $name in
    cloud | quorate) ;;
    *) ln -s ".machine/$name" "/run/lab/var-lib/$name" ;;
  esac
done
mkdir /run/lab/var-lib/cloud /run/lab/var-lib/quorate
mount --move /run/lab/var-lib /var/lib
rmdir /run/lab/var-lib

ip link set lo up
touch /run/lab/inside

code=0
# In the foreground: it keeps the terminal, and bash reaps every orphan meanwhile.
"$@" || code=$?
exit "$code"
