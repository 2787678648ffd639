# What a fresh Debian 12 needs, in one place. Sourced (bash) by ./test and ./demo with the repository as working directory.

build_packages=(g++ cmake ninja-build ccache libboost1.81-dev libboost-system1.81-dev libssl-dev libsqlite3-dev
                libtomlplusplus-dev nlohmann-json3-dev libcli11-dev libgtest-dev libgmock-dev libtss2-dev libqrencode-dev
                libpaho-mqttpp-dev libpaho-mqtt-dev
                python3
                dpkg-dev file)  # by which cpack finds out what the package depends on
demo_packages=(curl openssl mosquitto mosquitto-clients sqlite3 swtpm swtpm-tools)
test_packages=(clang-format clang-tidy strace systemd procps tpm2-tools)
package_packages=(debootstrap lintian binutils)

say() { printf '%s\n' "$*" >&2; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Boost 1.81 and the 1.74 -dev packages exclude each other; which of them goes is for the owner of the machine to say.
stop_for_old_boost() {
  local old
  old=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'libboost*1.74-dev' 2>/dev/null | sed -n 's/^installed //p')
  [ -z "$old" ] && return
  say "leafgate needs Boost 1.81 (libboost1.81-dev), which cannot be installed beside:" $old
  say "Remove them (apt-get remove$(printf ' %s' $old)) or use another machine or container; nothing was changed."
  return 1
}

# Debian starts a service as soon as it is installed. The tests start brokers of their own, so keep the system's off.
without_services() {
  local policy=/usr/sbin/policy-rc.d made="" code=0
  if ! [ -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made=1
  fi
  "$@" || code=$?
  [ -z "$made" ] || as_root rm -f "$policy"
  return "$code"
}

# install_missing PACKAGE...: touches nothing when all are there, and never removes a package.
install_missing() {
  local package missing=()
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} = 0 ] && return
  if ! command -v apt-get >/dev/null || { [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; }; then
    say "missing, and only root on Debian 12 can install them here: ${missing[*]}"
    return 1
  fi
  case " ${missing[*]} " in *" libboost"*) stop_for_old_boost || return ;; esac
  say "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get -qq update </dev/null >&2 || return
  without_services as_root apt-get -qq install -y --no-remove --no-install-recommends "${missing[@]}" </dev/null >&2 || return
  case " ${missing[*]} " in
    *" mosquitto "*) if [ -d /run/systemd/system ]; then as_root systemctl disable -q mosquitto; fi ;;
  esac
}

# Node from elsewhere conflicts with Debian's, so Debian's comes only where there is none.
install_node() {
  if command -v node >/dev/null && command -v npm >/dev/null; then return; fi
  install_missing nodejs npm
}

# install_modules FOLDER: what its lock file names, again only after the lock file changed.
install_modules() {
  [ -e "$1/package-lock.json" ] || return 0
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock" && return
  install_node || return
  say "installing node modules of $1"
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error </dev/null >&2) || return
  cp "$1/package-lock.json" "$1/node_modules/.installed-lock"
}

setup_demo() { install_missing "${build_packages[@]}" "${demo_packages[@]}"; }
setup_package() { install_missing "${package_packages[@]}"; }
setup_test() { install_missing "${build_packages[@]}" "${demo_packages[@]}" "${test_packages[@]}"; }

# Compiled objects are shared between checkouts and presets of the same code.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
