import type { GraphQLError } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import { ApiError, forbidden, unauthenticated, unavailable } from '#platform/errors.ts';
import { presenceReport, seesPresence, viewerOf, type Place, type Presence } from '#platform/presence.ts';
import type { RedisConnections } from '#platform/redis.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import { Departure } from '#supergraph/engine/departure.ts';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';
import { whenTokenEnds, type TokenLife } from '#supergraph/guard/token-end.ts';
import { Attendance } from './attendance.ts';
import { Latest } from './latest.ts';
import type { Interest } from './live-field.ts';
import type { LiveOperation } from './live-operation.ts';
import type { Outlet } from './outlet.ts';
import type { OpenSubscription } from './outlet.ts';
import { PresenceBoard } from './presence-board.ts';
import type { SubscriberIdentity } from './subscriber.ts';
import { otherAccess, seesTheSame } from './token-change.ts';
import { PRESENCE_TIMES, PresenceStore, type PresenceTimes } from './presence-store.ts';

export interface PresenceParts {
  readonly redis: Pick<RedisConnections, 'requests' | 'subscriber'>;
  readonly tokens: TokenLife;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'liveSubscriptions'>;
  readonly times?: PresenceTimes;
}

/** Characters of a value at which somebody can be; keys and ids are shorter. */
const MAX_VALUE_LENGTH = 255;

interface Open {
  readonly operation: () => LiveOperation;
  readonly stream: Latest<Presence>;
  /** Goes on with the same operation on another supergraph. */
  readonly renew: (operation: LiveOperation) => void;
}

/** Who is watching what, by this gateway and by all: kept by subscriptions, told to subscriptions. */
export class LivePresence {
  readonly #metrics: PresenceParts['metrics'];
  readonly #tokens: TokenLife;
  readonly #attendance: Attendance;
  readonly #board: PresenceBoard;
  readonly #open = new Set<Open>();

  constructor({ redis, tokens, log, metrics, times = PRESENCE_TIMES }: PresenceParts) {
    this.#metrics = metrics;
    this.#tokens = tokens;
    this.#board = new PresenceBoard({ requests: redis.requests, subscriber: redis.subscriber, times, log });
    this.#attendance = new Attendance({
      redis: redis.requests,
      store: new PresenceStore(redis.requests, times),
      times,
      log,
      onGateways: this.#board.markAll,
    });
  }

  /**
   * A subscription is opened, by which its caller may be present somewhere.
   * @returns to be called once, when it has ended
   */
  arrive({ topic, presentAt }: Interest, tenant: string, caller: Caller | null): () => void {
    const shown = caller && viewerOf(caller);
    if (!shown || presentAt === null || presentAt.length > MAX_VALUE_LENGTH) return () => {};
    return this.#attendance.arrive({ topic, tenant, value: presentAt }, shown);
  }

  /**
   * Whether a caller may be told who is present.
   * @throws {ApiError} UNAUTHENTICATED or FORBIDDEN for those who are told nothing of others, BAD_USER_INPUT when there
   *   is no such place
   */
  admit({ interest }: LiveOperation, caller: Caller | null): Caller {
    if (!caller) throw unauthenticated();
    if (!seesPresence(caller)) throw forbidden('You may not see who is present.');
    placeOf(interest, caller.tenant);
    return caller;
  }

  /**
   * Begins to tell who is present: how it is now, then each change.
   * @param endsWithToken whether it is to end when its token does
   * @throws {ApiError} as `admit`
   */
  subscribe(
    first: LiveOperation,
    { caller: anyone, requestId }: SubscriberIdentity,
    outlet: Outlet,
    endsWithToken: boolean,
  ): OpenSubscription {
    let caller = this.admit(first, anyone);
    let operation = first;
    let place = placeOf(first.interest, caller.tenant);
    const label = { topic: `presence:${place.topic}` };
    const departure = new Departure();
    const ask = (): { token: string; requestId: string; signal: Departure } => ({
      token: caller.token,
      requestId,
      signal: departure,
    });
    const stream = new Latest<Presence>(
      (presence) =>
        operation.answer({ ...place, match: {}, cursor: '', data: { ...presenceReport(presence) } }, ask()),
      outlet,
      () => {
        departure.abort();
        this.#open.delete(entry);
        stopWatching();
        stopTimer?.();
        this.#metrics.liveSubscriptions.dec(label);
      },
    );
    const put = (presence: Presence): void => {
      if (this.#tokens.isCurrent(caller)) stream.put(presence);
      else stream.end([unauthenticated()]);
    };
    const entry: Open = {
      operation: () => operation,
      stream,
      renew: (renewed) => {
        operation = renewed;
        stopWatching();
        place = placeOf(renewed.interest, caller.tenant);
        stopWatching = this.#board.watch(place, put);
      },
    };
    let stopWatching = this.#board.watch(place, put);
    const stopTimer = endsWithToken
      ? whenTokenEnds(caller, this.#tokens, () => stream.end([unauthenticated()]))
      : null;
    this.#open.add(entry);
    this.#metrics.liveSubscriptions.inc(label);
    return {
      end: (errors) => stream.end(errors),
      renewToken: (fresh) => {
        if (seesTheSame(caller, fresh)) caller = fresh;
        else stream.end([otherAccess()]);
      },
    };
  }

  /** The supergraph has changed. @param errorsOf what to tell those whose operation isn't valid any more */
  renew(supergraph: Supergraph, errorsOf: (error: unknown) => readonly GraphQLError[]): void {
    for (const { operation, stream, renew } of [...this.#open]) {
      try {
        renew(operation().renewed(supergraph));
      } catch (error) {
        stream.end(errorsOf(error));
      }
    }
  }

  /** Ends every stream that tells of presence, telling the clients. */
  finish(): void {
    for (const { stream } of [...this.#open])
      stream.end([unavailable('This endpoint is shutting down; subscribe again.')]);
  }

  /** Lets go of everything; whoever is still present by this gateway leaves. */
  async close(): Promise<void> {
    this.#board.close();
    await this.#attendance.close();
  }

  /** Stops as a process that is killed does. For tests. */
  vanish(): void {
    this.#board.close();
    this.#attendance.vanish();
  }
}

function placeOf({ topic, viewersOf }: Interest, tenant: string): Place {
  if (viewersOf === null || viewersOf.length > MAX_VALUE_LENGTH) {
    throw new ApiError(
      'BAD_USER_INPUT',
      'The subscription names nothing at which somebody could be present.',
    );
  }
  return { topic, tenant, value: viewersOf };
}
