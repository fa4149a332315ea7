#!/bin/bash
# What every order to a host has in common. The order may be late, repeated, for an instance that is gone, or older
# than one already carried out: AWS checks none of that, so the host does. What is done follows in a script of its own.
#
# An order says what it did in its last line and in its exit code. Common to all:
#
#   0 done, or nothing left to do   10 bad parameter   11 too late   12 another instance   13 older fence number
#   15 cannot remember the fence   16 another run is busy
#
# The deployment tool reads dollar-brace-word-colon as a variable of its own: no such expansion here or below.
set -u
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

# Where a host keeps its files; only tests set it.
root=${QUORATE_ROOT-}

finish() { # exit code, last line
  echo "$2"
  exit "$1"
}

now_ms() { date +%s%3N; }

is_number() { case $1 in '' | *[!0-9]*) return 1 ;; *) [ "${#1}" -le 15 ] ;; esac; }

# The document's patterns have said so already; an agent may be old, and a document may be edited.
require_numbers() { # names of parameters
  for name in "$@"; do
    variable=SSM_$name
    is_number "${!variable}" || finish 10 "refused: $name is not a number"
  done
}

require_unit() {
  case $SSM_Service in
    '' | -* | *[!A-Za-z0-9:_.@-]*) finish 10 'refused: Service is not a unit name' ;;
  esac
}

refuse_late() {
  late_ms=$(($(now_ms) - 10#$SSM_NotAfter))
  if [ "$late_ms" -gt 0 ]; then finish 11 "refused: late by $(((late_ms + 999) / 1000)) s"; fi
}

own_id() {
  own=${AWS_SSM_INSTANCE_ID-}
  if [ -z "$own" ]; then
    own=$(cat "$root/var/lib/cloud/data/instance-id" 2>/dev/null) || own=unknown
  fi
  echo "$own"
}

refuse_other_host() {
  own=$(own_id)
  [ "$own" = "$SSM_InstanceId" ] || finish 12 "refused: this host is $own, not $SSM_InstanceId"
}

# The first folder that can be written: a full or read-only disk must not save a zombie.
writable_folder() {
  for folder in "$@"; do
    # A name of its own: two runs that met here must not send each other to different folders and locks.
    probe=$folder/.probe.$BASHPID
    if mkdir -p "$folder" 2>/dev/null && : 2>/dev/null >"$probe" && rm "$probe"; then
      echo "$folder"
      return 0
    fi
  done
  return 1
}

take_lock() { # its name
  lock_folder=$(writable_folder "$root/run/quorate" "$root/var/lib/quorate") ||
    finish 15 'refused: cannot remember the fence number, no folder is writable'
  exec 9>"$lock_folder/$1"
  flock -w 5 9 || finish 16 'refused: another run is busy on this host'
}

# All orders about one victim are numbered by its eviction, whichever host they go to; orders about different victims
# say nothing of each other. The same number again is the same order delivered twice, or the next step.
refuse_older_fence() { # victim
  fence=$((10#$SSM_Fence))
  for folder in "$root/var/lib/quorate" "$root/run/quorate"; do
    known=$(cat "$folder/fence-$1" 2>/dev/null) || continue
    is_number "$known" || continue
    if [ "$fence" -lt "$((10#$known))" ]; then finish 13 "refused: fence $fence is older than $known"; fi
  done
  fence_folder=$(writable_folder "$root/var/lib/quorate" "$root/run/quorate") &&
    echo "$fence" >"$fence_folder/fence-$1.new" && mv "$fence_folder/fence-$1.new" "$fence_folder/fence-$1" ||
    finish 15 'refused: cannot remember the fence number'
}
