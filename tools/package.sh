#!/usr/bin/env bash
# Makes build/package: credence_VERSION_ARCH.deb, credence-VERSION-linux-MACHINE.tar.gz, SHA256SUMS.
# `./dev package` builds the release and calls it.
#
# The .deb is for the Debian that it is built on and depends on its libraries. The tar.gz is a tree that
# runs wherever it is unpacked, on glibc as old as the one here or newer: it brings all other libraries.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/release
out=$PWD/build/package
version=$(sed -n 's/^project(credence VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
arch=$(dpkg --print-architecture)
tree=credence-$version-linux-$(uname -m)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CMakeLists.txt)
export SOURCE_DATE_EPOCH
rm -rf "$out" && mkdir -p "$out/work"

make_deb() {
  local root=$out/work/deb
  cmake --install "$build" --strip --prefix "$root/usr" >/dev/null
  gzip -9n "$root"/usr/share/man/man1/*.1
  mkdir -p "$root/usr/share/zsh/vendor-completions"
  mv "$root/usr/share/zsh/site-functions/_credence" "$root/usr/share/zsh/vendor-completions/"
  rmdir "$root/usr/share/zsh/site-functions"
  mv "$root/usr/share/doc/credence/LICENSE" "$root/usr/share/doc/credence/copyright"
  install -Dm644 deploy/systemd/credence.service "$root/lib/systemd/system/credence.service"
  install -Dm644 deploy/deb/credence.toml "$root/etc/credence/credence.toml"
  install -Dm644 deploy/deb/logrotate "$root/etc/logrotate.d/credence"
  install -Dm644 CHANGELOG.md "$root/usr/share/doc/credence/changelog"
  gzip -9n "$root/usr/share/doc/credence/changelog"
  install -d "$root/DEBIAN"
  install -m755 deploy/deb/{postinst,prerm,postrm} "$root/DEBIAN/"
  printf '/etc/credence/credence.toml\n/etc/logrotate.d/credence\n' > "$root/DEBIAN/conffiles"
  # dpkg-shlibdeps wants a source package about it.
  mkdir -p "$out/work/source/debian"
  printf 'Source: credence\n\nPackage: credence\nArchitecture: any\n' > "$out/work/source/debian/control"
  local depends
  depends=$(cd "$out/work/source" && dpkg-shlibdeps -O -l"$root/usr/lib/credence" --ignore-missing-info \
    "$root/usr/bin/credence" "$root"/usr/lib/credence/*.so* 2>"$out/work/shlibdeps.log" | sed 's/^shlibs:Depends=//')
  [ -n "$depends" ] || { cat "$out/work/shlibdeps.log"; exit 1; }
  cat > "$root/DEBIAN/control" <<CONTROL
Package: credence
Version: $version
Architecture: $arch
Maintainer: Credence's authors <credence@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends, passwd
Suggests: prometheus
Section: net
Priority: optional
Description: Serves image classifiers and says how far to believe each answer
 One program that takes a TensorFlow SavedModel, ONNX or OpenVINO IR and pictures
 of any size, and answers with the class, the probability that it is right, and a
 verdict: reliable, uncertain or unfamiliar.
CONTROL
  (cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
  # xz makes it a fifth smaller, takes twenty times as long to make, and six times as long to unpack.
  dpkg-deb --root-owner-group -Zzstd -z10 --build "$root" "$out/credence_${version}_$arch.deb" >/dev/null
}

# What glibc and the compiler's run time bring is the system's; all else comes along.
system='^(linux-vdso|ld-linux.*|libc|libm|libdl|libpthread|librt|libresolv)\.so'
make_tar() {
  local root=$out/work/$tree lib path
  cmake --install "$build" --strip --prefix "$root" >/dev/null
  install -m644 deploy/systemd/credence.service -Dt "$root/share/doc/credence/examples"
  local added=$root/share/doc/credence/libraries
  mkdir -p "$added"
  ldd "$root/bin/credence" "$root"/lib/credence/*.so* | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
    while read -r path; do
      lib=$(basename "$path")
      [[ $lib =~ $system || $path == "$root"/* ]] && continue
      install -m644 "$(readlink -f "$path")" "$root/lib/credence/$lib"
      patchelf --set-rpath '$ORIGIN' "$root/lib/credence/$lib"
      local package
      package=$(dpkg -S "$path" 2>/dev/null || dpkg -S "$(readlink -f "$path")" 2>/dev/null || dpkg -S "${path#/usr}") ||
        { echo "no package owns $path: its licence is not known" >&2; exit 1; }
      package=${package%%:*}
      cp -L "/usr/share/doc/$package/copyright" "$added/$package.copyright"
    done
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$out/work" -c "$tree" |
    gzip -9n > "$out/$tree.tar.gz"
}

make_deb
make_tar
rm -rf "$out/work"
(cd "$out" && sha256sum -- *.deb *.tar.gz > SHA256SUMS && ls -l --block-size=K | tail -n +2)
