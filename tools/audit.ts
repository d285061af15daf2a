import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { AnchorError, anchorLine, readAnchors } from '#platform/audit/anchors.ts';
import { verifyTrail } from '#platform/audit/verify-trail.ts';
import { LocalServiceError } from './services/errors.ts';
import { startLocalServices } from './services/local-services.ts';

const USAGE = `npm run audit:verify                        checks the audit trail; exit code 1 when it is not as it was written
  -- --tenant ID                            one tenant's alone
  -- --anchor FILE                          compares it with the heads in FILE, too, and adds the present ones if all is well
  -- --anchor FILE --key KEY.pem            Ed25519: each line of FILE must be signed; a private key signs the new one

The database is DATABASE_URL's (the owner's), or the embedded one in DATA_DIR. Keep FILE where the database's owner can't
write.`;

class UsageError extends Error {}

const root = fileURLToPath(new URL('..', import.meta.url));

async function main(): Promise<number> {
  const { tenant, anchor, key: keyFile, help } = readArguments();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const key = keyFile === undefined ? null : readKey(await readFile(keyFile, 'utf8'));
  const anchors = anchor === undefined ? [] : readAnchors(await readIfThere(anchor), key);
  return withDatabase(async (databaseUrl) => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const { heads, entries, findings } = await verifyTrail(client, anchors, tenant);
      for (const head of heads) console.log(`${head.tenant}  ${head.sequence} entries  ${head.hash}`);
      for (const finding of findings) {
        console.error(`${finding.tenant}  entry ${finding.sequence}: ${finding.problem}`);
      }
      console.log(`${entries} entries in ${heads.length} chains, ${findings.length} findings`);
      if (findings.length > 0) return 1;
      if (anchor !== undefined && key?.type !== 'public') await appendFile(anchor, anchorLine(heads, key));
      return 0;
    } finally {
      await client.end();
    }
  });
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        tenant: { type: 'string' },
        anchor: { type: 'string' },
        key: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.key !== undefined && values.anchor === undefined) throw new UsageError(USAGE);
    return values;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}

function readKey(pem: string): KeyObject {
  return pem.includes('PRIVATE KEY') ? createPrivateKey(pem) : createPublicKey(pem);
}

async function readIfThere(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
}

/** Starts the embedded database for as long as it is needed, unless DATABASE_URL names another or it runs already. */
async function withDatabase<T>(work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const given = process.env.DATABASE_URL?.trim();
  if (given) return work(given);
  const services = await startLocalServices({
    dataDirectory: path.resolve(root, process.env.DATA_DIR ?? '.supercargo'),
    postgres: true,
    redis: false,
    log: () => {},
  });
  try {
    return await work(services.databaseUrl ?? '');
  } finally {
    await services.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isExpected =
    error instanceof AnchorError || error instanceof LocalServiceError || error instanceof UsageError;
  console.error(isExpected ? `audit: ${error.message}` : error);
  process.exitCode = 2;
}
