import { readFile } from 'node:fs/promises';
import { auditServer, type AuditResult } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDevelopmentKeys } from '#platform/auth/development-issuer.ts';
import { readConfig } from '#platform/config.ts';
import { json } from '#platform/http/json.ts';
import { listen, originOf } from '#platform/http/server.ts';
import { createLog } from '#platform/telemetry/log.ts';
import {
  startTestProcess,
  startTestServices,
  type TestProcess,
  type TestServices,
} from './harness/system.ts';

let services: TestServices;
let development: TestProcess;
let open: TestProcess;
let production: TestProcess;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  services = await startTestServices();
  closing.unshift(() => services.close());
  // No audit asks for more than the gateway itself knows.
  const env = { ...services.env, ROLES: 'gateway' };
  const { auth, dataDirectory } = readConfig(env, process.cwd());
  const { publicKey } = await readDevelopmentKeys(dataDirectory);
  const issuer = await listen({ host: '127.0.0.1', port: 0, log: createLog('silent') });
  closing.unshift(() => issuer.close());
  issuer.mount('/jwks', () => json(200, { keys: [publicKey] }));
  const oidc = {
    AUTH_ISSUER: auth.issuer,
    AUTH_AUDIENCE: auth.audience,
    AUTH_JWKS_URL: `${originOf(issuer)}/jwks`,
  };
  const start = async (changes: Readonly<Record<string, string>>): Promise<TestProcess> => {
    const started = await startTestProcess({ ...env, ...changes });
    closing.unshift(() => started.stop());
    return started;
  };
  development = await start({});
  open = await start({ PUBLIC_ACCESS: 'on' });
  // Some audits ask for the schema.
  production = await start({ ...oidc, NODE_ENV: 'production', INTROSPECTION: 'on' });
});
afterAll(async () => {
  for (const close of closing) await close();
});

/** What the audit of the `graphql-http` package finds, as a caller with this token, if any. */
async function audit({ graphqlUrl }: TestProcess, token?: string): Promise<readonly AuditResult[]> {
  const fetchFn: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
  const results = await auditServer({ url: graphqlUrl, fetchFn });
  expect(results.length).toBeGreaterThanOrEqual(60);
  return results;
}

/** Every audit that isn't satisfied, MUST, SHOULD and MAY alike. */
function unmet(results: readonly AuditResult[]): string[] {
  return results.filter(({ status }) => status !== 'ok').map(({ id, name }) => `${id} ${name}`);
}

/** The rows of the table under a heading of docs/http.md, as `unmet` names them. */
async function documented(heading: string): Promise<string[]> {
  const text = await readFile('docs/http.md', 'utf8');
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const rows = section.split('\n## ', 1)[0]?.matchAll(/^\| `(\w{4})` \| (.+) \|$/gm) ?? [];
  return [...rows].map(([, id, name]) => `${id} ${name}`);
}

describe("GraphQL over HTTP, by the audit of the reference implementation's package, is kept", () => {
  it('for a caller with a token', async () => {
    expect(unmet(await audit(development, await services.token('aurora-viewer')))).toEqual([]);
  });

  it('for a caller with a token in production', async () => {
    expect(unmet(await audit(production, await services.token('aurora-viewer')))).toEqual([]);
  });

  it('without a token outside production, because the audit asks for the schema only', async () => {
    expect(unmet(await audit(development))).toEqual([]);
  });

  it('without a token where access is public', async () => {
    expect(unmet(await audit(open))).toEqual([]);
  });

  it('without a token in production except for what docs/http.md lists, which is answered with 401', async () => {
    const results = await audit(production);
    expect(unmet(results)).toEqual(
      await documented('What a caller without a token is refused in production'),
    );
    for (const result of results) {
      if (result.status !== 'ok') expect([result.id, result.response.status]).toEqual([result.id, 401]);
    }
  });
});
