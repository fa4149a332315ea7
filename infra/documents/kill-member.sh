# Kills the cluster member on this host and proves it. Run by the SSM agent as root, behind order.sh and processes.sh.
#
# Its own exit codes:
#
#   0 killed, or already gone   14 the process is newer than the order   20 the process does not die
#   21 something listens again   22 cannot see who listens

# Agents before 3.3.2746 know no environment variables and put the values into the text instead.
if [ -z "${SSM_InstanceId+x}" ]; then export SSM_InstanceId="{{InstanceId}}"; fi
if [ -z "${SSM_Fence+x}" ]; then export SSM_Fence="{{Fence}}"; fi
if [ -z "${SSM_NotAfter+x}" ]; then export SSM_NotAfter="{{NotAfter}}"; fi
if [ -z "${SSM_StartedBefore+x}" ]; then export SSM_StartedBefore="{{StartedBefore}}"; fi
if [ -z "${SSM_Service+x}" ]; then export SSM_Service="{{Service}}"; fi
if [ -z "${SSM_Port+x}" ]; then export SSM_Port="{{Port}}"; fi
if [ -z "${SSM_CaptureMs+x}" ]; then export SSM_CaptureMs="{{CaptureMs}}"; fi

check_parameters() {
  require_sight
  require_numbers Fence NotAfter StartedBefore Port CaptureMs
  require_unit
}

# ------------------------------------------------------------------------------------------------ the process

# By the age of the process, which has the resolution of a clock tick (10 ms); the boot time in /proc/stat is in
# whole seconds and moves when the clock is set.
started_at_ms() {
  ticks=$(start_ticks "$1") || return 1
  hz=$(getconf CLK_TCK 2>/dev/null) || hz=100
  read -r up _ </proc/uptime
  up_ms=$((10#${up/./} * 10))
  echo $(($(now_ms) - up_ms + ticks * 1000 / hz))
}

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

kill_processes() {
  ask_to_stop
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

check_parameters
refuse_late
refuse_other_host
take_lock lock
refuse_older_fence "$SSM_InstanceId"

pids=$(find_processes) || finish $? "$pids"
refuse_newer_processes
# Nobody was found, or whoever was found has ended since.
if [ -z "$told" ]; then
  ask_to_stop
  keep_down
  finish 0 "already gone: $SSM_Service does not run and nothing listens on port $SSM_Port, fence $fence"
fi
capture_within
refuse_late
kill_processes
prove
keep_down
finish 0 "killed pid $told, fence $fence"
