import {
  createLocalJWKSet,
  createRemoteJWKSet,
  jwtVerify,
  errors,
  jwksCache,
  type JWKSCacheInput,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import type { AuditOrigin } from '../audit/audit-sink.ts';
import type { AuthConfig } from '../config.ts';
import { unauthenticated, unavailable } from '../errors.ts';
import { readAssurance, readRegions } from './attribute-claims.ts';
import { ORGANISATION_KINDS, type Caller, type OrganisationKind } from './caller.ts';
import { readDevelopmentKeys } from './development-issuer.ts';
import type { Revocations } from './revocations.ts';
import { VerifiedTokens } from './verified-tokens.ts';

export interface TokenVerifierOptions {
  /** Asked for every token on every request, also for one that was verified before. */
  readonly revocations?: Revocations;
  /** Told whether a token was verified before. */
  readonly onLookup?: (outcome: 'hit' | 'miss') => void;
  /** How many verified tokens are remembered; 0: none. */
  readonly remembered?: number;
  /** Milliseconds that the issuer has to answer with its keys. */
  readonly keysTimeout?: number;
}

export interface TokenVerifier {
  /**
   * @param token a compact JWT
   * @throws {ApiError} UNAUTHENTICATED, without a detail, when anything about it is wrong; UNAVAILABLE when the
   * issuer's keys can't be fetched
   * @param origin where it comes from, for the record of a refusal; null: whoever asks again has it recorded
   */
  verify(token: string, origin?: AuditOrigin | null): Promise<Caller>;
  /**
   * @param authorization the value of an `Authorization` header, or null
   * @param origin as for `verify`
   * @throws {ApiError} as `verify`; UNAUTHENTICATED too when it isn't `Bearer TOKEN`
   */
  verifyHeader(authorization: string | null, origin?: AuditOrigin | null): Promise<Caller>;
  /** Whether a token that was verified still counts: it has neither ended nor been called back. */
  isCurrent(caller: Caller): boolean;
  /**
   * Calls back once, when a caller's token is called back.
   * @returns how to call that off
   */
  onRevoked(caller: Caller, callback: () => void): () => void;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_TOKEN_LENGTH = 8_192;

/**
 * Verifies tokens. One that was verified is remembered by the hash of all of it, until it ends, for as long as the
 * issuer's keys are the same.
 * @param dataDirectory where the development issuer keeps its keys
 */
export async function createTokenVerifier(
  auth: AuthConfig,
  dataDirectory: string,
  {
    revocations,
    onLookup,
    remembered = VerifiedTokens.DEFAULT_LIMIT,
    keysTimeout = 3_000,
  }: TokenVerifierOptions = {},
): Promise<TokenVerifier> {
  const { keys, generation } = await keySource(auth, dataDirectory, keysTimeout);
  const verified = new VerifiedTokens<Caller>(remembered, generation);
  const verify = async (token: string): Promise<Caller> => {
    if (token.length > MAX_TOKEN_LENGTH) throw unauthenticated();
    const known = verified.get(token);
    onLookup?.(known ? 'hit' : 'miss');
    const caller = known ?? (await verifySignature(token));
    const { tokenId } = caller;
    if (tokenId !== undefined && revocations?.isRevoked(tokenId)) throw unauthenticated();
    return caller;
  };
  const verifySignature = async (token: string): Promise<Caller> => {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        algorithms: [auth.algorithm],
        issuer: auth.issuer,
        audience: auth.audience,
        // jose checks `exp` only when it is there.
        requiredClaims: ['exp', 'sub'],
        clockTolerance: auth.clockSkew,
      });
      if (!isAccessToken(protectedHeader.typ)) throw unauthenticated();
      const caller = toCaller(payload, token);
      const { nbf = 0, exp = 0 } = payload;
      verified.set(token, caller, nbf * 1_000, (exp + auth.clockSkew) * 1_000);
      return caller;
    } catch (error) {
      if (isKeySourceFailure(error)) throw unavailable("The token issuer's keys can't be fetched.");
      throw unauthenticated();
    }
  };
  return {
    verify,
    isCurrent: ({ tokenId, expiresAt }) =>
      Date.now() < expiresAt && (tokenId === undefined || !revocations?.isRevoked(tokenId)),
    onRevoked: ({ tokenId }, callback) =>
      (tokenId === undefined ? undefined : revocations?.onRevoked(tokenId, callback)) ?? (() => undefined),
    verifyHeader: (authorization) => {
      const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
      return token === undefined ? Promise.reject(unauthenticated()) : verify(token);
    },
  };
}

interface KeySource {
  readonly keys: JWTVerifyGetKey;
  /** Differs once the keys are others; undefined: they are too old to be relied on without asking again. */
  readonly generation: () => unknown;
}

/** As long as jose relies on the keys that it fetched. */
const KEYS_MAX_AGE = 600_000;

async function keySource(
  auth: AuthConfig,
  dataDirectory: string,
  timeoutDuration: number,
): Promise<KeySource> {
  if (auth.jwksUrl !== null) {
    const fetched: { readonly uat?: number; readonly jwks?: unknown } = {};
    const keys = createRemoteJWKSet(new URL(auth.jwksUrl), {
      timeoutDuration,
      cooldownDuration: 10_000,
      cacheMaxAge: KEYS_MAX_AGE,
      // Where jose writes down what it has fetched, and when.
      [jwksCache]: fetched as JWKSCacheInput,
    });
    return {
      keys,
      // Once they are old, the next token that is verified fetches them.
      generation: () => (Date.now() < (fetched.uat ?? 0) + KEYS_MAX_AGE ? fetched.jwks : undefined),
    };
  }
  const { publicKey } = await readDevelopmentKeys(dataDirectory);
  return { keys: createLocalJWKSet({ keys: [publicKey] }), generation: () => publicKey.kid };
}

function isKeySourceFailure(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout) return true;
  // What fetch throws, and what jose throws for an answer that isn't 200 or isn't a key set.
  return (
    error instanceof TypeError || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
  );
}

function toCaller(payload: JWTPayload, token: string): Caller {
  const { sub, name, exp, tenant, org_kind: organisation, roles, scope, carrier, carriers } = payload;
  if (!sub || typeof exp !== 'number') throw unauthenticated();
  // It could not be called back.
  if (payload.jti !== undefined && typeof payload.jti !== 'string') throw unauthenticated();
  if (typeof tenant !== 'string' || !UUID.test(tenant)) throw unauthenticated();
  if (!isOrganisationKind(organisation)) throw unauthenticated();
  if (organisation === 'CARRIER' && typeof carrier !== 'string') throw unauthenticated();
  return {
    subject: sub,
    tenant,
    organisation,
    roles: new Set(
      Array.isArray(roles) ? roles.filter((role): role is string => typeof role === 'string') : [],
    ),
    scopes: new Set(typeof scope === 'string' ? scope.split(' ').filter(Boolean) : []),
    carriers: carriers === undefined ? null : textsOf(carriers),
    carrier: organisation === 'CARRIER' && typeof carrier === 'string' ? carrier : null,
    regions: readRegions(payload.regions),
    assurance: readAssurance(payload.acr, payload.amr),
    expiresAt: exp * 1_000,
    token,
    ...(typeof name === 'string' && name.trim() !== '' ? { name: name.trim() } : {}),
    ...(payload.jti === undefined ? {} : { tokenId: payload.jti }),
  };
}

/**
 * Whether `typ` lets a JWT be an access token: RFC 9068's `at+jwt`, or the plain `JWT` of issuers that tell no kinds
 * apart. ID tokens, logout tokens and proofs that name their kind are none, though the issuer has signed them too.
 */
function isAccessToken(typ: unknown): boolean {
  return typ === undefined || (typeof typ === 'string' && /^(?:application\/)?(?:at\+)?jwt$/i.test(typ));
}

/** The texts of a list; none when it isn't a list, so that a wrong claim allows nothing. */
function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

function isOrganisationKind(value: unknown): value is OrganisationKind {
  return (ORGANISATION_KINDS as readonly unknown[]).includes(value);
}
