# syntax=docker/dockerfile:1
# CPU image: dependencies and TypeScript in one stage, the files that run in the other.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src ./src
COPY models ./models
# Away with what a CPU image never loads: the tfjs engine, and onnxruntime-node's binaries for other platforms.
RUN npm run build && npm prune --omit=dev && npm uninstall --no-save --omit=dev @tensorflow/tfjs-node-gpu \
 && rm -rf node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/onnxruntime-node/bin/napi-v6/win32

FROM node:24-bookworm-slim
ENV NODE_ENV=production MODELS_DIR=/models DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build --chown=node:node /app/models /models
RUN install -d -o node -g node /data
# node:node of the base image, by number so that any host can check that it is not root.
USER 1000:1000
VOLUME ["/models", "/data"]
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health/ready').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
