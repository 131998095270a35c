# Programs of published Go modules, for the checks: built once, into build/cluster/bin. Sourced, from the clone's root.
# shellcheck shell=bash
tools=$PWD/build/cluster
export GOPATH=$tools/go GOTOOLCHAIN=local PATH=$tools/bin:$PWD/build/venv-go/bin:$PATH
mkdir -p "$tools/bin"
helm=v3.16.4

module() { # NAME@VERSION: the folder that holds it
  go mod download -json "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])'
}
build_helm() {
  [ -x "$tools/bin/helm" ] && [[ $("$tools/bin/helm" version --template '{{.Version}}') = "${helm%.*}"* ]] && return
  echo "building helm $helm" >&2
  GOBIN=$tools/bin go install "helm.sh/helm/v3/cmd/helm@$helm"
}
