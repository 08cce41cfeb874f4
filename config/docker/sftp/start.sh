#!/bin/bash
# Makes the host key on the first start (it stays in its volume: clients pin it) and runs sshd in the foreground.
set -euo pipefail
[ -s /etc/ssh/keys/ed25519 ] || ssh-keygen -q -t ed25519 -N "" -C "" -f /etc/ssh/keys/ed25519
printf 'bridge:%s\n' "$SFTP_PASSWORD" | chpasswd
printf '%s\n' "$SFTP_AUTHORIZED_KEYS" > /etc/ssh/authorized_keys
unset SFTP_PASSWORD SFTP_AUTHORIZED_KEYS
echo "host key: $(cat /etc/ssh/keys/ed25519.pub)"
exec /usr/sbin/sshd -D -e
