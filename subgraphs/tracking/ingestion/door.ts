import { randomUUID } from 'node:crypto';
import { accessEvent } from '#platform/audit/audit-sink.ts';
import { ApiError } from '#platform/errors.ts';
import { isUnavailable } from '#platform/graphql/mask-error.ts';
import { auditOriginOf } from '#platform/http/audit-origin.ts';
import { json } from '#platform/http/json.ts';
import type { Caller } from '#platform/auth/caller.ts';
import type { Policy } from '#platform/policy/decision.ts';
import { subjectOf, type Subject } from '#platform/policy/subject.ts';
import type { FetchHandler, Platform } from '#platform/service.ts';
import { reportingEvents } from '../policy/people.ts';
import type { Acceptance } from './accept-events.ts';
import { StreamFull } from './event-stream.ts';
import { RefusedRequest, readArray } from './read-body.ts';

/** Where carriers and integrations post their events. */
export const INGESTION_PATH = '/ingest/dcsa/v2/events';

const RETRY_AFTER_SECONDS = '1';
/** A backlog takes longer to get smaller than a queue of requests. */
const FULL_RETRY_AFTER_SECONDS = '5';

/**
 * The door for DCSA Track & Trace 2.2 events: takes an array and answers each event by itself. docs/ingestion.md
 * tells its callers the rest.
 */
export function createDoor(platform: Platform, acceptance: Acceptance): FetchHandler {
  return openDoor(platform, {
    path: INGESTION_PATH,
    things: 'events',
    policy: reportingEvents,
    accept: acceptance,
  });
}

export interface DoorOptions {
  readonly path: string;
  /** What is posted, in the plural. */
  readonly things: string;
  /** Who may post. */
  readonly policy: Policy<Subject>;
  readonly accept: (caller: Caller, posted: readonly unknown[]) => Promise<Report>;
}

/** What became of a posted array. */
interface Report {
  readonly refused: number;
  readonly results: readonly unknown[];
}

/** A door that takes a JSON array and answers each of its entries by itself. */
export function openDoor(platform: Platform, { path, things, policy, accept }: DoorOptions): FetchHandler {
  const { verifier, audit } = platform;
  return async (request) => {
    if (request.method !== 'POST') {
      return failure(405, 'expected POST', { allow: 'POST' });
    }
    try {
      const origin = auditOriginOf('tracking', request);
      const caller = await verifier.verifyHeader(request.headers.get('authorization'), origin);
      const decision = policy(subjectOf(caller));
      if (!decision.allowed) {
        audit.record(accessEvent(caller, origin, { decision, place: `POST ${path}` }));
        return failure(403, `the token may not post ${things}; ${decision.reason}`);
      }
      return answer(await accept(caller, await readArray(request, things)));
    } catch (error) {
      return explain(error, platform, things);
    }
  };
}

/** 202 when anything was taken in, or nothing was there to take in; 422 when everything was refused. */
function answer(report: Report): Response {
  const { refused, results } = report;
  return json(refused > 0 && refused === results.length ? 422 : 202, report);
}

function explain(error: unknown, { log }: Platform, things: string): Response {
  if (error instanceof RefusedRequest) {
    return failure(
      error.status,
      error.message,
      error.status === 429 ? { 'retry-after': RETRY_AFTER_SECONDS } : {},
    );
  }
  if (error instanceof StreamFull) {
    log.warn({ reason: error.message }, 'events are refused until there is room for them');
    const message = 'too many events are waiting to be applied; nothing was taken, post the same again later';
    return failure(429, message, { 'retry-after': FULL_RETRY_AFTER_SECONDS });
  }
  if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') {
    return failure(401, error.message, { 'www-authenticate': 'Bearer' });
  }
  if (isUnavailable(error) || (error instanceof ApiError && error.code === 'UNAVAILABLE')) {
    log.warn({ error }, `${things} could not be taken in`);
    const message = 'a part of the system needed for this is not available; post the same again later';
    return failure(503, message, { 'retry-after': RETRY_AFTER_SECONDS });
  }
  const id = randomUUID();
  log.error({ error, id }, 'unexpected error at the ingestion door');
  return failure(500, `something went wrong on our side (${id}); post the same again later`);
}

function failure(status: number, message: string, headers: Record<string, string> = {}): Response {
  return json(status, { error: message }, headers);
}
