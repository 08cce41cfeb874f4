#!/bin/bash
# Makes the host key on the first start (it stays in its volume: clients pin it), then runs sshd in the foreground.
set -euo pipefail
[ -s /etc/ssh/keys/ed25519 ] || ssh-keygen -q -t ed25519 -N "" -C "" -f /etc/ssh/keys/ed25519
printf 'bridge:%s\n' "$SFTP_PASSWORD" | chpasswd
unset SFTP_PASSWORD
echo "host key: $(cat /etc/ssh/keys/ed25519.pub)"
exec /usr/sbin/sshd -D -e
