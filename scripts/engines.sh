# Sourced by scripts/test: the engines that test/engines runs, of Debian's packages. They are unpacked below .engines and not
# installed, so that none of their services starts and nothing of the host changes; the tests lay them over /usr of their machines.

engine_packages='podman buildah skopeo umoci catatonit containerd containernetworking-plugins docker.io tini'
engine_packages="$engine_packages slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge"

unpack_engines() {
  command -v apt-get >/dev/null 2>&1 || return 0
  [ "$(cat .engines/.packages 2>/dev/null)" != "$engine_packages" ] || return 0
  say "unpacking $engine_packages"
  rm -rf .engines
  mkdir -p .engines/packages
  [ "$(id -u)" != 0 ] || apt-get update -qq </dev/null >/dev/null || true
  # They, and the libraries that this host lacks.
  # shellcheck disable=SC2086 # a list of words
  apt-get install --simulate --no-install-recommends $engine_packages </dev/null |
    sed -n 's/^Inst \([^ ]*\) .*(\([^ ]*\) .*/\1=\2/p' >.engines/versions
  (cd .engines/packages && xargs apt-get download -qq <../versions >/dev/null 2>&1) || die 'the packages of the engines could not be had'
  for package in .engines/packages/*.deb; do dpkg-deb --extract "$package" .engines; done
  rm -r .engines/packages
  # What the maintainer scripts of Slurm do.
  for name in slurmctld slurmd slurmstepd; do ln -s $name-wlm .engines/usr/sbin/$name; done
  echo "$engine_packages" >.engines/.packages
}
