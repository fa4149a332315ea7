# How a host refuses a peer (`address`, of instance `peer_id`), and how it stops. This also runs by itself when the
# fence expires.

# The mark on our routes, beside the metric: no routing daemon has this number (iproute2, rt_protos).
mark='proto 77 metric 1'

# Every network namespace of this host: its inode, and the oldest process in it.
all_namespaces() {
  stat -Lc '%i %n' /proc/[0-9]*/ns/net 2>/dev/null | sed 's|/proc/||; s|/ns/net||' |
    sort -n -k1,1 -k2,2 | awk '!seen[$1]++'
}

own_namespace() { stat -Lc %i /proc/self/ns/net; }

# The process that leads into a namespace; nothing when the namespace is gone. A number may have gone to another process.
way_into() { # inode
  inside=$(echo "$spaces" | sed -n "s/^$1 //p")
  if [ "$(stat -Lc %i "/proc/$inside/ns/net" 2>/dev/null)" != "$1" ]; then
    spaces=$(all_namespaces)
    inside=$(echo "$spaces" | sed -n "s/^$1 //p")
  fi
  echo "$inside"
}

# Fails without a word when the namespace is gone, and everything in it too.
in_namespace() { # inode, command
  wanted=$1
  shift
  if [ "$wanted" = "$here" ]; then
    "$@"
  else
    inside=$(way_into "$wanted")
    [ -n "$inside" ] && nsenter --net="/proc/$inside/ns/net" -- "$@"
  fi
}

here=$(own_namespace)
spaces=$(all_namespaces)

# ------------------------------------------------------------------------------------------------ block, unblock

list_route() { in_namespace "$1" ip route show "$address/32" $mark 2>/dev/null; }

nft_table() { echo "quorate_$peer_id" | tr - _; }

# The comment tells our rule from one that somebody else wrote alike.
iptables_rule() { # inode, command
  in_namespace "$1" iptables -w 2 "$2" OUTPUT -p tcp -d "$address/32" -m comment --comment "quorate $peer_id" \
    -j REJECT --reject-with tcp-reset 2>/dev/null
}

block() { # inode, way
  case $2 in
    route)
      [ -n "$(list_route "$1")" ] || in_namespace "$1" ip route add prohibit "$address/32" $mark 2>/dev/null
      ;;
    nft)
      # One transaction, and the same table however often it runs.
      in_namespace "$1" nft -f - 2>/dev/null <<RULES
add table ip $(nft_table)
delete table ip $(nft_table)
add table ip $(nft_table)
add chain ip $(nft_table) output { type filter hook output priority -1; }
add rule ip $(nft_table) output ip daddr $address ip protocol tcp reject with tcp reset
RULES
      ;;
    # In OUTPUT only: a rule in INPUT would swallow the resets that this one sends to the local socket.
    iptables) iptables_rule "$1" -C || iptables_rule "$1" -I ;;
  esac
}

# Whatever of ours is there, however often it was added.
unblock() { # inode
  for _ in 1 2 3 4 5 6 7 8 9; do
    in_namespace "$1" ip route del prohibit "$address/32" $mark 2>/dev/null || break
  done
  in_namespace "$1" nft delete table ip "$(nft_table)" 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9; do iptables_rule "$1" -D || break; done
}

# Also when iptables cannot say, because another program holds its lock (exit code 4): somebody has to come back.
is_blocked() { # inode
  if [ -n "$(list_route "$1")" ] || in_namespace "$1" nft list table ip "$(nft_table)" >/dev/null 2>&1; then return 0; fi
  iptables_rule "$1" -C
  case $? in 0 | 4) return 0 ;; *) return 1 ;; esac
}

# ----------------------------------------------------------------------------------------------------- expiry

# Seconds since boot, in ms: moves with no clock that somebody sets.
up_ms() {
  read -r up _ </proc/uptime
  echo $((10#${up/./} * 10))
}

# Waits until the fence is over, renewals included, and takes it away. One of these is enough for each peer.
expire() { # record, lock
  here=$(own_namespace)
  spaces=$(all_namespaces)
  exec 8>"$1.waits"
  flock -w 5 8 || return 0
  while read -r until_ms address namespaces 2>/dev/null <"$1"; do
    left_ms=$((until_ms - $(up_ms)))
    # In short steps: it may be lifted, or renewed, at any time.
    if [ "$left_ms" -gt 2000 ]; then
      sleep 2
    elif [ "$left_ms" -gt 0 ]; then
      sleep "$(printf '%d.%03d' $((left_ms / 1000)) $((left_ms % 1000)))"
    else
      exec 9>"$2"
      flock -w 30 9
      # It may have been renewed before the lock was free.
      if read -r until_ms address namespaces 2>/dev/null <"$1" && [ "$until_ms" -le "$(up_ms)" ]; then remove_fence "$1"; fi
      exec 9>&-
    fi
  done
}

# The record goes last: as long as something of ours may be left, somebody comes back to it.
remove_fence() { # record
  still=
  for inode in $namespaces; do
    unblock "$inode"
    if is_blocked "$inode"; then still=yes; fi
  done
  if [ -n "$still" ]; then sleep 1; return 1; fi
  rm -f "$1"
}
