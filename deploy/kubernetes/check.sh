#!/usr/bin/env bash
# What a real API server says to deploy/kubernetes and to the Helm chart. etcd is Debian's; the rest is built once
# from published Go modules into build/cluster (kube-apiserver and kubectl: ten minutes on two cores), which also bring
# the CRDs of KServe and of the Prometheus operator. There is no node: objects are admitted and kept, nothing runs.
#
#   ./dev deploy cluster
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=deploy/check/go.sh
source deploy/check/go.sh
kubernetes=1.32.9 kserve=v0.14.1 operator=v0.79.2

build_kubernetes() { # the module names its libraries by paths that it does not hold: they are taken as published
  local source=$tools/kubernetes program version=() name
  [ -x "$tools/bin/kubectl" ] && [ "$(kube-apiserver --version)" = "Kubernetes v$kubernetes" ] && return
  echo "building kube-apiserver and kubectl $kubernetes" >&2
  rm -rf "$source" && cp -r --no-preserve=mode "$(module k8s.io/kubernetes@v$kubernetes)" "$source"
  sed -i -e '/^replace (/,/^)/d' -e "s#^\(\s*k8s.io/[a-z-]*\) v0.0.0\$#\1 v0.${kubernetes#1.}#" "$source/go.mod"
  rm -f "$source"/go.sum "$source"/go.work*
  for name in component-base/version client-go/pkg/version; do
    version+=(-X "k8s.io/$name.gitVersion=v$kubernetes" -X "k8s.io/$name.gitMajor=1" -X "k8s.io/$name.gitMinor=32")
  done
  for program in kube-apiserver kubectl; do
    (cd "$source" && GOFLAGS=-mod=mod go build -ldflags "${version[*]}" -o "$tools/bin/$program" "./cmd/$program")
  done
}

work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start() {
  local etcd api peers
  etcd=http://127.0.0.1:$(port) peers=http://127.0.0.1:$(port) api=$(port)
  etcd --data-dir "$work/etcd" --listen-client-urls "$etcd" --advertise-client-urls "$etcd" --listen-peer-urls "$peers" \
    >"$work/etcd.log" 2>&1 &
  pids+=($!)
  openssl genrsa -out "$work/key" 2048 2>/dev/null
  echo 'check,admin,admin,system:masters' >"$work/tokens"
  kube-apiserver --etcd-servers "$etcd" --bind-address 127.0.0.1 --secure-port "$api" --advertise-address 10.0.0.1 \
    --cert-dir "$work/certs" --service-account-key-file "$work/key" --service-account-signing-key-file "$work/key" \
    --service-account-issuer https://kubernetes.default --service-cluster-ip-range 10.96.0.0/16 \
    --authorization-mode RBAC --token-auth-file "$work/tokens" >"$work/api.log" 2>&1 &
  pids+=($!)
  export KUBECONFIG=$work/config
  kubectl config set-cluster check --server "https://127.0.0.1:$api" --insecure-skip-tls-verify >/dev/null
  kubectl config set-credentials admin --token check >/dev/null
  kubectl config set-context check --cluster check --user admin >/dev/null
  kubectl config use-context check >/dev/null
  for _ in $(seq 120); do
    [ "$(kubectl get --raw /readyz 2>/dev/null)" = ok ] && return
    sleep 0.5
  done
  tail -20 "$work/api.log" >&2
  echo "the API server did not become ready in 60 s" >&2
  exit 1
}

namespace() { # NAME: a namespace that refuses pods which are not "restricted"
  kubectl create namespace "$1" >/dev/null
  kubectl label namespace "$1" pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/warn=restricted >/dev/null
}
admitted() { # NAMESPACE: each Deployment's pod, by itself, is admitted
  local deployment
  for deployment in $(kubectl -n "$1" get deployments -o name); do
    kubectl -n "$1" get "$deployment" -o json | python3 -c '
import json, sys
pod = json.load(sys.stdin)["spec"]["template"]
json.dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "labels": pod["metadata"]["labels"]}, "spec": pod["spec"]}, sys.stdout)' |
      kubectl -n "$1" create --dry-run=server -f - >/dev/null
  done
}

build_kubernetes
build_helm
start
crds=$(module "github.com/kserve/kserve@$kserve")/config/crd/full
kubectl apply --server-side -f "$crds/serving.kserve.io_clusterservingruntimes.yaml" -f "$crds/serving.kserve.io_inferenceservices.yaml" \
  -f "$(module "github.com/prometheus-operator/prometheus-operator@$operator")/example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml" >/dev/null
for i in $(seq 60); do # `kubectl wait` fails on a CRD that has no status yet
  [ "$(kubectl get crd -o 'jsonpath={.items[*].status.conditions[?(@.type=="Established")].status}' 2>/dev/null)" = "True True True" ] && break
  [ "$i" -lt 60 ] || { echo "the CRDs are not established after 30 s" >&2; exit 1; }
  sleep 0.5
done

for overlay in deploy/kubernetes/overlays/*/; do
  name=$(basename "$overlay")
  namespace "$name"
  kubectl -n "$name" apply --warnings-as-errors -k "$overlay" >"$work/applied"
  kubectl -n "$name" diff -k "$overlay"
  admitted "$name"
  echo "$overlay: $(wc -l <"$work/applied") objects, and none changes when applied again"
done
kubectl apply --warnings-as-errors -f deploy/kubernetes/kserve/
kubectl diff -f deploy/kubernetes/kserve/
for values in "" deploy/helm/examples/*.yaml; do
  name=helm-$(basename "${values:-default}" .yaml)
  namespace "$name"
  helm install digits deploy/helm/credence -n "$name" ${values:+-f "$values"} >/dev/null
  admitted "$name"
  echo "helm install digits deploy/helm/credence ${values:+-f $values}: $(helm -n "$name" status digits -o json | python3 -c 'import json, sys; print(json.load(sys.stdin)["info"]["status"])')"
  helm uninstall digits -n "$name" >/dev/null
done
if helm install wrong deploy/helm/credence --set image.tag=latest >"$work/out" 2>&1; then
  echo "the chart took a wrong value" >&2
  exit 1
fi
