#!/usr/bin/env bash
# The article from its first step to its last, in the closed twin: packages through S3 and CodeArtifact, the first
# access from the operator's instance, the crossing from the municipality's. The two scripts are the article's own.
#
#   examples/article/run.sh            KAKEHASHI names the binary, KAKEHASHI_WHEELS a folder with boto3's wheels; without
#                                      it they are fetched from PyPI once, before the network is closed
#
# Needs: python3 with venv and pip, the AWS CLI, curl. Nothing stays behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kakehashi=$(command -v "${KAKEHASHI:-kakehashi}")
work=$(mktemp -d)
config=$work/kakehashi.toml

leave() {
    "$kakehashi" twin down --config "$config" >"$work/down" 2>&1 || true
    rm -rf "$work"
}
trap leave EXIT

cp "$here"/{operator,municipality}.yaml "$here"/*.py "$here/instance.sh" "$work"
# Before the first access: the form was approved, and nobody has called the model yet.
sed 's/^subscriptions = .*/subscriptions = []/' "$here/kakehashi.toml" >"$config"
printf '\n[twin.codeartifact]\npackages = "wheels"\n' >>"$config"

if [[ -n ${KAKEHASHI_WHEELS:-} ]]; then
    cp -r "$KAKEHASHI_WHEELS" "$work/wheels"
else
    python3 -m pip download --quiet --disable-pip-version-check --dest "$work/wheels" boto3
fi

"$kakehashi" twin up --config "$config" --detach >"$work/ready"

# $1 the place, $2 the domain and $3 its owner, $4 the script: on the instance there, with a home of its own.
on_instance() {
    local place=$1 domain=$2 owner=$3 script=$4
    mkdir -p "$work/home-$place"
    echo "== $place: $script"
    env -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_FIND_LINKS -u PIP_CONFIG_FILE HOME="$work/home-$place" \
        "$kakehashi" twin exec --config "$config" --as "$place" -- \
        bash "$work/instance.sh" "$domain" "$owner" "$work/$script"
}

on_instance operator operator 222222222222 first_access.py
on_instance sample-city municipality 111111111111 crossing.py
"$kakehashi" twin events --config "$config" | python3 -c '
import collections, json, sys
events = [json.loads(line) for line in sys.stdin]
refused = [event for event in events if event.get("errorCode")]
print("events:", dict(collections.Counter(event["eventName"] for event in events)))
sys.exit(1 if refused or not any(event["eventName"] == "AssumeRole" for event in events) else 0)'
echo OK
