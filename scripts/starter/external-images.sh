#!/usr/bin/env bash
# Class folders of cut-out images that the starter never met, for `node dist/bench/starter.js --external FOLDER`: eight subjects of
# Debian's tuxpaint-stamps-default 2022.06.04 (GPL-2, 161 MB), which apt-get downloads and nothing installs.
#   scripts/starter/external-images.sh FOLDER
set -euo pipefail
mkdir -p "$1"
folder=$(realpath "$1")
unpacked=$(mktemp -d)
trap 'rm -rf "${unpacked}"' EXIT
cd "${unpacked}"
apt-get -q -o APT::Sandbox::User=root download tuxpaint-stamps-default
dpkg-deb -x tuxpaint-stamps-default_*.deb .
for subject in animals/birds animals/mammals food/fruit food/vegetables household plants/flowers town/roadsigns vehicles; do
  class=${folder}/$(basename "${subject}")
  mkdir -p "${class}"
  # The sets hold drawings (cartoon) and the same images once more, turned round.
  find "usr/share/tuxpaint/stamps/${subject}" -name '*.png' ! -path '*cartoon*' ! -name '*_mirror*' ! -name '*_flip*' | sort | while read -r image; do
    cp "${image}" "${class}/$(basename "$(dirname "${image}")")-$(basename "${image}")"
  done
  echo "$(find "${class}" -type f | wc -l) ${subject}"
done
