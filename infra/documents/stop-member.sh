# Stops the cluster member on this host in good order and proves it. Run by the SSM agent as root, behind order.sh and
# processes.sh. It kills nobody: when the time passes it says so, and whoever sent the order decides what follows.
#
# Its own exit codes:
#
#   0 stopped, or already gone   20 still there when the time had passed   21 systemd takes no stop of this unit
#   22 cannot see who listens

# Agents before 3.3.2746 know no environment variables and put the values into the text instead.
if [ -z "${SSM_InstanceId+x}" ]; then export SSM_InstanceId="{{InstanceId}}"; fi
if [ -z "${SSM_Fence+x}" ]; then export SSM_Fence="{{Fence}}"; fi
if [ -z "${SSM_NotAfter+x}" ]; then export SSM_NotAfter="{{NotAfter}}"; fi
if [ -z "${SSM_StopMs+x}" ]; then export SSM_StopMs="{{StopMs}}"; fi
if [ -z "${SSM_Service+x}" ]; then export SSM_Service="{{Service}}"; fi
if [ -z "${SSM_Port+x}" ]; then export SSM_Port="{{Port}}"; fi

check_parameters() {
  require_sight
  require_numbers Fence NotAfter StopMs Port
  require_unit
}

seconds_since() { # ms
  tenths=$((($(now_ms) - $1 + 50) / 100))
  echo "$((tenths / 10)).$((tenths % 10))"
}

# Until nobody of those who ran is left, and nobody listens.
wait_for_end() {
  while :; do
    left=
    for pid in $pids; do is_running "$pid" && left="$left$pid "; done
    listening=$(listening_pids) || listening=unseen
    if [ -z "$left$listening" ]; then return 0; fi
    [ "$(now_ms)" -lt "$deadline_ms" ] || return 1
    sleep 0.1
  done
}

check_parameters
refuse_late
refuse_other_host
take_lock lock
refuse_older_fence "$SSM_InstanceId"

pids=$(find_processes) || finish $? "$pids"
for pid in $pids; do ticks_of[$pid]=$(start_ticks "$pid"); done
began_ms=$(now_ms)
deadline_ms=$((began_ms + 10#$SSM_StopMs))
asked=yes
ask_to_stop || asked=no
if [ -z "$pids" ]; then
  keep_down
  finish 0 "already gone: $SSM_Service does not run and nothing listens on port $SSM_Port, fence $fence"
fi
if [ "$asked" = no ]; then finish 21 "failed: systemd takes no stop of $SSM_Service, fence $fence"; fi
# A kill that comes meanwhile must not wait for this.
exec 9>&-
if ! wait_for_end; then
  finish 20 "failed: pid $(echo $left $listening | tr ' ' '\n' | sort -un | xargs) is still there after $(seconds_since "$began_ms") s, fence $fence"
fi
keep_down
finish 0 "stopped pid $(echo $pids) in $(seconds_since "$began_ms") s, fence $fence"
