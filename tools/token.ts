import { parseArgs } from 'node:util';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { readConfig } from '#platform/config.ts';

const USAGE = `Usage: npm run -s token -- PERSONA [--tenant UUID] [--ttl SECONDS] [--claim NAME=VALUE]…
       npm run -s token -- --list`;

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
      tenant: { type: 'string' },
      ttl: { type: 'string' },
      claim: { type: 'string', multiple: true },
    },
  });
  if (values.list) {
    for (const persona of PERSONAS) console.log(`${persona.name.padEnd(20)} ${persona.description}`);
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

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
