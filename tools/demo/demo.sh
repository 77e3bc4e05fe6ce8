#!/usr/bin/env bash
# The crossing on this machine, in the language of the terminal: fenced/ as it should be, then article/ as the
# article builds it. ./demo installs and builds first. Exit 0 when every step ended as it must; nothing stays behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly kakehashi=${KAKEHASHI:-build/release/kakehashi}
readonly python=${KAKEHASHI_PYTHON:-build/tools/venv/bin/python}
readonly fenced=examples/fenced/kakehashi.toml article=examples/article/kakehashi.toml
readonly outside_model=global.anthropic.claude-haiku-4-5-20251001-v1:0
readonly refused_by_guard=252 found_a_problem=1

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
ja*) caption_language=1 prompt=こんにちは ;;
*) caption_language=2 prompt=Hello ;;
esac
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi

# A heading: $1 in Japanese, $2 in English.
caption() { printf '\n%s%s%s\n' "$bold" "${!caption_language}" "$plain"; }

exec 3>&1 # what is typed is shown here, wherever its output goes

# Runs what a person would type, and holds it to the exit code in $1.
expect() {
    local wanted=$1 status=0
    shift
    printf '%s$ %s%s\n' "$dim" "${*/#"$kakehashi"/kakehashi}" "$plain" >&3
    "$@" || status=$?
    if [[ $status != "$wanted" ]]; then
        caption "終了コードが $status でした($wanted のはずです)。デモを中止します" \
            "that exited $status where $wanted was due; the demo stops here" >&2
        exit 1
    fi
}

# The person's own AWS settings and proxies have no part in this.
forget_surroundings() {
    local name
    for name in $(compgen -e | grep -E '^AWS_|_proxy$|_PROXY$|^KAKEHASHI_CONFIG$' || true); do unset "$name"; done
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
}

twin='' # the configuration of the twin that is up
ready=$(mktemp)
folder=$(mktemp -d) # what is rendered

lower() {
    if [[ $twin ]]; then "$kakehashi" twin down --config "$twin" >/dev/null || true; fi
    twin=''
}
trap 'lower; rm -rf "$ready" "$folder"' EXIT
trap 'exit 130' INT TERM

raise() {
    lower
    twin=$1
    # Into a file: a pipe would stay open as long as the twin does.
    expect 0 "$kakehashi" twin up --config "$1" --detach >"$ready"
    cat "$ready"
    local settings
    settings=$("$kakehashi" twin env --config "$1")
    eval "$settings"
}

forget_surroundings

caption "1. 2 つのアカウントを、閉じた VPC ごと、このマシンで動かします(examples/fenced)" \
    "1. Both accounts and the closed VPC, on this machine (examples/fenced)"
raise "$fenced"

caption "2. 自治体のロールから事業者のロールへ渡り、日本の中で答えを受け取ります" \
    "2. From the municipality's role to the operator's, and an answer from within Japan"
expect 0 "$kakehashi" converse --config "$fenced" "$prompt"

caption "3. 同じ質問を global. プロファイルに送ると、Kakehashi が送る前に止めます" \
    "3. The same to a global. profile: Kakehashi refuses before anything is sent"
expect $refused_by_guard "$kakehashi" converse --config "$fenced" --model "$outside_model" "$prompt"

caption "4. Kakehashi を通さず boto3 で送っても、アカウントのポリシーが拒否します(AWS の文言のまま)" \
    "4. Past Kakehashi, with boto3: the accounts' own policies refuse, in AWS's words"
expect 1 "$python" tools/demo/cross.py "$fenced" "$outside_model" "$prompt"

caption "5. どのステートメントが決めたのか、ほかにどれが拒否したはずかを示します" \
    "5. The statement that decided, and every other that would have"
expect 0 "$kakehashi" twin explain --config "$fenced"

caption "6. 記事のとおりに作ると(examples/article)、まったく同じ要求が通ります: AWS 管理ポリシーがすべてのリージョンを開いていました" \
    "6. Built as the article builds it (examples/article), the very same request succeeds: an AWS managed policy opened every Region"
raise "$article"
expect 0 "$python" tools/demo/cross.py "$article" "$outside_model" "$prompt"

caption "7. check は、テンプレートを読むだけでそれを見つけます: 許可されてしまうリクエストを 1 つ、反例として示します" \
    "7. check finds that from the templates alone, and shows one request that is allowed and should not be"
expect $found_a_problem "$kakehashi" check --config "$article"

caption "8. kakehashi.toml を 1 つ作り、両アカウントのテンプレートを書き出します" \
    "8. One kakehashi.toml, and from it the templates of both accounts"
expect 0 "$kakehashi" init --operator-account 222222222222 --municipality-account 111111111111 --out "$folder"
expect 0 "$kakehashi" render --config "$folder/kakehashi.toml" --out "$folder"

caption "9. 書き出したものは証明されます: 国外でモデルを実行させるリクエストは、1 つも許可されません" \
    "9. What was rendered is proven: no request is allowed that would run a model abroad"
expect 0 "$kakehashi" check --config "$folder/kakehashi.toml"

caption "10. 書き出したアカウントをこのマシンで動かし、橋を渡って答えを受け取ります" \
    "10. The rendered accounts on this machine, and an answer across the bridge"
raise "$folder/kakehashi.toml"
expect 0 "$kakehashi" converse --config "$folder/kakehashi.toml" "$prompt"

lower
caption "おわりです。動いたままのものはありません" "That is all; nothing is left running"
