# Slipway in one image. It wants a database: docker run -e DATABASE_URL=postgres://… -p 3000:3000 slipway

FROM node:20-bookworm-slim AS tools
WORKDIR /tools
COPY frontend/bundle/package.json frontend/bundle/package-lock.json frontend/bundle/.npmrc ./
RUN npm ci

FROM rust:1.95-bookworm AS build
RUN rustup target add wasm32-unknown-unknown
# wasm-opt is a program for Node.
COPY --from=tools /usr/local/bin/node /usr/local/bin/node
WORKDIR /slipway
COPY . .
COPY --from=tools /tools/node_modules frontend/bundle/node_modules
ENV SQLX_OFFLINE=true
RUN cargo build --release --locked -p server -p bundle
RUN cargo build --profile wasm --locked -p frontend --target wasm32-unknown-unknown
RUN target/release/bundle --wasm target/wasm32-unknown-unknown/wasm/frontend.wasm \
    --wasm-opt frontend/bundle/node_modules/.bin/wasm-opt --out target/site --cache target/bundle

FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/slipway slipway
COPY --from=build /slipway/target/release/slipway /usr/local/bin/slipway
COPY --from=build /slipway/target/site /usr/local/share/slipway/site
USER slipway
WORKDIR /var/lib/slipway
ENV SLIPWAY_SITE=/usr/local/share/slipway/site SLIPWAY_LISTEN=0.0.0.0:3000
EXPOSE 3000
# SIGINT drains what is running before it ends.
STOPSIGNAL SIGINT
ENTRYPOINT ["slipway"]
CMD ["serve"]
