#!/usr/bin/env bash
# All that can be known of deploy/ without a cloud, a cluster or GitHub. `./dev deploy` installs what it needs
# and calls it. What cannot be had here is skipped, and told at the end; STRICT=1 makes that an error.
#
#   deploy/check.sh [PART…]     parts: shell yaml unit terraform kubernetes helm dashboards rules live workflows, and
#                               cluster, which takes ten minutes the first time (deploy/kubernetes/check.sh)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${CREDENCE_BINARY:-build/release/src/cli/credence}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skipped=()
# shellcheck source=deploy/check/go.sh
source deploy/check/go.sh
say() { printf '\033[1m== %s\033[0m\n' "$*"; }
have() { # TOOL PART: or the part is skipped
  command -v "$1" >/dev/null && return
  skipped+=("$2: there is no $1")
  return 1
}
node_tools() {
  have npm "$1" || return 1
  [ -d deploy/check/node_modules ] || npm --prefix deploy/check install --no-audit --no-fund --silent
}

part_shell() {
  have shellcheck shell || return 0
  shellcheck -x -e SC2016 -e SC2012 deploy/check.sh deploy/check/image.sh deploy/check/go.sh deploy/check/package.sh deploy/check/pod.sh deploy/kubernetes/check.sh deploy/terraform/check.sh deploy/ansible/check.sh tools/package.sh
  sh -n deploy/deb/postinst && sh -n deploy/deb/prerm && sh -n deploy/deb/postrm
}
part_yaml() {
  have yamllint yaml || return 0
  yamllint -s -d '{extends: relaxed, rules: {line-length: disable, commas: disable}}' \
    compose.yaml .github deploy/watch deploy/kubernetes deploy/ansible deploy/helm/credence/values.yaml
}
part_unit() {
  have systemd-analyze unit || return 0
  local root=$work/root score
  install -Dm644 deploy/systemd/credence.service "$root/etc/systemd/system/credence.service"
  score=$(systemd-analyze security --no-pager --offline=true --root="$root" credence.service | awk '/Overall exposure/ { print $(NF-2) }')
  echo "exposure of the unit: $score"
  awk -v score="$score" 'BEGIN { exit !(score != "" && score < 2.0) }'
}
part_terraform() {
  have terraform terraform || return 0
  if command -v moto_server >/dev/null; then deploy/terraform/check.sh; else
    skipped+=("terraform apply and destroy: there is no moto_server (pip install 'moto[server]')")
    deploy/terraform/check.sh quick
  fi
}
part_kubernetes() {
  node_tools kubernetes || return 0
  node deploy/check/types.mjs objects deploy/kubernetes/kserve/*.yaml
  have kubectl "kubernetes overlays" || return 0
  local overlay
  for overlay in deploy/kubernetes/overlays/*/; do
    kubectl kustomize "$overlay" > "$work/rendered.yaml"
    echo "$overlay: $(node deploy/check/types.mjs objects "$work/rendered.yaml")"
  done
}
part_helm() {
  node_tools helm || return 0
  build_helm
  helm lint --quiet --kube-version 1.32 deploy/helm/credence
  local values
  for values in "" deploy/helm/examples/*.yaml; do
    helm template --kube-version 1.32 release deploy/helm/credence ${values:+-f "$values"} > "$work/rendered.yaml"
    echo "${values:-values.yaml}: $(node deploy/check/types.mjs objects "$work/rendered.yaml")"
  done
}
part_cluster() { deploy/kubernetes/check.sh; }
part_dashboards() { node_tools dashboards || return 0; node deploy/check/types.mjs dashboards deploy/watch/dashboards/*.json; }
part_rules() {
  have promtool rules || return 0
  promtool check rules deploy/watch/rules.yml
  promtool test rules deploy/watch/rules_test.yml
  have amtool "Alertmanager's example" || return 0
  amtool check-config deploy/watch/alertmanager.yml
}
part_live() {
  have prometheus-alertmanager live || return 0
  have prometheus live || return 0
  python3 deploy/watch/live.py "$program"
}
part_workflows() { node_tools workflows || return 0; node deploy/check/workflows.mjs .github/workflows/*.yml; }

[ $# -gt 0 ] || set -- shell yaml unit terraform kubernetes helm dashboards rules live workflows
for part; do
  say "$part"
  "part_$part"
done
[ ${#skipped[@]} = 0 ] || { printf 'skipped: %s\n' "${skipped[@]}"; [ -z "${STRICT:-}" ] || exit 1; }
