# Its steps are npm scripts, which .ci/run runs in a clean clone: what builds there builds here.
FROM node:24-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run image:build
RUN npm run image:prune
RUN npm run image:check

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    RATCHET_CONFIG=/etc/ratchet/ratchet.yaml \
    RATCHET_DATA=/data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/drizzle ./drizzle
COPY --from=build /app/dist ./dist
COPY --from=build /app/scripts/healthcheck.mjs ./scripts/
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
# 9006: webhook, API, health. 9007: declarative management, for the MDM server only.
EXPOSE 9006 9007
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["node", "/app/scripts/healthcheck.mjs"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]
