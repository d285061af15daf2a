# One image for every role; ROLES chooses. docker-compose.yml shows the whole system.
FROM node:20-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc prisma.config.ts ./
COPY tools ./tools
COPY prisma ./prisma
# Development packages (tests, linters) stay out; the Prisma client is generated from the schema.
RUN npm ci --omit=dev --ignore-scripts && node tools/generate.mjs && mkdir .supercargo && chown node:node .supercargo
COPY . .
USER node
ENV HOST=0.0.0.0 PORT=4000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD node -e "fetch('http://127.0.0.1:'+process.env.PORT+'/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
# Node itself, so that SIGTERM reaches it.
CMD ["node", "--max-semi-space-size=64", "--no-parallel-scavenge", "--import", "tsx", "main.ts"]
