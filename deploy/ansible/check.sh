#!/usr/bin/env bash
# The role against a real systemd: lint; then, in a container of plain Debian with systemd as its first
# process, wrong variables refused, the role applied twice (the second time changes nothing), the server
# asked, killed, and the package removed. Needs root, podman, debootstrap, ansible-core, ansible-lint, ssh.
#
#   deploy/ansible/check.sh DEB      5 minutes, most of them for making the image, which is kept in CACHE
set -euo pipefail
deb=$(realpath "${1:?usage: check.sh DEB}")
cd "$(dirname "${BASH_SOURCE[0]}")"
cache=${CACHE:-/var/cache/credence-ansible}
port=18300 ssh_port=18322
work=$(mktemp -d)
name=credence-ansible-$$
engine=(podman --runtime runc --cgroup-manager cgroupfs)
trap '"${engine[@]}" rm -f -t 0 "$name" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }
said() { printf '%-34s %s\n' "$1" "$2"; }

ansible-lint --offline -q . && said lint passed
ansible-playbook --syntax-check site.yml -i inventory.example.yml -e "credence_deb=$deb" >/dev/null

base_image() { # a Debian that boots systemd and takes ssh
  mkdir -p "$cache"
  [ -f "$cache/base.tar" ] || {
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,python3,python3-apt,openssh-server,ca-certificates,curl,iproute2 \
      bookworm "$cache/root" ${MIRROR:+"$MIRROR"} >"$cache/debootstrap.log"
    cp /etc/apt/sources.list "$cache/root/etc/apt/" 2>/dev/null || true
    cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d "$cache/root/etc/apt/" 2>/dev/null || true
    tar -C "$cache/root" -cf "$cache/base.tar" . && rm -rf "$cache/root"
  }
  "${engine[@]}" image exists localhost/credence-ansible || "${engine[@]}" import "$cache/base.tar" localhost/credence-ansible >/dev/null
}
base_image
"${engine[@]}" run -d --name "$name" --systemd=always --cap-add NET_ADMIN,SYS_ADMIN,AUDIT_WRITE --security-opt seccomp=unconfined \
  --ulimit nofile=20000:20000 --ulimit nproc=20000:20000 -p "127.0.0.1:$ssh_port:22" -p "127.0.0.1:$port:8080" \
  localhost/credence-ansible /sbin/init >/dev/null
inside() { "${engine[@]}" exec "$name" "$@"; }
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
inside mkdir -p /root/.ssh && "${engine[@]}" cp "$work/key.pub" "$name:/root/.ssh/authorized_keys"
inside sh -c 'chown -R root:root /root/.ssh; apt-get update -qq'
for _ in $(seq 60); do inside systemctl is-active -q ssh && break; sleep 1; done
cat > "$work/inventory.yml" <<INVENTORY
credence:
  hosts:
    vm:
      ansible_host: 127.0.0.1
      ansible_port: $ssh_port
      ansible_user: root
      ansible_ssh_private_key_file: $work/key
      ansible_ssh_common_args: -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
  vars:
    credence_allowed_cidrs: [10.0.0.0/8, "fd00::/8"]
    credence_settings: {deadline-ms: 700}
INVENTORY
play() { ansible-playbook -i "$work/inventory.yml" site.yml -e "credence_deb=$deb" "$@" >"$work/play.log" 2>&1; }

refused() { # WORDS ARGUMENTS…: the play fails, and says so before it changes anything
  ! play "${@:2}" || fail "${*:2} was accepted"
  tr '\n' ' ' <"$work/play.log" | tr -s ' ' | grep -qF -- "$1" || { cat "$work/play.log"; fail "no \"$1\""; }
  grep -q 'changed=0' "$work/play.log" || fail "${*:2} changed something"
}
refused 'there is no package /none.deb' -e credence_deb=/none.deb
refused 'is no folder on the machine that runs Ansible' -e credence_models=/none
refused '1024 to 65535 is expected' -e credence_port=80
refused 'unable to convert to int' -e credence_port=web
refused 'credence_settings has --deadline' -e '{"credence_settings": {"--deadline": 1}}'
refused 'which is no network such as' -e '{"credence_allowed_cidrs": ["everybody"]}'
said 'wrong variables' 'refused, nothing changed'

play -e "credence_models=$PWD/../../predictors" || { cat "$work/play.log"; fail "the role"; }
said 'first run' "$(grep -o 'changed=[0-9]*' "$work/play.log")"
play -e "credence_models=$PWD/../../predictors" || { cat "$work/play.log"; fail "the second run"; }
grep -q 'changed=0 ' "$work/play.log" || { grep -B1 -A3 '^changed' "$work/play.log"; fail "the second run changed something"; }
said 'second run' 'changed=0'
inside curl -fsS http://127.0.0.1:8080/v1/predictor | grep -q '"digits"' || fail "it serves no digits"
said 'serves' digits
score=$(inside systemd-analyze security credence.service --no-pager | awk '/Overall exposure/ { print $(NF-2) }')
awk "BEGIN { exit !($score < 2.0) }" || fail "exposure $score"
said 'systemd-analyze security' "$score"
inside sh -c 'kill -9 "$(systemctl show -P MainPID credence)"'
for _ in $(seq 60); do inside credence health --ready 2>/dev/null && break; sleep 0.5; done
inside credence health --ready || fail "not back after kill -9"
said 'kill -9' "back, restarts: $(inside systemctl show -P NRestarts credence)"
! play -e '{"credence_settings": {"deadline-sm": 1}}' || fail "a misspelt option was accepted"
tr '\n' ' ' <"$work/play.log" | grep -qF 'did you mean deadline-ms?' || { cat "$work/play.log"; fail "no nearest name"; }
inside credence health --ready || fail "a refused configuration stopped the server"
said 'misspelt option' 'refused with the nearest name; the old configuration serves'
inside nft list table inet credence | grep -q 'dport 8080 drop' || fail "no firewall"
inside logrotate -f /etc/logrotate.d/credence
# A request that comes before the file is opened anew stands in the old one.
for _ in $(seq 40); do
  inside curl -fsS -o /dev/null http://127.0.0.1:8080/readyz
  inside test -s /var/log/credence/access.log && break
  sleep 0.25
done
inside test -s /var/log/credence/access.log || fail "the access log was not opened anew"
said 'log rotation' 'the access log goes on in the new file'
inside apt-get purge -y -qq credence >/dev/null
inside sh -c '! getent passwd credence && test ! -e /usr/bin/credence -a ! -e /etc/credence/credence.toml' || fail "purge left something"
said purge 'nothing left but the models'
