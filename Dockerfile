# Credence as a small image: the binary, the parts of OpenVINO that it uses, Debian's libraries.
#
#   docker build -t credence .
#   docker run --read-only --cap-drop all -p 8080:8080 credence                  the bundled digit predictor
#   docker run --read-only --cap-drop all -p 8080:8080 -v ./models:/models:ro credence serve --models /models
#
# The stage `train` is another image, which trains and calibrates too: the same program, and libtorch. What it
# writes belongs to the user that it runs as.
#
#   docker build --target train -t credence-train .
#   docker run --user "$(id -u)" -v "$PWD:/work" credence-train train --data mnist --out models --name digits
#   docker run --user "$(id -u)" -v "$PWD:/work" credence-train calibrate --model models/digits --data mnist --split t10k
#
# Behind a mirror: --build-arg PIP_INDEX_URL=…, or mount the host's /etc/pip.conf into the build; for
# its certificates mount the bundle anywhere but under /etc/ssl/certs and give --build-arg PIP_CERT=FILE.
FROM debian:bookworm-slim AS build
ARG PIP_INDEX_URL
ARG PIP_CERT
ARG DEV_JOBS
WORKDIR /src
COPY dev ./
COPY requirements/engine.txt requirements/
RUN ./dev prepare
COPY . .
ARG CREDENCE_COMMIT
RUN ./dev build release -DCREDENCE_COMMIT="$CREDENCE_COMMIT"
# The image's tree. TBB finds its allocator and its NUMA helper only if they are there; both may be absent.
RUN cmake --install build/release --strip --prefix /image/usr \
 && cd /image/usr/share && rm -r man bash-completion zsh fish

FROM debian:bookworm-slim AS runtime
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends \
      ca-certificates libcurl4 libgif7 libgrpc++1.51 libprometheus-cpp-core1.0 libprotobuf32 libsimdjson14 libspdlog1.10 libspng0 \
      libssl3 libstdc++6 libjpeg62-turbo libwebp7 >/dev/null \
 && rm -rf /var/lib/apt/lists/* \
 # 9 MB that come with these and that nobody here loads.
 && cd /usr/lib/*-linux-gnu && rm libprotoc.so.* libgrpc_unsecure.so.* libgrpc_plugin_support.so.* libgrpc++_*.so.* libgrpcpp_channelz.so.*

FROM build AS build-train
RUN ./dev build train \
 && cmake --install build/train --strip --prefix /train/usr

FROM runtime AS train
# Without OpenBLAS, dense layers take 10 x the time.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends libtorch1.13 libopenblas0-serial >/dev/null \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build-train /train /
RUN credence train --help >/dev/null
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["credence"]
CMD ["train", "--help"]

FROM runtime
COPY --from=build /image /
# Fails the build, not the start, when a library is missing.
RUN credence --version
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["credence", "health"]
ENTRYPOINT ["credence"]
CMD ["serve"]
