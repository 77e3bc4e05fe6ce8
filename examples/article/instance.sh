#!/usr/bin/env bash
# What the article types on an instance: $1 the CodeArtifact domain, $2 its owner, $3 the script.
# run.sh runs it inside the closed VPC; a copy of it would run on the real instance.
set -euo pipefail
domain=$1 owner=$2 script=$3
region=ap-northeast-1

# `sudo dnf install python3-pip` reads these: the list of mirrors, then the repository's index.
bucket=https://al2023-repos-$region-de612dc2.s3.dualstack.$region.amazonaws.com
mirror=$(curl --silent --show-error --fail --max-time 10 "$bucket/core/mirrors/latest/x86_64/mirror.list")
curl --silent --show-error --fail --max-time 10 --output /dev/null "${mirror%/}/repodata/repomd.xml"
echo "dnf: $mirror"

python3 -m venv "$HOME/venv"
PATH=$HOME/venv/bin:$PATH
aws codeartifact login --tool pip --repository python --domain "$domain" --domain-owner "$owner" --region "$region"
pip install --quiet --disable-pip-version-check boto3
"$HOME/venv/bin/python" "$script"
