#!/bin/sh
set -eu
# A volume mounted here hides what the image made.
mkdir -p /srv/partner/in /srv/partner/uit
chown root /srv/partner
chown gemeente /srv/partner/in /srv/partner/uit
exec /usr/sbin/sshd -D -e
