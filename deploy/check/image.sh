#!/usr/bin/env bash
# The image as it should be run: read-only, without capabilities, as the image's own user, with 512 MB. It must be
# ready, answer, be well by its own health check, have gRPC and the name of TensorFlow Serving's program, stop at
# SIGTERM with status 0, and be under 220 MB.
#
#   ENGINE=podman deploy/check/image.sh [IMAGE]
set -euo pipefail
image=${1:-credence:latest}
engine=${ENGINE:-docker}
# shellcheck disable=SC2206
engine=($engine)
name=credence-check-$$
port=${PORT:-18391}
trap '"${engine[@]}" rm -f "$name" >/dev/null 2>&1 || true' EXIT
fail() { echo "FAIL: $*" >&2; "${engine[@]}" logs "$name" >&2 || true; exit 1; }

size=$("${engine[@]}" image inspect -f '{{.Size}}' "$image")
echo "size: $((size / 1000000)) MB"
[ "$size" -lt 220000000 ] || fail "the image is larger than 220 MB"
user=$("${engine[@]}" image inspect -f '{{.Config.User}}' "$image")
[[ $user == 65532* ]] || fail "its user is '$user'"
# shellcheck disable=SC2086
"${engine[@]}" run -d --name "$name" --read-only --cap-drop all --security-opt no-new-privileges --memory 512m \
  -p "127.0.0.1:$port:8080" ${RUN_ARGS:-} "$image" >/dev/null
start=$(date +%s%N)
until curl -fs -o /dev/null "http://127.0.0.1:$port/readyz"; do
  [ $((($(date +%s%N) - start) / 1000000000)) -lt 60 ] || fail "not ready within 60 s"
  sleep 0.05
done
echo "ready after $((($(date +%s%N) - start) / 1000000)) ms"
picture='{"image": ['$(for _ in $(seq 28); do printf '[%s],' "$(printf '0,%.0s' $(seq 13))255,255$(printf ',0%.0s' $(seq 13))"; done | sed 's/,$//')']}'
answer=$(curl -fsS -H 'content-type: application/json' -d "$picture" "http://127.0.0.1:$port/v1/predict")
[[ $answer == *'"verdict"'* ]] || fail "no verdict in $answer"
"${engine[@]}" exec "$name" credence health --ready || fail "its health check"
"${engine[@]}" exec "$name" tensorflow_model_server --version || fail "no tensorflow_model_server"
"${engine[@]}" logs "$name" 2>&1 | grep -q '"message":"gRPC"' || fail "no gRPC"
"${engine[@]}" stop -t 40 "$name" >/dev/null
status=$("${engine[@]}" inspect -f '{{.State.ExitCode}}' "$name")
[ "$status" = 0 ] || fail "it ended with status $status"
echo "answered, healthy, stopped with status 0"
