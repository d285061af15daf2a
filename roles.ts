import { SUBGRAPHS, type Role, type SubgraphName } from '#platform/config.ts';
import { json } from '#platform/http/json.ts';
import type { HttpServer } from '#platform/http/server.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { Platform, Service } from '#platform/service.ts';
import { readiness, type Check } from '#platform/telemetry/readiness.ts';

type StartService = (platform: Platform) => Promise<Service>;

// Imported when played, so that a process loads only what its roles need.
const START: Readonly<Record<SubgraphName, () => Promise<StartService>>> = {
  procurement: async () => (await import('#subgraphs/procurement/server.ts')).startProcurement,
  tracking: async () => (await import('#subgraphs/tracking/server.ts')).startTracking,
  carriers: async () => (await import('#subgraphs/carriers/server.ts')).startCarriers,
  eta: async () => (await import('#subgraphs/eta/server.ts')).startEta,
};

/**
 * Starts the subgraphs and the gateway that this process plays and mounts them on its server. The gateway calls the
 * subgraphs of its own process without a socket; in a process without a gateway each subgraph answers at
 * `/NAME/graphql`, and at `/graphql` too when it is the only one.
 */
export async function startRoles(
  platform: Platform,
  server: HttpServer,
  lifecycle: Lifecycle,
): Promise<void> {
  const { roles } = platform.config;
  const checks: Record<string, Check> = {};
  const services = await startSubgraphs(platform, lifecycle, checks);
  if (roles.has('worker')) await startWork(platform, lifecycle, checks);
  for (const service of services) {
    for (const [path, handler] of Object.entries(service.routes)) server.mount(path, handler);
  }
  // Answers under way still need the subgraphs: the server ends before them and after the gateway's subscriptions.
  lifecycle.onStop('http', () => server.close());
  if (roles.has('gateway')) {
    const { startGateway } = await import('#supergraph/server.ts');
    const gateway = await startGateway(platform, services);
    lifecycle.onStop('gateway', () => gateway.close());
    server.mount('/graphql', gateway.graphql, gateway.post);
    server.mountUpgrade('/graphql', gateway.upgrade);
    addChecks(checks, gateway.checks);
  } else {
    for (const service of services) server.mount(`/${service.name}/graphql`, service.graphql);
    const [only] = services;
    if (only && services.length === 1) server.mount('/graphql', only.graphql);
  }
  // Last: what isn't mounted yet can't be ready.
  mountOperations(platform, server, checks);
}

async function startSubgraphs(
  platform: Platform,
  lifecycle: Lifecycle,
  checks: Record<string, Check>,
): Promise<readonly Service[]> {
  const names = SUBGRAPHS.filter((name: Role) => platform.config.roles.has(name));
  return Promise.all(
    names.map(async (name) => {
      const start = await START[name]();
      const service = await start(platform);
      lifecycle.onStop(name, () => service.close());
      addChecks(checks, service.checks);
      return service;
    }),
  );
}

/** What is accepted at the ingestion door is applied by this role, wherever it runs. */
async function startWork(
  platform: Platform,
  lifecycle: Lifecycle,
  checks: Record<string, Check>,
): Promise<void> {
  const { startWorker } = await import('#subgraphs/tracking/worker/worker.ts');
  const worker = await startWorker(platform);
  lifecycle.onStop('worker', () => worker.close());
  addChecks(checks, worker.checks);
}

/** A dependency that several roles use is well when it is well for each of them: their logins differ. */
function addChecks(checks: Record<string, Check>, added: Readonly<Record<string, Check>>): void {
  for (const [name, check] of Object.entries(added)) {
    const present = checks[name];
    checks[name] = present ? () => Promise.all([present(), check()]) : check;
  }
}

function mountOperations(
  platform: Platform,
  server: HttpServer,
  checks: Readonly<Record<string, Check>>,
): void {
  server.mount('/readyz', async () => {
    const state = await readiness(checks);
    return json(state.ready ? 200 : 503, state);
  });
  server.mount('/metrics', async () => {
    const { registry } = platform.metrics;
    return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } });
  });
}
