import { mkdir, readFile, rename, rm, writeFile, link } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import type { AuthConfig } from '../config.ts';

interface DevelopmentKeys {
  readonly privateKey: JWK;
  readonly publicKey: JWK;
}

const ALGORITHM = 'RS256';

/**
 * The development issuer's keys, made on first use. They sign tokens for one machine's demo data; production
 * refuses to start with them.
 * @throws when the data directory can't be written
 */
export async function readDevelopmentKeys(dataDirectory: string): Promise<DevelopmentKeys> {
  const path = join(dataDirectory, 'keys', 'development-issuer.json');
  const found = await read(path);
  if (found) return found;
  await mkdir(join(dataDirectory, 'keys'), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(await makeKeys()), { mode: 0o600 });
  // Two processes may start at once: a link fails where a file exists, so the first keys stay.
  await link(draft, path).catch((error: unknown) => {
    // A file system without hard links: the later rename wins, and both read it back.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return rename(draft, path);
    return undefined;
  });
  await rm(draft, { force: true });
  const keys = await read(path);
  if (!keys) throw new Error(`${path} could not be read back`);
  return keys;
}

/**
 * One signed token of the development issuer.
 * @param claims everything but `iss`, `aud`, `iat`, `exp` and `jti`, which are added; they win over those
 * @param ttl seconds until it expires
 */
export async function issueDevelopmentToken(
  auth: AuthConfig,
  dataDirectory: string,
  claims: Readonly<Record<string, unknown>>,
  ttl: number,
): Promise<string> {
  const { privateKey } = await readDevelopmentKeys(dataDirectory);
  const now = Math.floor(Date.now() / 1_000);
  const standard = { iss: auth.issuer, aud: auth.audience, iat: now, exp: now + ttl, jti: randomUUID() };
  return new SignJWT({ ...standard, ...claims })
    .setProtectedHeader({ alg: ALGORITHM, kid: privateKey.kid ?? '', typ: 'JWT' })
    .sign(await importJWK(privateKey, ALGORITHM));
}

async function read(path: string): Promise<DevelopmentKeys | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as DevelopmentKeys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function makeKeys(): Promise<DevelopmentKeys> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicKey = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicKey);
  const privateKey = await exportJWK(pair.privateKey);
  return {
    privateKey: { ...privateKey, kid, alg: ALGORITHM },
    publicKey: { ...publicKey, kid, alg: ALGORITHM, use: 'sig' },
  };
}
