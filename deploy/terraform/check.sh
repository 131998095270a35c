#!/usr/bin/env bash
# What can be known of the Terraform code without an account: format, types, its tests on mocks; then both
# sizes applied, planned again and destroyed against moto, an imitation of AWS. moto runs no task and
# enforces no role: this shows that the calls are well formed, not that a task starts.
#
#   deploy/terraform/check.sh               all of it; 4 minutes
#   deploy/terraform/check.sh quick         format, types and the tests on mocks
#   deploy/terraform/check.sh production    format, types, and this size
#
# TF_PROVIDERS=FOLDER takes the provider from there (`terraform providers mirror FOLDER` fills it).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true AWS_REGION=eu-central-1
work=$(mktemp -d)
moto=
trap '[ -z "$moto" ] || kill "$moto"; rm -rf "$work"' EXIT
export TF_DATA_DIR=$work/data
printf '%s\n' 'disable_checkpoint = true' > "$work/terraformrc"
export TF_CLI_CONFIG_FILE=$work/terraformrc
quiet() { "$@" >"$work/log" 2>&1 || { tail -60 "$work/log"; exit 1; }; }

terraform fmt -check -diff -recursive
quiet terraform init -input=false -backend=false -no-color ${TF_PROVIDERS:+-plugin-dir="$TF_PROVIDERS"}
terraform validate -no-color
if [ $# = 0 ] || [ "$1" = quick ]; then
  quiet terraform test -no-color
  grep -E '^(Success|Failure)' "$work/log"
fi
[ "${1:-}" != quick ] || exit 0

port=${PORT:-5055}
python3 moto_server.py -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
moto=$!
for _ in $(seq 100); do curl -fs -o /dev/null "http://127.0.0.1:$port/moto-api/" && break; sleep 0.2; done
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_MAX_ATTEMPTS=3

# What moto does not tell back as it was told, so that a second plan wants it again.
# (The publisher's role names the service, which is to be changed.)
echoes='aws_ecs_service.this|aws_vpc_security_group_(e|in)gress_rule.(balancer|task)|aws_iam_role_policy.publisher\[0\]'
try() { # SIZE MORE-VARIABLES…
  local size=$1; shift
  local state=(-state="$work/$size.tfstate") variables=(-var-file="sizes/$size.tfvars" -var "name=credence-${size:0:4}" "$@")
  quiet terraform apply -input=false -no-color -auto-approve -parallelism=20 "${state[@]}" "${variables[@]}"
  grep 'Apply complete' "$work/log" | sed "s/^/$size: /"
  local status=0
  terraform plan -input=false -no-color -detailed-exitcode "${state[@]}" "${variables[@]}" >"$work/log" 2>&1 || status=$?
  [ $status != 1 ] || { cat "$work/log"; exit 1; }
  local again
  again=$(grep -oP '^  # \K\S+(?= (will be (created|updated|destroyed)|must))' "$work/log" | grep -vxE "$echoes" || true)
  [ -z "$again" ] || { cat "$work/log"; echo "$size: a second plan changes $again"; exit 1; }
  echo "$size: a second plan changes nothing but what moto forgets ($(grep -cP '^  # \S+ will be updated' "$work/log" || true) resources)"
  quiet terraform destroy -input=false -no-color -auto-approve -parallelism=20 "${state[@]}" "${variables[@]}"
  grep 'Destroy complete' "$work/log" | sed "s/^/$size: /"
}
certificate() { # its ARN: the balancer wants one that is there
  openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=example.org -days 1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
  python3 - "$work" <<'PYTHON'
import pathlib
import sys

import boto3

read = lambda name: (pathlib.Path(sys.argv[1]) / name).read_bytes()
print(boto3.client("acm", "eu-central-1").import_certificate(Certificate=read("cert.pem"), PrivateKey=read("key.pem"))["CertificateArn"])
PYTHON
}
[ $# -gt 0 ] || set -- demonstration production
for size; do
  case $size in
    demonstration) try demonstration ;;
    production)
      try production -var "certificate_arn=$(certificate)" -var protected=false \
        -var github_repository=someone/credence -var 'alarm_emails=["ops@example.org"]' ;;
  esac
done
