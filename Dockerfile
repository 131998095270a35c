# Credence as a small image: the binary, the parts of OpenVINO that it uses, Debian's libraries.
#
#   docker build -t credence .
#   docker run --read-only --cap-drop all -p 8080:8080 credence                  the bundled digit predictor
#   docker run --read-only --cap-drop all -p 8080:8080 -v ./models:/models:ro credence serve --models /models
#
# Behind a mirror: --build-arg PIP_INDEX_URL=…, or mount the host's /etc/pip.conf into the build; for
# its certificates mount the bundle anywhere but under /etc/ssl/certs and give --build-arg PIP_CERT=FILE.
FROM debian:bookworm-slim AS build
ARG PIP_INDEX_URL
ARG PIP_CERT
ARG CREDENCE_JOBS
WORKDIR /src
COPY dev requirements.txt ./
RUN ./dev prepare
COPY . .
RUN ./dev build release -DCREDENCE_BUNDLED_DIR=/usr/share/credence/predictors
# The image's tree. TBB finds its allocator and its NUMA helper only if they are there; both may be absent.
RUN set -eu; \
    lib=/image/usr/lib/credence; share=/image/usr/share; \
    mkdir -p /image/usr/bin $lib /image/etc/ld.so.conf.d $share/credence $share/doc/credence $share/doc/openvino; \
    strip -o /image/usr/bin/credence build/release/src/cli/credence; \
    ln -s credence /image/usr/bin/tensorflow_model_server; \
    cd build/venv/lib/python3*/site-packages; \
    for name in libopenvino.so.* libopenvino_intel_cpu_plugin.so libopenvino_ir_frontend.so.* \
        libopenvino_onnx_frontend.so.* libopenvino_tensorflow_frontend.so.* \
        libtbb.so.12; do cp openvino/libs/$name $lib; done; \
    cp -r openvino-*.dist-info/licenses/. $share/doc/openvino; \
    echo /usr/lib/credence > /image/etc/ld.so.conf.d/credence.conf; \
    cp -r /src/predictors $share/credence; \
    cp /src/LICENSE $share/doc/credence

FROM debian:bookworm-slim
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends \
      libcurl4 libgif7 libgrpc++1.51 libprometheus-cpp-core1.0 libprotobuf32 libsimdjson14 libspdlog1.10 libspng0 \
      libssl3 libstdc++6 libturbojpeg0 libwebp7 >/dev/null \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /image /
# Fails the build, not the start, when a library is missing.
RUN ldconfig && credence --version
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["credence", "health"]
ENTRYPOINT ["credence"]
CMD ["serve"]
