#!/usr/bin/env bash
# An overlay as a pod, where there is no cluster: podman plays what kubectl renders. The container must become
# ready with the settings of the ConfigMap, answer, run as its user on a read-only root without capabilities and
# with the limit of memory, and end with status 0 when the pod is taken down. Podman knows neither replicas nor
# Services nor probes without systemd: those are not shown. Needs root, podman, kubectl, curl.
#
#   ENGINE="podman --runtime runc" deploy/check/pod.sh [IMAGE] [OVERLAY]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
image=${1:-credence:latest}
overlay=${2:-deploy/kubernetes/overlays/demonstration}
# shellcheck disable=SC2206
engine=(${ENGINE:-podman})
work=$(mktemp -d)
trap '"${engine[@]}" kube play --down "$work/pod.yaml" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
fail() { echo "FAIL: $*" >&2; "${engine[@]}" logs "$container" >&2 2>/dev/null || true; exit 1; }

# The image's name, and never pulled.
kubectl kustomize "$overlay" | sed "s#image: .*/credence:.*#image: $image\n        imagePullPolicy: Never#" > "$work/pod.yaml"
grep -q "image: $image" "$work/pod.yaml" || { echo "the overlay has no image of that name" >&2; exit 1; }
container=
"${engine[@]}" kube play "$work/pod.yaml" >"$work/play.log" 2>&1 || { cat "$work/play.log" >&2; exit 1; }
container=$("${engine[@]}" ps --format '{{.Names}}' | grep -m1 'credence.*-credence$') || fail "no container: $(cat "$work/play.log")"
pod=$("${engine[@]}" inspect -f '{{.Pod}}' "$container")
infra=$("${engine[@]}" pod inspect -f '{{.InfraContainerID}}' "$pod")
address=$("${engine[@]}" inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$infra")
for _ in $(seq 300); do curl -fs -o /dev/null "http://$address:8080/readyz" && break; sleep 0.1; done
curl -fsS -o /dev/null "http://$address:8080/readyz" || fail "not ready"
curl -fsS -F file=@docs/7.png "http://$address:8080/v1/predict" | grep -q '"verdict":"reliable"' || fail "no answer"
"${engine[@]}" exec "$container" credence health --ready || fail "its health check"
user=$("${engine[@]}" exec "$container" id -u)
[ "$user" = 65532 ] || fail "it runs as $user"
! "${engine[@]}" exec "$container" touch /usr/new 2>/dev/null || fail "its root can be written to"
"${engine[@]}" exec "$container" grep -q '^CapEff:	0*$' /proc/1/status || fail "it has capabilities"
echo "user $user, read-only, no capabilities, memory $("${engine[@]}" inspect -f '{{.HostConfig.Memory}}' "$container") bytes"
"${engine[@]}" stop -t 45 "$container" >/dev/null
status=$("${engine[@]}" inspect -f '{{.State.ExitCode}}' "$container")
[ "$status" = 0 ] || fail "it ended with status $status"
echo "played $overlay: ready, answered, stopped with status 0"
