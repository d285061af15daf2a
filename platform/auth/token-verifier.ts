import {
  createLocalJWKSet,
  createRemoteJWKSet,
  jwtVerify,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import type { AuthConfig } from '../config.ts';
import { unauthenticated, unavailable } from '../errors.ts';
import { readAssurance, readRegions } from './attribute-claims.ts';
import { ORGANISATION_KINDS, type Caller, type OrganisationKind } from './caller.ts';
import { readDevelopmentKeys } from './development-issuer.ts';

export interface TokenVerifier {
  /**
   * @param token a compact JWT
   * @throws {ApiError} UNAUTHENTICATED, without a detail, when anything about it is wrong; UNAVAILABLE when the
   * issuer's keys can't be fetched
   */
  verify(token: string): Promise<Caller>;
  /**
   * @param authorization the value of an `Authorization` header, or null
   * @throws {ApiError} as `verify`; UNAUTHENTICATED too when it isn't `Bearer TOKEN`
   */
  verifyHeader(authorization: string | null): Promise<Caller>;
}

const CLOCK_TOLERANCE_SECONDS = 5;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_TOKEN_LENGTH = 8_192;

/** @param dataDirectory where the development issuer keeps its keys */
export async function createTokenVerifier(auth: AuthConfig, dataDirectory: string): Promise<TokenVerifier> {
  const keys = await keySource(auth, dataDirectory);
  const verify = async (token: string): Promise<Caller> => {
    if (token.length > MAX_TOKEN_LENGTH) throw unauthenticated();
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: [auth.algorithm],
        issuer: auth.issuer,
        audience: auth.audience,
        // jose checks `exp` only when it is there.
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return toCaller(payload, token);
    } catch (error) {
      if (isKeySourceFailure(error)) throw unavailable("The token issuer's keys can't be fetched.");
      throw unauthenticated();
    }
  };
  return {
    verify,
    verifyHeader: (authorization) => {
      const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
      return token === undefined ? Promise.reject(unauthenticated()) : verify(token);
    },
  };
}

async function keySource(auth: AuthConfig, dataDirectory: string): Promise<JWTVerifyGetKey> {
  if (auth.jwksUrl !== null) {
    return createRemoteJWKSet(new URL(auth.jwksUrl), { timeoutDuration: 3_000, cooldownDuration: 10_000 });
  }
  const { publicKey } = await readDevelopmentKeys(dataDirectory);
  return createLocalJWKSet({ keys: [publicKey] });
}

function isKeySourceFailure(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout) return true;
  // What fetch throws, and what jose throws for an answer that isn't 200 or isn't a key set.
  return (
    error instanceof TypeError || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
  );
}

function toCaller(payload: JWTPayload, token: string): Caller {
  const { sub, exp, tenant, org_kind: organisation, roles, scope, carrier, carriers } = payload;
  if (!sub || typeof exp !== 'number') throw unauthenticated();
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
  };
}

/** The texts of a list; none when it isn't a list, so that a wrong claim allows nothing. */
function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

function isOrganisationKind(value: unknown): value is OrganisationKind {
  return (ORGANISATION_KINDS as readonly unknown[]).includes(value);
}
