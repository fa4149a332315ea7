# Makes this host refuse one peer of its member, or stop refusing it, and proves it. Run by the SSM agent as root on
# the hosts of the core, behind order.sh and fence-ways.sh, when the victim's own host does not execute orders.
#
# Its own exit codes:
#
#   0 fenced, or lifted   14 an address that is never refused   17 more than a minority would be fenced
#   20 it could not be proven, and nothing is left of the try   21 it would not expire by itself
#   22 no ip (iproute2) to look with   23 something of the fence is left

# Agents before 3.3.2746 know no environment variables and put the values into the text instead.
if [ -z "${SSM_Action+x}" ]; then export SSM_Action="{{Action}}"; fi
if [ -z "${SSM_Hosts+x}" ]; then export SSM_Hosts="{{Hosts}}"; fi
if [ -z "${SSM_PeerId+x}" ]; then export SSM_PeerId="{{PeerId}}"; fi
if [ -z "${SSM_PeerAddress+x}" ]; then export SSM_PeerAddress="{{PeerAddress}}"; fi
if [ -z "${SSM_Fence+x}" ]; then export SSM_Fence="{{Fence}}"; fi
if [ -z "${SSM_NotAfter+x}" ]; then export SSM_NotAfter="{{NotAfter}}"; fi
if [ -z "${SSM_Until+x}" ]; then export SSM_Until="{{Until}}"; fi
if [ -z "${SSM_Seats+x}" ]; then export SSM_Seats="{{Seats}}"; fi
if [ -z "${SSM_Networks+x}" ]; then export SSM_Networks="{{Networks}}"; fi
if [ -z "${SSM_Service+x}" ]; then export SSM_Service="{{Service}}"; fi
if [ -z "${SSM_Port+x}" ]; then export SSM_Port="{{Port}}"; fi

# However long was asked for: a fence that everybody has forgotten ends.
longest_ms=600000

# --------------------------------------------------------------------------------------------------- refusals

number_of() { # dotted quad
  octet='(0|[1-9][0-9]{0,2})'
  [[ $1 =~ ^$octet\.$octet\.$octet\.$octet$ ]] || return 1
  sum=0
  for part in "${BASH_REMATCH[@]}"; do
    [ "$part" != "$1" ] || continue
    [ "$part" -le 255 ] || return 1
    sum=$((sum * 256 + part))
  done
  echo "$sum"
}

is_inside() { # number, block
  base=$(number_of "${2%/*}") || return 1
  shift_by=$((32 - 10#${2#*/}))
  [ "$(($1 >> shift_by))" -eq "$((base >> shift_by))" ]
}

check_parameters() {
  command -v ip >/dev/null || finish 22 'failed: this host has no ip (iproute2) to look with'
  require_numbers Fence NotAfter Until Seats Port
  require_unit
  case $SSM_Action in fence | lift) ;; *) finish 10 'refused: Action is neither fence nor lift' ;; esac
  id='i-[0-9a-f]{8,17}'
  [[ $SSM_PeerId =~ ^$id$ ]] || finish 10 'refused: PeerId is not an instance id'
  [[ $SSM_Hosts =~ ^$id(,$id)*$ ]] || finish 10 'refused: Hosts are not instance ids'
  [[ $SSM_Networks =~ ^[0-9./]+(,[0-9./]+)*$ ]] || finish 10 'refused: Networks are not blocks of addresses'
  for block in ${SSM_Networks//,/ }; do
    [[ $block =~ /([0-9]|[12][0-9]|3[0-2])$ ]] && number_of "${block%/*}" >/dev/null ||
      finish 10 'refused: Networks are not blocks of addresses'
  done
  peer_id=$SSM_PeerId
  address=$SSM_PeerAddress
  peer=$(number_of "$address") || finish 10 'refused: PeerAddress is not an IPv4 address'
}

refuse_unless_meant() {
  own=$(own_id)
  case ,$SSM_Hosts, in *",$own,"*) ;; *) finish 12 "refused: this host is $own, not one of $SSM_Hosts" ;; esac
  [ "$own" != "$peer_id" ] || finish 12 "refused: this host is $own, the peer itself"
}

# What a host cannot do without, and whoever is not of the fleet.
refuse_address() {
  for block in 0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/3; do
    if is_inside "$peer" "$block"; then finish 14 "refused: $address is in $block, where no peer is"; fi
  done
  foreign=yes
  for block in ${SSM_Networks//,/ }; do
    if is_inside "$peer" "$block"; then foreign=no; fi
  done
  [ "$foreign" = no ] || finish 14 "refused: $address is not in the fleet's networks"
  for inode in $here $namespaces; do
    if in_namespace "$inode" ip -4 -o addr show | grep -qF " $address/"; then
      finish 14 "refused: $address is this host's own"
    fi
    if in_namespace "$inode" ip -4 route show table all | grep -qE "via ${address//./\\.}( |\$)"; then
      finish 14 "refused: $address is a gateway"
    fi
  done
  # systemd-resolved keeps the real ones in a file of its own.
  if cat "$root/etc/resolv.conf" "$root/run/systemd/resolve/resolv.conf" 2>/dev/null |
    grep -qE "^nameserver +${address//./\\.} *\$"; then
    finish 14 "refused: $address is a resolver"
  fi
}

# A host that refuses half of the fleet would be the one that is cut off.
refuse_majority() {
  others=0
  for other in "$fences"/i-*; do
    case ${other##*/} in *.* | "$peer_id") continue ;; esac
    read -r until_ms _ 2>/dev/null <"$other" || continue
    left_ms=$((until_ms - $(up_ms)))
    # What would last longer than any fence may is from before a reboot.
    if [ "$left_ms" -gt 0 ] && [ "$left_ms" -le "$longest_ms" ]; then others=$((others + 1)); fi
  done
  minority=$(((10#$SSM_Seats - 1) / 2))
  if [ "$((others + 1))" -gt "$minority" ]; then
    finish 17 "refused: with $others fenced already, one more is no minority of $((10#$SSM_Seats))"
  fi
}

# A renewal that was sent before the lift and comes after it must not bring the fence back.
refuse_lifted() {
  read -r lifted not_after_ms 2>/dev/null <"$record.lifted" || return 0
  if [ "$lifted" = "$fence" ] && [ "$((10#$SSM_NotAfter))" -lt "$not_after_ms" ]; then
    finish 13 "refused: fence $fence was lifted by a later order"
  fi
}

# ------------------------------------------------------------------------------------------------------ where

# Connections to the peer in a network namespace, established or on their way, one a line. From the kernel's own
# table, in which addresses are hexadecimal and the last octet comes first; a JVM's may be IPv6 in form.
connections() { # inode
  in_namespace "$1" sh -c 'cat /proc/net/tcp && { cat /proc/net/tcp6 2>/dev/null || :; }' 2>/dev/null |
    awk -v peer="$(printf '%02X%02X%02X%02X' $((peer & 255)) $((peer >> 8 & 255)) $((peer >> 16 & 255)) $((peer >> 24)))" '
      { split($3, remote, ":") }
      ($4 == "01" || $4 == "02") && (remote[1] == peer || remote[1] == "0000000000000000FFFF0000" peer) { print $2, $3 }'
}

# The member's network namespace: a container may have its own. That of its unit's main process, and, where a container
# engine stands between, every other one that is connected to the peer.
find_namespaces() {
  main=$(systemctl show -p MainPID "$SSM_Service" 2>/dev/null) || main=
  main=${main#MainPID=}
  {
    is_number "$main" && [ "$main" -gt 1 ] && stat -Lc %i "/proc/$main/ns/net" 2>/dev/null || echo "$here"
    echo "$spaces" | while read -r inode _; do
      if [ -n "$(connections "$inode")" ]; then echo "$inode"; fi
    done
  } | sort -u
}

connections_left() {
  for inode in $namespaces; do connections "$inode"; done
}

# ------------------------------------------------------------------------------------------------------ fence

# Returns whether the kernel can: some are built without (CONFIG_INET_DIAG_DESTROY), and then nothing is said.
reset_connections() {
  before=$(connections_left)
  for inode in $namespaces; do in_namespace "$inode" ss -K -t dst "$address" >/dev/null 2>&1 || return 1; done
  [ -z "$before" ] || [ "$(connections_left)" != "$before" ]
}

# A new connection fails, at once and here: an answer in time cannot come from a host that is gone or hangs.
is_refused() { # inode
  said=$(in_namespace "$1" timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$((10#$SSM_Port))" 2>&1) && return 1
  [ $? -ne 124 ] && [[ $said =~ refused|denied|unreachable|'No route' ]]
}

prove() { # how long to wait for it, in ms
  deadline_ms=$(($(now_ms) + $1))
  clean=0
  while :; do
    if [ -n "$(connections_left)" ]; then
      clean=0
      reset_connections
    else
      clean=$((clean + 1))
    fi
    # Twice: a connection that was on its way may still have come.
    if [ "$clean" -ge 2 ]; then
      for inode in $namespaces; do is_refused "$inode" || return 1; done
      return 0
    fi
    [ "$(now_ms)" -lt "$deadline_ms" ] || return 1
    sleep 0.1
  done
}

# Also for what answers from one of this host's addresses: with more than one network interface, rules may send that by
# another table than the one that the route is in.
route_holds() { # inode
  in_namespace "$1" ip -4 -o addr show | awk '$2 != "lo" { sub("/.*", "", $4); print $4 }' | while read -r own; do
    if in_namespace "$1" ip route get "$address" from "$own" >/dev/null 2>&1; then return 1; fi
  done
}

try() { # way
  for inode in $namespaces; do
    block "$inode" "$1" || return 1
    if [ "$1" = route ]; then route_holds "$inode" || return 1; fi
  done
  if reset_connections; then prove 2000; return; fi
  # A prohibited route resets nothing by itself. A rule does with the next packet; heart-beats go every 5 s.
  [ "$1" != route ] && prove 6000
}

# Everything that takes the fence away, as a program of its own: this file is gone when the agent has run it.
arm_expiry() {
  {
    declare -f own_namespace all_namespaces way_into in_namespace list_route nft_table iptables_rule unblock is_blocked \
      up_ms expire remove_fence
    declare -p PATH LC_ALL mark peer_id
    printf 'expire %q %q\n' "$record" "$lock_folder/fence-lock"
  } >"$record.expire.new" && mv "$record.expire.new" "$record.expire" || return 1
  # A timer of systemd outlives even the process that waits below; where there is no systemd, that one has to do.
  if [ -d "$root/run/systemd/system" ] && timeout 3 systemd-run --quiet --unit "quorate-fence-$peer_id-$BASHPID" \
    --on-active "$(((until_ms - $(up_ms) + 999) / 1000))s" --timer-property AccuracySec=1s \
    /bin/bash "$record.expire" >/dev/null 2>&1 9>&-; then
    return 0
  fi
  (
    for fd in /proc/"$BASHPID"/fd/*; do
      fd=${fd##*/}
      if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
    done
    exec setsid /bin/bash "$record.expire" </dev/null >/dev/null 2>&1
  ) &
  # Until it holds the lock that shows that it waits.
  for _ in {1..40}; do
    flock -n "$record.waits" true 9>&- || return 0
    sleep 0.05
  done
  return 1
}

# Before anything is changed: who fences and dies must have said until when.
remember() {
  ahead_ms=$((10#$SSM_Until - $(now_ms)))
  [ "$ahead_ms" -gt 0 ] || finish 11 "refused: the fence was over $(((999 - ahead_ms) / 1000)) s ago"
  [ "$ahead_ms" -le "$longest_ms" ] || ahead_ms=$longest_ms
  wanted_ms=$(($(up_ms) + ahead_ms))
  if read -r until_ms known_address known_namespaces 2>/dev/null <"$record"; then
    # Of the same eviction, so of the same instance; EC2 does not change its address.
    [ "$known_address" = "$address" ] || finish 14 "refused: $peer_id is fenced as $known_address, not $address"
    namespaces=$(printf '%s\n' $namespaces $known_namespaces | sort -u)
    [ "$until_ms" -gt "$wanted_ms" ] || until_ms=$wanted_ms
  else
    until_ms=$wanted_ms
  fi
  echo "$until_ms $address $(echo $namespaces)" >"$record.new" && mv "$record.new" "$record" ||
    finish 15 'refused: cannot remember the fence'
}

fence() {
  refuse_lifted
  refuse_address
  refuse_majority
  remember
  if ! arm_expiry; then
    is_fenced_already || rm -f "$record"
    finish 21 'refused: the fence would not expire by itself'
  fi
  told="$address ($peer_id) until $(date -u -d "@$((($(now_ms) + until_ms - $(up_ms)) / 1000))" +%FT%TZ), fence $fence"
  if is_fenced_already && prove 1000; then finish 0 "still fenced $told"; fi
  for way in route nft iptables; do
    if try "$way"; then finish 0 "fenced $told, by $way"; fi
    for inode in $namespaces; do unblock "$inode"; done
  done
  remove_fence "$record" || finish 23 "failed: something of the fence of $address is left, fence $fence"
  finish 20 "failed: connections to $address could not be refused, nothing is left of the try, fence $fence"
}

is_fenced_already() {
  for inode in $namespaces; do is_blocked "$inode" || return 1; done
}

lift() {
  echo "$fence $((10#$SSM_NotAfter))" >"$record.lifted"
  was=no
  if read -r _ address known_namespaces 2>/dev/null <"$record"; then
    was=yes
    namespaces=$known_namespaces
  fi
  # Tries a second time: another program may hold the lock of iptables.
  remove_fence "$record" || remove_fence "$record" ||
    finish 23 "failed: something of the fence of $address is left, fence $fence"
  if [ "$was" = no ]; then finish 0 "was not fenced: $address ($peer_id), fence $fence"; fi
  finish 0 "lifted $address ($peer_id), fence $fence"
}

check_parameters
refuse_late
refuse_unless_meant
take_lock fence-lock
refuse_older_fence "$peer_id"

# Where it goes with a reboot, as what it speaks of does.
fences=$(writable_folder "$root/run/quorate/fences" "$root/var/lib/quorate/fences") ||
  finish 15 'refused: cannot remember the fence, no folder is writable'
record=$fences/$peer_id
namespaces=$(find_namespaces)
"$SSM_Action"
