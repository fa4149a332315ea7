# The member's processes: whoever the unit runs, and whoever listens on its port.

require_sight() {
  command -v ss >/dev/null || finish 22 'failed: this host has no ss (iproute2) to see who listens'
}

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

declare -A ticks_of

# The number may have gone to another process; a zombie in the kernel's sense holds nothing any more.
is_running() { # pid
  [ -n "${ticks_of[$1]-}" ] && [ "$(start_ticks "$1")" = "${ticks_of[$1]}" ] && [ "$(stat_field "$1" 3)" != Z ]
}

# A stop job keeps systemd from starting the service again, wherever the unit file lies; a mask in /run would be
# shadowed by a unit file in /etc (systemd.unit(5)). It may take 90 s with a hung JVM, so nobody waits for it here.
ask_to_stop() { timeout 2 systemctl stop --no-block "$SSM_Service" >/dev/null 2>&1 9>&-; }

# Whatever else might start it: a timer, a dependency, a person. The instance is about to be replaced.
keep_down() { timeout 3 systemctl mask --runtime "$SSM_Service" >/dev/null 2>&1 9>&-; }
