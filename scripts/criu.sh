# Sourced by scripts/test. Where CRIU is missing or does not work with the kernel: CRIU of a newer Debian and the libraries that it
# needs, unpacked below .criu and not installed. The packages come from where apt has this Debian's.

criu_release=forky

unpack_criu() {
  if criu check >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then return 0; fi
  PATH=$PWD/.criu/bin:$PATH
  if [ -e .criu/bin/criu ]; then return 0; fi
  site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | sort -u | head -n 1)
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  if [ -z "$site" ] || [ ! -e "$keyring" ]; then return 0; fi
  say "unpacking CRIU of Debian $criu_release"
  rm -rf .criu
  mkdir -p .criu/bin .criu/lists/partial .criu/cache/archives/partial .criu/packages
  : >.criu/status
  echo "deb [signed-by=$keyring] $site $criu_release main" >.criu/sources.list
  set -- -qq -o "Dir::Etc::sourcelist=$PWD/.criu/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o "Dir::State::lists=$PWD/.criu/lists" -o "Dir::State::status=$PWD/.criu/status" -o "Dir::Cache=$PWD/.criu/cache"
  apt-get "$@" update </dev/null >/dev/null 2>&1 || die "apt-get could not list the packages of Debian $criu_release"
  apt-cache "$@" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances criu |
    grep '^[a-z]' >.criu/names
  (cd .criu/packages && xargs apt-get "$@" download <../names >/dev/null 2>&1) || die 'apt-get could not download CRIU'
  for package in .criu/packages/*.deb; do dpkg-deb --extract "$package" .criu/root; done
  # With the loader and the C library of that Debian.
  cat >.criu/bin/criu.new <<'EOF'
#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")/root
libraries=$(dirname "$(find "$root/usr/lib" -name libc.so.6)")
loader=$(find "$libraries" -name 'ld-linux*.so*')
exec "$loader" --library-path "$libraries" "$root/usr/sbin/criu" "$@"
EOF
  chmod +x .criu/bin/criu.new
  rm -r .criu/packages .criu/lists .criu/cache
  # Only now: what is half unpacked is unpacked again.
  mv .criu/bin/criu.new .criu/bin/criu
}
