# docker build -t cellgate .
# docker run --init -p 8080:8080 -e CELLGATE_TOKEN=… cellgate
#
# The server refuses to listen beyond loopback without CELLGATE_TOKEN, so the container does not start without it.
# --init gives the container a first process that passes signals on and reaps executors that lost their parent.

FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without install scripts, since the only one that matters fetches the Node that this image already has.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json tsconfig.browser.json ./
COPY src src
COPY client client
RUN npm run build

FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# isolated-vm loads the binary that it ships; the optional package is msgpackr's native decoder, which is to stay off.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:26-slim
# Host and port are set here and not as flags, so that the health check asks where the server really listens.
ENV NODE_ENV=production CELLGATE_HOST=0.0.0.0 CELLGATE_PORT=8080
WORKDIR /app
COPY LICENSE package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.CELLGATE_PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1))"]
ENTRYPOINT ["node", "dist/src/main.js"]
