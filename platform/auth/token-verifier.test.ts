import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig, type AuthConfig } from '../config.ts';
import { issueDevelopmentToken, readDevelopmentKeys } from './development-issuer.ts';
import { personaClaims, PERSONAS } from './personas.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

let directory: string;
let auth: AuthConfig;
let verifier: TokenVerifier;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supercargo-auth-'));
  auth = readConfig({}, directory).auth;
  verifier = await createTokenVerifier(auth, directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const claims = { ...personaClaims(PERSONAS[1] as (typeof PERSONAS)[number]) };
const now = (): number => Math.floor(Date.now() / 1_000);
const issue = (changes: Record<string, unknown> = {}, ttl = 60): Promise<string> =>
  issueDevelopmentToken(auth, directory, { ...claims, ...changes }, ttl);

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that `SignJWT` would refuse to make. */
function forge(
  header: Record<string, unknown>,
  payload: Record<string, unknown>,
  sign: (input: string) => string,
): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign(input)}`;
}

const payload = (): Record<string, unknown> => ({
  ...claims,
  iss: auth.issuer,
  aud: auth.audience,
  exp: now() + 60,
});

describe('a valid token', () => {
  it('tells who is calling', async () => {
    const caller = await verifier.verifyHeader(`Bearer ${await issue()}`);
    expect(caller).toMatchObject({ subject: 'aurora-buyer', organisation: 'SHIPPER', carrier: null });
    expect(caller.roles).toEqual(new Set(['buyer']));
    expect(caller.scopes).toEqual(new Set(['graph:read', 'graph:write']));
    expect(caller.expiresAt).toBeGreaterThan(Date.now() + 50_000);
  });

  it.each(PERSONAS)('is issued for $name', async (persona) => {
    const token = await issueDevelopmentToken(auth, directory, personaClaims(persona), 60);
    await expect(verifier.verify(token)).resolves.toMatchObject({
      subject: persona.name,
      tenant: persona.tenant,
      carrier: persona.carrier ?? null,
    });
  });
});

describe('a token that is refused without a detail', () => {
  const refused = async (token: string): Promise<void> => {
    await expect(verifier.verify(token)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'A valid bearer token is required.',
    });
  };

  it.each([
    ['expired', { exp: now() - 10 }],
    ['without exp', { exp: undefined }],
    ['with exp as text', { exp: String(now() + 60) }],
    ['not valid yet', { nbf: now() + 60 }],
    ['without sub', { sub: undefined }],
    ['with an empty sub', { sub: '' }],
    ['of another issuer', { iss: 'https://other.example' }],
    ['for another audience', { aud: 'other' }],
    ['without a tenant', { tenant: undefined }],
    ['with a tenant that is no UUID', { tenant: '*' }],
    ['of an unknown kind of organisation', { org_kind: 'ROOT' }],
    ['of a carrier without a SCAC', { org_kind: 'CARRIER' }],
  ])('%s', async (_, changes) => refused(await issue(changes)));

  it.each(['none', 'None', 'NONE', ''])('unsigned, alg %j', (alg) =>
    refused(forge({ alg }, payload(), () => '')),
  );

  it('signed by HS256 with the public key as the secret', async () => {
    const { publicKey } = await readDevelopmentKeys(directory);
    const pem = await exportSPKI((await importJWK(publicKey, 'RS256', { extractable: true })) as CryptoKey);
    await refused(
      forge({ alg: 'HS256', kid: publicKey.kid }, payload(), (input) =>
        createHmac('sha256', pem).update(input).digest('base64url'),
      ),
    );
  });

  it.each(['jwk', 'jku', 'x5u'])('signed by a key that it brings along in %s', async (parameter) => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const jwk = pair.publicKey.export({ format: 'jwk' });
    const value = parameter === 'jwk' ? jwk : 'https://attacker.example/keys.json';
    const token = await new SignJWT(payload())
      .setProtectedHeader({ alg: 'RS256', [parameter]: value })
      .sign(pair.privateKey);
    await refused(token);
  });

  it('whose signature is cut off or of another token', async () => {
    const [header, body] = (await issue()).split('.');
    const [, , signature] = (await issue({ sub: 'someone-else' })).split('.');
    await refused(`${header}.${body}.`);
    await refused(`${header}.${body}.${signature}`);
  });

  it('with a critical header that nobody knows', async () => {
    const { privateKey } = await readDevelopmentKeys(directory);
    const token = await new SignJWT(payload())
      .setProtectedHeader({ alg: 'RS256', crit: ['exotic'], exotic: true })
      .sign(await importJWK(privateKey, 'RS256'), { crit: { exotic: true } });
    await refused(token);
  });

  it.each([
    ['names a file', '../../../../dev/null'],
    ['is an SQL injection', "x' UNION SELECT 'secret' -- "],
    ['is an address', 'https://attacker.example/key.pem'],
    ['is a property of every object', '__proto__'],
    ['is empty', ''],
    ['is no text', 7],
  ])('signed by another key whose kid %s', async (_, kid) => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    for (const secret of [pair.privateKey, null]) {
      const token = forge(
        { alg: 'RS256', kid },
        payload(),
        (input) =>
        secret ? sign('sha256', Buffer.from(input), secret).toString('base64url') : createHmac('sha256', '').update(input).digest('base64url'), // prettier-ignore
      );
      await refused(token);
    }
  });

  it('signed by another key under the kid of the right one', async () => {
    const { publicKey } = await readDevelopmentKeys(directory);
    const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const { kid } = publicKey;
    await refused(
      forge({ alg: 'RS256', kid }, payload(), (input) =>
        sign('sha256', Buffer.from(input), pair.privateKey).toString('base64url'),
      ),
    );
  });

  it.each(['HS256', 'HS384', 'RS384', 'PS256', 'ES256', 'nOnE', 'rs256', ['RS256'], null])(
    'whose header says alg %j over the right signature',
    async (alg) => {
      const { privateKey } = await readDevelopmentKeys(directory);
      const key = createPrivateKey({ key: privateKey as Record<string, string>, format: 'jwk' });
      await refused(
        forge({ alg, kid: privateKey.kid }, payload(), (input) =>
          sign('sha256', Buffer.from(input), key).toString('base64url'),
        ),
      );
    },
  );

  it.each([
    ['an ID token', 'id+jwt'],
    ['a logout token', 'logout+jwt'],
    ['a security event', 'secevent+jwt'],
    ['something else', 'dpop+jwt'],
  ])('that is %s by its typ', async (_, typ) => {
    const { privateKey } = await readDevelopmentKeys(directory);
    const token = await new SignJWT(payload())
      .setProtectedHeader({ alg: 'RS256', typ, kid: privateKey.kid ?? '' })
      .sign(await importJWK(privateKey, 'RS256'));
    await refused(token);
  });

  it.each(['at+jwt', 'application/at+jwt', 'JWT', undefined])('but not for the typ %s', async (typ) => {
    const { privateKey } = await readDevelopmentKeys(directory);
    const token = await new SignJWT(payload())
      .setProtectedHeader({ alg: 'RS256', kid: privateKey.kid ?? '', ...(typ === undefined ? {} : { typ }) })
      .sign(await importJWK(privateKey, 'RS256'));
    await expect(verifier.verify(token)).resolves.toMatchObject({ subject: 'aurora-buyer' });
  });

  it('that names a tenant, but the signature is of the one with another', async () => {
    const [header, body = '', signature] = (await issue()).split('.');
    const said = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const tenant = '0b000000-0000-4000-8000-00000000000b';
    expect(said.tenant).not.toBe(tenant);
    await refused(`${header}.${encode({ ...said, tenant })}.${signature}`);
    // A claim twice: what is signed counts, not what another parser would read.
    await refused(`${header}.${Buffer.from(`{"tenant":"${tenant}",${JSON.stringify(said).slice(1)}`).toString('base64url')}.${signature}`); // prettier-ignore
  });

  it.each([
    ['a jti that is no text', { jti: 7 }],
    ['exp below zero', { exp: -1 }],
    ['nbf as text', { nbf: '0' }],
    ['an audience that only begins like ours', { aud: 'supercargo2' }],
    ['an issuer with a slash more', { iss: `https://issuer.supercargo.invalid/` }],
    ['a tenant in an array', { tenant: ['0a000000-0000-4000-8000-00000000000a'] }],
  ])('with %s', async (_, changes) => refused(await issue(changes)));

  it('that is enormous', () => refused(`${'a'.repeat(9_000)}.b.c`));

  it.each([null, '', 'Bearer', 'Basic dXNlcjpwYXNz', 'Bearer a.b', 'Bearer a.b.c d'])(
    'in the header %j',
    async (header) => {
      await expect(verifier.verifyHeader(header)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    },
  );
});

describe('an issuer elsewhere', () => {
  it('is asked for its keys once, and a dead one is told apart from a bad token', async () => {
    const { publicKey } = await readDevelopmentKeys(directory);
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [publicKey] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const remote = await createTokenVerifier({ ...auth, jwksUrl }, directory);
    const token = await issue();
    await expect(Promise.all([remote.verify(token), remote.verify(token)])).resolves.toHaveLength(2);
    expect(requests).toBe(1);
    await new Promise((resolve) => server.close(resolve));

    const orphan = await createTokenVerifier({ ...auth, jwksUrl }, directory);
    await expect(orphan.verify(token)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('keys of an issuer elsewhere', () => {
  it('are asked for no more often for tokens of unknown keys', async () => {
    const { publicKey } = await readDevelopmentKeys(directory);
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [publicKey] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
      const remote = await createTokenVerifier({ ...auth, jwksUrl }, directory);
      await remote.verify(await issue());
      const forged = Array.from({ length: 50 }, (_, index) =>
        forge({ alg: 'RS256', kid: `unknown-${index}` }, payload(), () => 'AAAA'),
      );
      const outcomes = await Promise.allSettled(forged.map((token) => remote.verify(token)));
      expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
      expect(requests).toBe(1);
      await expect(remote.verify(await issue())).resolves.toMatchObject({ subject: 'aurora-buyer' });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('are not waited for without end, and known ones count meanwhile', async () => {
    const { publicKey } = await readDevelopmentKeys(directory);
    let frozen = false;
    const server = createServer((_, response) => {
      if (!frozen) response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [publicKey] })); // prettier-ignore
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
      const known = await createTokenVerifier({ ...auth, jwksUrl }, directory);
      await known.verify(await issue());
      frozen = true;
      await expect(known.verify(await issue())).resolves.toMatchObject({ subject: 'aurora-buyer' });
      const fresh = await createTokenVerifier({ ...auth, jwksUrl }, directory, { keysTimeout: 50 });
      await expect(fresh.verify(await issue())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('a token that was verified before', () => {
  afterEach(() => vi.useRealTimers());

  const counted = async (
    options: Parameters<typeof createTokenVerifier>[2] = {},
    config: AuthConfig = auth,
  ): Promise<{ verifier: TokenVerifier; outcomes: string[] }> => {
    const outcomes: string[] = [];
    const onLookup = (outcome: string): void => void outcomes.push(outcome);
    return { verifier: await createTokenVerifier(config, directory, { onLookup, ...options }), outcomes };
  };

  it('is not verified again, and no other token is taken for it', async () => {
    const { verifier: own, outcomes } = await counted();
    const token = await issue();
    const caller = await own.verify(token);
    expect(await own.verify(token)).toBe(caller);
    expect(outcomes).toEqual(['miss', 'hit']);
    const [head = '', body = '', signature = ''] = token.split('.');
    const other = encode({ ...payload(), sub: 'other' });
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    for (const forged of [
      `${head}.${other}.${signature}`,
      `${head}.${body}.${flipped}`,
      `${head}.${body}.`,
    ]) {
      await expect(own.verify(forged)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await expect(own.verify(forged)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  it('ends when it ends, to the millisecond of one that was not', async () => {
    const { verifier: own } = await counted();
    const { verifier: without } = await counted({ remembered: 0 });
    const token = await issue({}, 60);
    await own.verify(token);
    vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    const answers = async (): Promise<string[]> =>
      Promise.all([own, without].map((one) => one.verify(token).then(() => 'yes', () => 'no'))); // prettier-ignore
    const end = Number(decodeJwt(token).exp) * 1_000 + 5_000;
    vi.setSystemTime(end - 1);
    expect(await answers()).toEqual(['yes', 'yes']);
    vi.setSystemTime(end);
    expect(await answers()).toEqual(['no', 'no']);
  });

  it('is forgotten when the issuer takes its key back', async () => {
    const old = await readDevelopmentKeys(directory);
    const pair = await generateKeyPair('RS256', { extractable: true });
    const fresh: JWK = { ...(await exportJWK(pair.publicKey)), kid: 'fresh', alg: 'RS256', use: 'sig' };
    let keys = [old.publicKey];
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
      const { verifier: own, outcomes } = await counted({}, { ...auth, jwksUrl });
      const token = await issue({}, 3_600);
      await own.verify(token);
      await own.verify(token);
      keys = [fresh];
      vi.useFakeTimers({ now: Date.now() + 11_000, toFake: ['Date'] });
      // A token of the new key makes the keys be fetched.
      const next = await new SignJWT({ ...payload(), exp: now() + 60 })
        .setProtectedHeader({ alg: 'RS256', kid: 'fresh' })
        .sign(pair.privateKey);
      await own.verify(next);
      await expect(own.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(outcomes).toEqual(['miss', 'hit', 'miss', 'miss']);
      // Old keys are not relied on longer than jose does.
      await own.verify(next);
      expect(outcomes.at(-1)).toBe('hit');
      vi.setSystemTime(Date.now() + 600_000);
      await expect(own.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('can be called back by its id', async () => {
    const revoked = new Set<string>();
    const { verifier: own } = await counted({
      revocations: { isRevoked: (jti) => revoked.has(jti), onRevoked: () => () => undefined },
    });
    const token = await issue({ jti: 'token-1' });
    await own.verify(token);
    revoked.add('token-1');
    await expect(own.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is forgotten when there are too many', async () => {
    const { verifier: own, outcomes } = await counted({ remembered: 2 });
    const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => issue({ sub })));
    for (const token of [...tokens, ...tokens]) await own.verify(token);
    expect(outcomes).toEqual(Array.from({ length: 6 }, () => 'miss'));
  });
});
