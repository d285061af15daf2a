import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeJwt, type JWTPayload } from 'jose';
import { Redis } from 'ioredis';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { revokeToken } from '#platform/auth/revocations.ts';
import { readConfig } from '#platform/config.ts';
import { startLocalServices } from './services/local-services.ts';

const USAGE = `Usage: npm run -s token -- PERSONA [--tenant UUID] [--ttl SECONDS] [--claim NAME=VALUE]…
       npm run -s token -- --list
       npm run -s token -- --revoke JTI|TOKEN [--ttl SECONDS]`;

const root = fileURLToPath(new URL('..', import.meta.url));
const DEFAULT_TTL = 12 * 60 * 60;

/** `VALUE` as JSON where it is JSON, else as text: `roles=["buyer"]`, `carrier=HLCU`. */
function readClaim(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--claim is "${text}": expected NAME=VALUE`);
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  try {
    return [name, JSON.parse(value)];
  } catch {
    return [name, value];
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      list: { type: 'boolean' },
      revoke: { type: 'string' },
      tenant: { type: 'string' },
      ttl: { type: 'string' },
      claim: { type: 'string', multiple: true },
    },
  });
  if (values.list) {
    for (const persona of PERSONAS) console.log(`${persona.name.padEnd(20)} ${persona.description}`);
    return;
  }
  if (values.revoke !== undefined) {
    await revoke(values.revoke, values.ttl);
    return;
  }
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new Error(USAGE);
  const persona = PERSONAS.find((candidate) => candidate.name === name);
  if (!persona)
    throw new Error(
      `There is no persona "${name}": expected one of ${PERSONAS.map((p) => p.name).join(', ')}`,
    );
  const ttl = values.ttl === undefined ? DEFAULT_TTL : Number(values.ttl);
  if (!Number.isInteger(ttl)) throw new Error(`--ttl is "${values.ttl}": expected a whole number of seconds`);
  const config = readConfig(process.env, process.cwd());
  if (config.auth.jwksUrl !== null)
    throw new Error('AUTH_ISSUER is set: its tokens come from there, not from here');
  const claims = {
    ...personaClaims(persona),
    ...(values.tenant === undefined ? {} : { tenant: values.tenant }),
    ...Object.fromEntries((values.claim ?? []).map(readClaim)),
  };
  console.log(await issueDevelopmentToken(config.auth, config.dataDirectory, claims, ttl));
}

/** Calls a token back, by its id or by itself. The id alone is remembered for `ttl` seconds. */
async function revoke(what: string, ttl = String(DEFAULT_TTL)): Promise<void> {
  if (!/^[1-9]\d*$/.test(ttl)) throw new Error(`--ttl is "${ttl}": expected a whole number of seconds`);
  const { jti, exp }: JWTPayload = isToken(what) ? decodeJwt(what) : { jti: what };
  if (jti === undefined) throw new Error('The token has no jti: it can only expire');
  const ends = exp === undefined ? Date.now() + Number(ttl) * 1_000 : exp * 1_000;
  // Clocks may differ by as much as the verifier allows.
  const until = ends + 300_000;
  const config = readConfig(process.env, root);
  const services =
    config.redisUrl === null
      ? await startLocalServices({
          dataDirectory: config.dataDirectory,
          postgres: false,
          redis: true,
          log: () => {},
        })
      : null;
  const redis = new Redis(config.redisUrl ?? services?.redisUrl ?? '', { maxRetriesPerRequest: 1 });
  try {
    await revokeToken(redis, jti, until);
    console.log(`${jti} is refused until ${new Date(until).toISOString()}`);
  } finally {
    redis.disconnect();
    await services?.stop();
  }
}

function isToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
