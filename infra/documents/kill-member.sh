#!/bin/bash
# Kills the cluster member on this host and proves it. Run by the SSM agent as root.
#
# The order may be late, repeated, for an instance that is gone, or older than one already carried out: AWS checks none
# of that, so this script does. It says what it did in its last line and in its exit code:
#
#   0 killed, or already gone   10 bad parameter   11 too late   12 another instance   13 older fence number
#   14 the process is newer than the order   15 cannot remember the fence   16 another run is busy
#   20 the process does not die   21 something listens again   22 cannot see who listens
#
# The deployment tool reads dollar-brace-word-colon as a variable of its own: no such expansion below.
set -u
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

# Agents before 3.3.2746 know no environment variables and put the values into the text instead.
if [ -z "${SSM_InstanceId+x}" ]; then export SSM_InstanceId="{{InstanceId}}"; fi
if [ -z "${SSM_Fence+x}" ]; then export SSM_Fence="{{Fence}}"; fi
if [ -z "${SSM_NotAfter+x}" ]; then export SSM_NotAfter="{{NotAfter}}"; fi
if [ -z "${SSM_StartedBefore+x}" ]; then export SSM_StartedBefore="{{StartedBefore}}"; fi
if [ -z "${SSM_Service+x}" ]; then export SSM_Service="{{Service}}"; fi
if [ -z "${SSM_Port+x}" ]; then export SSM_Port="{{Port}}"; fi
if [ -z "${SSM_CaptureMs+x}" ]; then export SSM_CaptureMs="{{CaptureMs}}"; fi

# Where a host keeps its files; only tests set it.
root=${QUORATE_ROOT-}

finish() { # exit code, last line
  echo "$2"
  exit "$1"
}

now_ms() { date +%s%3N; }

# --------------------------------------------------------------------------------------------------- refusals

is_number() { case $1 in '' | *[!0-9]*) return 1 ;; *) [ "${#1}" -le 15 ] ;; esac; }

check_parameters() {
  command -v ss >/dev/null || finish 22 'failed: this host has no ss (iproute2) to see who listens'
  for name in Fence NotAfter StartedBefore Port CaptureMs; do
    variable=SSM_$name
    is_number "${!variable}" || finish 10 "refused: $name is not a number"
  done
  case $SSM_Service in
    '' | -* | *[!A-Za-z0-9:_.@-]*) finish 10 'refused: Service is not a unit name' ;;
  esac
}

refuse_late() {
  late_ms=$(($(now_ms) - 10#$SSM_NotAfter))
  if [ "$late_ms" -gt 0 ]; then finish 11 "refused: late by $(((late_ms + 999) / 1000)) s"; fi
}

refuse_other_host() {
  own=${AWS_SSM_INSTANCE_ID-}
  if [ -z "$own" ]; then
    own=$(cat "$root/var/lib/cloud/data/instance-id" 2>/dev/null) || own=unknown
  fi
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

take_lock() {
  lock_folder=$(writable_folder "$root/run/quorate" "$root/var/lib/quorate") ||
    finish 15 'refused: cannot remember the fence number, no folder is writable'
  exec 9>"$lock_folder/lock"
  flock -w 5 9 || finish 16 'refused: another run is busy on this host'
}

# The same number again is the same order delivered twice.
refuse_older_fence() {
  fence=$((10#$SSM_Fence))
  for folder in "$root/var/lib/quorate" "$root/run/quorate"; do
    known=$(cat "$folder/fence" 2>/dev/null) || continue
    is_number "$known" || continue
    if [ "$fence" -lt "$((10#$known))" ]; then finish 13 "refused: fence $fence is older than $known"; fi
  done
  fence_folder=$(writable_folder "$root/var/lib/quorate" "$root/run/quorate") &&
    echo "$fence" >"$fence_folder/fence.new" && mv "$fence_folder/fence.new" "$fence_folder/fence" ||
    finish 15 'refused: cannot remember the fence number'
}

# ------------------------------------------------------------------------------------------------ the process

# The unit's main process and whoever listens on the port: usually one and the same, two if a wrapper script started
# the JVM, and the port alone where the unit is unknown or there is no systemd.
find_processes() {
  main=$(systemctl show -p MainPID "$SSM_Service" 2>/dev/null) || main=
  main=${main#MainPID=}
  is_number "$main" && [ "$main" -gt 1 ] || main=
  listeners=$(listening_pids) || finish 22 "failed: something listens on port $SSM_Port and its process cannot be seen"
  printf '%s\n' $main $listeners | sort -un
}

listening_pids() {
  sockets=$(ss -ltnp "sport = :$SSM_Port" 2>/dev/null | grep LISTEN) || return 0
  pids=$(echo "$sockets" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -un)
  [ -n "$pids" ] && echo "$pids"
}

# Clock ticks from boot to the start of a process, and its state: what follows the last ")" in its stat.
stat_field() { # pid, number of the field (see proc(5))
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  set -- "$2" ${line##*)}
  shift "$(($1 - 2))"
  echo "$1"
}

start_ticks() { stat_field "$1" 22; }

# By the age of the process, which has the resolution of a clock tick (10 ms); the boot time in /proc/stat is in
# whole seconds and moves when the clock is set.
started_at_ms() {
  ticks=$(start_ticks "$1") || return 1
  hz=$(getconf CLK_TCK 2>/dev/null) || hz=100
  read -r up _ </proc/uptime
  up_ms=$((10#${up/./} * 10))
  echo $(($(now_ms) - up_ms + ticks * 1000 / hz))
}

# The number may have gone to another process; a zombie in the kernel's sense holds nothing any more.
is_running() { # pid
  [ -n "${ticks_of[$1]-}" ] && [ "$(start_ticks "$1")" = "${ticks_of[$1]}" ] && [ "$(stat_field "$1" 3)" != Z ]
}

declare -A ticks_of
told='' separator=''

refuse_newer_processes() {
  for pid in $pids; do
    [ "$pid" -gt 1 ] || finish 14 'refused: it is process 1 of this host'
    started=$(started_at_ms "$pid") || continue
    newer_ms=$((started - 10#$SSM_StartedBefore))
    if [ "$newer_ms" -gt 0 ]; then
      finish 14 "refused: pid $pid started $newer_ms ms after the member misbehaved, it is another process"
    fi
    ticks_of[$pid]=$(start_ticks "$pid")
    told="$told$separator$pid (started $(date -u -d "@$((started / 1000))" +%FT%TZ))"
    separator=', '
  done
}

# -------------------------------------------------------------------------------------------------- evidence

capture_jvm() {
  jcmd=$(dirname "$(readlink "/proc/$1/exe")")/jcmd
  [ -x "$jcmd" ] || jcmd=$(command -v jcmd) || jcmd=
  if [ -n "$jcmd" ]; then
    timeout -s KILL "$limit" "$jcmd" "$1" Thread.print >"$log-$1-threads.txt" 2>&1 &
    timeout -s KILL "$limit" "$jcmd" "$1" VM.metaspace >"$log-$1-metaspace.txt" 2>&1 &
  else
    # The dump goes to the service's own output, which is in the journal.
    kill -QUIT "$1"
  fi
}

# As much as can be had in CaptureMs. Everything runs beside the rest and is cut off: a hung JVM answers none of it.
capture() {
  log=$(writable_folder "$root/var/log/quorate" "$root/run/quorate") || return 0
  log=$log/fence-$fence
  limit=$(printf '%d.%03d' $((10#$SSM_CaptureMs / 1000)) $((10#$SSM_CaptureMs % 1000)))
  for pid in $pids; do
    cat "/proc/$pid/cmdline" "/proc/$pid/status" "/proc/$pid/limits" >"$log-$pid-process.txt"
    # Attaching sends SIGQUIT, which ends every other program.
    if grep -q libjvm "/proc/$pid/maps"; then capture_jvm "$pid"; fi
  done
  timeout -s KILL "$limit" ss -tanop >"$log-sockets.txt" &
  wait
}

capture_within() {
  [ "$((10#$SSM_CaptureMs))" -gt 0 ] || return 0
  deadline_ms=$(($(now_ms) + 10#$SSM_CaptureMs))
  # Without the lock and without this script's output, so that nothing waits for a straggler.
  capture 9>&- >/dev/null 2>&1 </dev/null &
  while kill -0 $! 2>/dev/null && [ "$(now_ms)" -lt "$deadline_ms" ]; do sleep 0.02; done
}

# ---------------------------------------------------------------------------------------------------- killing

# A stop job keeps systemd from starting the service again, wherever the unit file lies; a mask in /run would be
# shadowed by a unit file in /etc (systemd.unit(5)). Stopping alone may take 90 s with a hung JVM.
kill_processes() {
  timeout 2 systemctl stop --no-block "$SSM_Service" >/dev/null 2>&1 9>&-
  for pid in $pids; do
    if is_running "$pid"; then kill -KILL "$pid" 2>/dev/null; fi
  done
  timeout 2 systemctl kill -s SIGKILL "$SSM_Service" >/dev/null 2>&1 9>&-
}

prove() {
  deadline_ms=$(($(now_ms) + 2000))
  while :; do
    left=
    for pid in $pids; do is_running "$pid" && left=$pid; done
    listening=$(listening_pids) || listening=unseen
    if [ -z "$left$listening" ]; then return 0; fi
    [ "$(now_ms)" -lt "$deadline_ms" ] || break
    sleep 0.02
  done
  if [ -n "$left" ]; then
    finish 20 "failed: pid $left does not die (state $(stat_field "$left" 3)), fence $fence"
  fi
  finish 21 "failed: port $SSM_Port is listened on again by pid $(echo $listening)"
}

# Whatever else might start it: a timer, a dependency, a person. The instance is about to be replaced.
keep_down() { timeout 3 systemctl mask --runtime "$SSM_Service" >/dev/null 2>&1 9>&-; }

check_parameters
refuse_late
refuse_other_host
take_lock
refuse_older_fence

pids=$(find_processes) || finish $? "$pids"
refuse_newer_processes
# Nobody was found, or whoever was found has ended since.
if [ -z "$told" ]; then
  timeout 2 systemctl stop --no-block "$SSM_Service" >/dev/null 2>&1 9>&-
  keep_down
  finish 0 "already gone: $SSM_Service does not run and nothing listens on port $SSM_Port, fence $fence"
fi
capture_within
refuse_late
kill_processes
prove
keep_down
finish 0 "killed pid $told, fence $fence"
