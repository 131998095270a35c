#!/usr/bin/env bash
# The .deb in a bare Debian: installed, asked on the terminal and as a server, removed without a trace. Needs
# root and debootstrap; BASE=FILE takes a tar of a minbase Debian instead.
#
#   deploy/check/package.sh build/package/credence_0.1.0_amd64.deb
set -euo pipefail
deb=$(realpath "${1:?usage: package.sh DEB}")
picture=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../docs/7.png")
root=$(mktemp -d)
trap 'umount -l "$root/dev" "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
if [ -n "${BASE:-}" ]; then tar -C "$root" -xf "$BASE"; else debootstrap --variant=minbase bookworm "$root" >/dev/null; fi
cp /etc/resolv.conf "$root/etc/"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
cp "$deb" "$root/root/credence.deb"
cp "$picture" "$root/root/7.png"
cat > "$root/root/try.sh" <<'TRY'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq 2>/dev/null
begin=$(date +%s%N)
apt-get install -y -qq --no-install-recommends /root/credence.deb >/dev/null 2>&1
[[ $(credence predict /root/7.png) == *": 7  reliable"* ]]
echo "from the .deb to the first verdict: $((($(date +%s%N) - begin) / 1000000)) ms"
credence --version
credence serve --config /etc/credence/credence.toml --port 18977 --address 127.0.0.1 --access-log off 2>/root/log & server=$!
for _ in $(seq 600); do credence health --ready --port 18977 >/dev/null 2>&1 && break; sleep 0.1; done
credence health --ready --port 18977
kill "$server"
wait "$server"
test -s /usr/share/man/man1/credence-serve.1.gz -a -s /usr/share/bash-completion/completions/credence
test -s /lib/systemd/system/credence.service -a -s /usr/share/doc/credence/copyright
getent passwd credence >/dev/null
apt-get purge -y -qq credence >/dev/null 2>&1
test ! -e /usr/bin/credence -a ! -e /usr/lib/credence -a ! -e /etc/credence
if getent passwd credence; then exit 1; fi
echo "installed, answered, served, purged"
TRY
chroot "$root" bash /root/try.sh
