# syntax=docker/dockerfile:1
# One image for every role: `microlearn:VERSION run --only ROLE`, or `up` for all of them in one.

# The pages.
FROM node:24-trixie-slim AS web
WORKDIR /src/dashboard/web
COPY dashboard/web/package.json dashboard/web/package-lock.json dashboard/web/.npmrc ./
RUN --mount=type=cache,target=/npm npm ci --cache /npm --no-audit --no-fund
COPY dashboard/web/ ./
RUN npm run build

# The program, with the pages inside it.
FROM rust:1.95-slim-trixie AS build
WORKDIR /src
COPY . .
COPY --from=web /src/dashboard/web/dist dashboard/web/dist
# The context holds no repository to ask, so whoever builds says the commit.
ARG COMMIT=unknown
# What was compiled stays in the cache, so the program is copied out of it in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    MICROLEARN_COMMIT=${COMMIT} CARGO_INCREMENTAL=0 cargo build --release --locked --package microlearn \
    && install -D target/release/microlearn /image/usr/local/bin/microlearn \
    && install -d -o 10001 -g 10001 -m 0700 /image/data

# What runs: the C library of Debian, the certificates of public authorities, the program.
FROM debian:trixie-slim
ARG VERSION=0.1.0
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="MicroLearn" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /image/ /
# No name stands behind the number: nobody signs in here, and nothing but /data belongs to it.
USER 10001:10001
ENV HOME=/tmp
EXPOSE 8080 9090
# Whether this process lives; whether its backends do is for /readyz. bash, as there is no curl.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=2s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["/usr/local/bin/microlearn"]
CMD ["up", "--data", "/data", "--listen", "0.0.0.0:8080", "--metrics-listen", "0.0.0.0:9090"]
