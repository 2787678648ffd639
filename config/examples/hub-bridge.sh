#!/bin/sh
# Speaks for one leaf at its hub: a Mosquitto of its own between the site's broker and the hub, with a token that leafgate
# gives for an hour at most. Mosquitto 2.0 reads the password of a bridge only when it starts. So it is this one, which
# carries nothing else, that starts anew with the next token before the last one ends; the site's broker goes on, and keeps
# for it what comes meanwhile.
#
#   hub-bridge.sh REGISTRATION-ID CONF [MINUTES]
#
# CONF is like hub-bridge.conf beside this file; MINUTES is the life of a token, from 2 to 60. As a service, installed by
# `install -m 0755 hub-bridge.sh /usr/local/bin/`:
#   [Service]
#   User=hub-bridge                      in bridge.users of leafgate.toml
#   SupplementaryGroups=leafgate         may open the status socket
#   RuntimeDirectory=hub-bridge          the token, for nobody else to read
#   StateDirectory=hub-bridge            what the hub has not taken yet
#   ExecStart=/usr/local/bin/hub-bridge.sh press-01 /etc/leafgate/hub-bridge.conf
#   Restart=always
set -eu
umask 077
leaf=${1:?usage: hub-bridge.sh REGISTRATION-ID CONF [MINUTES]}
conf=${2:?usage: hub-bridge.sh REGISTRATION-ID CONF [MINUTES]}
life=${3:-60}
folder=${RUNTIME_DIRECTORY:?a folder that nobody else may read}
port=${HUB_PORT:-8883}
margin=$((life / 6 + 1)) # minutes before its end that a token is replaced
end=0                    # of the token at hand, seconds since 1970

# A member of the answer, which has a line for each.
member() { sed -n 's/^ *"'"$1"'": "\(.*\)",\{0,1\}$/\1/p' "$folder/answer"; }

new_token() {
  leafgatectl --json --because "hub bridge" hub-token "$leaf" --for "${life}m" >"$folder/answer" || return 1
  end=$(($(date +%s) + life * 60))
  {
    cat "$conf"
    printf 'address %s:%s\n' "$(member hub)" "$port"
    printf 'remote_clientid %s\n' "$(member deviceId)"
    printf 'remote_username %s\n' "$(member username)"
    printf 'remote_password %s\n' "$(member token)"
  } >"$folder/bridge.conf"
  rm "$folder/answer"
}

child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 0' INT TERM
# Waits for it in a way that a signal ends.
run() {
  "$@" &
  child=$!
  status=0
  wait "$child" || status=$?
  child=
  return "$status"
}

while :; do
  # Without a new one the last is good for a while, and leafgate is asked again soon.
  span=60
  ! new_token || span=$(((life - margin) * 60))
  if [ "$(date +%s)" -ge "$end" ]; then
    run sleep 30
    continue
  fi
  # One that ends by itself is not started anew at once: leafgate gives a leaf one token in ten seconds.
  run timeout --preserve-status "$span" mosquitto -c "$folder/bridge.conf" || run sleep 11
done
