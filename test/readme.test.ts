import { readFile } from 'node:fs/promises';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subscribe } from './harness/live.ts';
import {
  startTestProcess,
  startTestServices,
  type TestProcess,
  type TestServices,
} from './harness/system.ts';

let services: TestServices;
let system: TestProcess;
let readme: string;
/** As a person would take it from what `npm start` printed. */
let token: string;

beforeAll(async () => {
  readme = await readFile('README.md', 'utf8');
  services = await startTestServices();
  system = await startTestProcess({ ...services.env, DEMO_DATA: 'on', DEMO_FEED: 'on' });
  token = /^ {2}(ey\S+)$/m.exec(system.printed.join('\n'))?.[1] ?? '';
}, 60_000);
afterAll(async () => {
  await system.stop();
  await services.close();
});

function pasted(type: 'query' | 'subscription'): string {
  const blocks = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
  const block = blocks.find((text) => text.startsWith(type));
  expect(block).toBeDefined();
  return block ?? '';
}

interface Shipments {
  shipments: {
    edges: {
      node: {
        carrier: { name: string };
        origin: { name: string };
        eta: { predictedAt: string } | null;
        emissions: { kgCo2e: number } | null;
      };
    }[];
  };
}

describe('the README', () => {
  it('has a query that works as pasted, with the printed token, on the demo data', async () => {
    const { data, errors } = await system.query<Shipments>(pasted('query'), { token });
    expect(errors).toBeUndefined();
    const nodes = data?.shipments.edges.map(({ node }) => node) ?? [];
    expect(nodes).toHaveLength(5);
    for (const node of nodes) {
      expect(node.carrier.name).toEqual(expect.any(String));
      expect(node.origin.name).toEqual(expect.any(String));
      expect(node.emissions?.kgCo2e).toBeGreaterThan(0);
    }
    expect(nodes.some(({ eta }) => eta !== null)).toBe(true);
  });

  it('has a subscription that works as pasted and moves with the demo feed', async () => {
    const updates = await subscribe<{
      data: { shipmentUpdated: { cursor: string; shipment: { reference: string } } };
    }>(system.webSocketUrl, token, pasted('subscription'));
    const received = await updates.atLeast(3);
    for (const { data } of received)
      expect(data.shipmentUpdated.shipment.reference).toEqual(expect.any(String));
    await updates.stop();
  }, 30_000);

  it('fits what GraphiQL begins with', async () => {
    const example = await readFile('supergraph/example.graphql', 'utf8');
    expect(parse(example).definitions).toHaveLength(2);
    for (const operation of example.split(/\n(?=subscription)/)) {
      if (operation.startsWith('subscription')) continue;
      const { errors } = await system.query(operation, { token });
      expect(errors).toBeUndefined();
    }
  });

  it('names only commands, files and pages that exist', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const pages = [
      readme,
      await readFile('docs/development.md', 'utf8'),
      await readFile('docs/deployment.md', 'utf8'),
    ];
    for (const [, name] of pages.join('\n').matchAll(/npm run (?:-s )?([a-z:]+)/g)) {
      expect(Object.keys(scripts)).toContain(name);
    }
    for (const [, path] of readme.matchAll(/\]\(([^)#:]+)[^)]*\)/g)) {
      await expect(readFile(path ?? ''), path).resolves.toBeDefined();
    }
  });
});
