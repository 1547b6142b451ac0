#!/bin/sh
# Makes the keys of both sides, once, each into the volume of its owner; the host key is pinned at the client.
set -eu
server=/etc/ssh/partner
client=/sleutels
[ -f "$server/host_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C partner -f "$server/host_ed25519"
[ -f "$client/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C gemeente -f "$client/id_ed25519"
cp "$client/id_ed25519.pub" "$server/authorized_keys"
chmod 644 "$server/authorized_keys"
printf 'partner %s\n' "$(cut -d' ' -f1,2 "$server/host_ed25519.pub")" > "$client/known_hosts"
# 50000 is the user of the Ketensluis image.
chown -R 50000 "$client"
chmod 600 "$client/id_ed25519"
