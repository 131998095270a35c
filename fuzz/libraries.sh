#!/usr/bin/env bash
# Builds the libraries that decode pictures from Debian's source packages, instrumented for the fuzzers,
# into the folder given: static, with AddressSanitizer, UBSan and libFuzzer's edge counters, so that a fuzzer
# sees which branch of a library an input took and which byte it read too far.
# `./dev fuzz` runs it; no other build uses what it makes.
#
# The sources are those of the release of Debian that this machine runs: the archives are the machine's own,
# asked for sources in a folder of ours, so that nothing of the machine's configuration changes. apt checks
# their signatures as it does those of packages. What was built is written to FOLDER/versions.
set -euo pipefail
prefix=$(mkdir -p "$1" && cd "$1" && pwd)
jobs=${2:-2}
work=$(mktemp -d)
# A half of them would be taken for the whole.
trap 'rm -rf "$work"; [ -e "$prefix/versions" ] || rm -rf "${prefix:?}"/{lib,include}' EXIT
# A library's SIMD is assembly or intrinsics that no sanitizer or counter sees well: off. No recovery: what
# UBSan says ends the run, as it does in our own code.
export CC=clang-14 CXX=clang++-14 AR=llvm-ar-14 RANLIB=llvm-ranlib-14
export PATH=/usr/lib/ccache:$PATH CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
export CFLAGS="-O1 -g1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -w"

# The machine's own archives of its release, as sources: FILES… -> one deb822 file and one of lines.
write_sources() {
  local codename files
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial"
  shopt -s nullglob
  files=(/etc/apt/sources.list.d/*.sources)
  [ ${#files[@]} = 0 ] || awk -v RS= -v ORS='\n\n' -v suite="(^|\n)Suites:[^\n]*[ \t]($codename|stable)" '
    $0 ~ suite && sub(/(^|\n)Types:[^\n]*/, "\nTypes: deb-src") && sub(/^\n/, "")' "${files[@]}" >"$work/parts/own.sources"
  files=(/etc/apt/sources.list /etc/apt/sources.list.d/*.list)
  cat "${files[@]}" 2>/dev/null | grep -E "^deb .*[[:space:]](${codename}|stable)([-/][^ ]*)?[[:space:]]" \
    | sed 's/^deb /deb-src /' >"$work/parts/own.list" || true
  grep -qs deb-src "$work"/parts/* || { echo "fuzz: no archive of $codename in this machine's apt sources" >&2; exit 1; }
}

apt_here() {
  apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/parts" -o "Dir::State::lists=$work/lists" \
    -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)" "$@" >>"$work/apt.log" 2>&1 || {
    tail -5 "$work/apt.log" >&2
    exit 1
  }
}

cmake_build() { # FOLDER TARGET OPTIONS…
  cmake -S "$1" -B "$1/build-fuzz" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX="$prefix" \
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_PREFIX_PATH="$prefix" -DBUILD_SHARED_LIBS=OFF "${@:3}" >"$1.log"
  cmake --build "$1/build-fuzz" -j "$jobs" --target "$2" >>"$1.log"
}

write_pc() { # NAME VERSION LIBRARIES
  printf 'Name: %s\nDescription: instrumented\nVersion: %s\nLibs: -L%s %s\nCflags: -I%s\n' \
    "$1" "$2" "$prefix/lib" "$3" "$prefix/include" >"$prefix/lib/pkgconfig/$1.pc"
}

build_zlib() (
  cd "$1"
  ./configure --static --prefix="$prefix" >/dev/null
  make -s -j "$jobs" libz.a >/dev/null
  make -s install >/dev/null
)
build_libspng() {
  (cd "$1/spng" && "$CC" $CFLAGS -I"$prefix/include" -DSPNG_DISABLE_OPT -c spng.c -o spng.o)
  "$AR" rcs "$prefix/lib/libspng.a" "$1/spng/spng.o"
  cp "$1/spng/spng.h" "$prefix/include"
  write_pc spng "${1##*-}" "-lspng -lz -lm"
}
build_libjpeg-turbo() {
  cmake_build "$1" jpeg-static -DENABLE_SHARED=OFF -DWITH_SIMD=OFF -DWITH_TURBOJPEG=OFF
  cp "$1/build-fuzz/libjpeg.a" "$prefix/lib"
  cp "$1"/{jpeglib,jmorecfg,jerror}.h "$1/build-fuzz/jconfig.h" "$prefix/include"
  cp "$1/build-fuzz/pkgscripts/libjpeg.pc" "$prefix/lib/pkgconfig"
}
# By hand: its own build turns SSE2 off for the compiler, too, which then refuses to return a double. With a
# config.h that promises nothing, the C code is all there is. Its transforms multiply what a hostile file says and
# overflow (README.md, "Known"): only pixels come of it, and it would end every run.
build_libwebp() (
  cd "$1"
  : >src/webp/config.h
  printf '%s\n' src/{dec,dsp,utils}/*.c | xargs -P "$jobs" -n 4 "$CC" -DHAVE_CONFIG_H -I. $CFLAGS \
    -fno-sanitize=signed-integer-overflow -c
  "$AR" rcs "$prefix/lib/libwebp.a" ./*.o
  mkdir -p "$prefix/include/webp"
  cp src/webp/{decode,types}.h "$prefix/include/webp"
  write_pc libwebp "${1##*-}" "-lwebp -lm"
)
build_giflib() {
  make -s -C "$1" -j "$jobs" libgif.a CC="$CC" CFLAGS="$CFLAGS -fPIC" >/dev/null
  cp "$1/libgif.a" "$prefix/lib"
  cp "$1/gif_lib.h" "$prefix/include"
}
# Without the compressions whose libraries are not here (LERC, JBIG, LZMA, Zstandard, WebP, libdeflate).
build_tiff() {
  cmake_build "$1" install "-Dtiff-"{tools,tests,docs,contrib}=OFF -D{lzma,zstd,webp,jbig,lerc,libdeflate,cxx}=OFF
}

write_sources
apt_here update
rm -rf "${prefix:?}"/{lib,include,share,bin,versions}
mkdir -p "$prefix/lib/pkgconfig" "$prefix/include" "$work/source"
cd "$work/source"
for package in zlib libspng libjpeg-turbo libwebp giflib tiff; do  # zlib first: two others are built with it
  apt_here source --only-source "$package"
  version=$(sed -n 's/^Version: //p' "${package}_"*.dsc | head -1)
  echo "fuzz: $package $version" >&2
  "build_$package" "$(find "$PWD" -maxdepth 1 -type d -name "$package-*")" || {
    tail -30 "$work/source/$package"*.log >&2 2>/dev/null
    exit 1
  }
  echo "$package $version" >>"$work/versions"
done
cp "$work/versions" "$prefix/versions"
