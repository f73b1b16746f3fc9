# syntax=docker/dockerfile:1
# docker build .               the CPU image
# docker build --target gpu .  the same with TensorFlow for CUDA 12; run it with --gpus all

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM dependencies AS build
COPY tsconfig.json ./
COPY src ./src
COPY web ./web
COPY clients/typescript/src ./clients/typescript/src
COPY models ./models
# Removes what a CPU image never loads: the tfjs engine, and onnxruntime-node's binaries for other platforms.
RUN npm run build && npm prune --omit=dev && npm uninstall --no-save --omit=dev @tensorflow/tfjs-node-gpu \
 && rm -rf node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/onnxruntime-node/bin/napi-v6/win32

FROM build AS openvino
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
# Where pip looks, if not at the public index: --build-arg PIP_INDEX_URL=address, or PIP_FIND_LINKS=address of a list of wheels.
ARG PIP_INDEX_URL
ARG PIP_FIND_LINKS
RUN node dist/src/cli/main.js engine install openvino

FROM dependencies AS native
# Debian keeps only the newest version of a package: a pinned one would stop building at the next security update.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends g++ python3 python3-pip && rm -rf /var/lib/apt/lists/*
COPY scripts/build-tfjs-native.mjs scripts/
# TENSORFLOW="" builds against the CPU wheel, to try this stage without 3 GB of downloads.
ARG TENSORFLOW=--cuda
RUN node scripts/build-tfjs-native.mjs ${TENSORFLOW}

FROM node:24-bookworm-slim AS cpu
# MALLOC_*, --max-semi-space-size: see scripts/processSettings.ts; without them, memory settles 150 to 250 MiB higher at the same speed.
ENV NODE_ENV=production MODELS_DIR=/models DATA_DIR=/data MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=openvino /app/native ./native
# Only read, and replaced with the image; what is trained or imported goes to /models.
COPY --from=build /app/models ./models
RUN install -d -o node -g node /models /data
# node:node of the base image, by number so that any host can check that it is not root.
USER 1000:1000
VOLUME ["/models", "/data"]
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health/ready').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=4", "dist/src/main.js"]

# No CUDA base image: native/ brings the CUDA libraries of the exact versions that this TensorFlow was built for, and the driver comes from
# the host. DEVICE=cuda, because an image for GPUs that finds none must say so rather than serve slowly from the CPU.
FROM cpu AS gpu
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility DEVICE=cuda MAX_BATCH_SIZE=32
COPY --from=native /app/native ./native

# The last stage is what a build without --target produces.
FROM cpu
