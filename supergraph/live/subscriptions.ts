import { GraphQLError } from 'graphql';
import type { AuditSink } from '#platform/audit/audit-sink.ts';
import { ApiError, cursorExpired, unauthenticated, unavailable } from '#platform/errors.ts';
import { currentClientRegion } from '#platform/http/client-region.ts';
import type { LiveLog } from '#platform/live-log.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import type { ServedSupergraph } from '#supergraph/engine/hot-reload.ts';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';
import { whenTokenEnds, type TokenLife } from '#supergraph/guard/token-end.ts';
import type { RequestContext } from '#supergraph/request-context.ts';
import { fanoutMetrics, type FanoutMetrics } from './fanout-metrics.ts';
import { LiveGroup, type GroupParts } from './group.ts';
import { groupKey } from './group-key.ts';
import type { LiveHub } from './hub.ts';
import { LiveOperation, type SubscriptionRequest } from './live-operation.ts';
import type { OpenSubscription, Outlet } from './outlet.ts';
import { isPersonal } from './personal-fields.ts';
import type { LivePresence } from './presence.ts';
import { RecentUpdates } from './recent-updates.ts';
import { resumeFrom } from './resume.ts';
import { ServedReads } from './served-reads.ts';
import type { ShowError } from './show-error.ts';
import { Subscriber, type SubscriberIdentity } from './subscriber.ts';
import type { WhenSlow } from './when-slow.ts';

export interface LiveParts {
  /** Null: this process has no Redis. */
  readonly hub: LiveHub | null;
  /** Null: as the hub. */
  readonly liveLog: LiveLog | null;
  /** Null: as the hub. */
  readonly presence: LivePresence | null;
  readonly served: ServedSupergraph;
  readonly tokens: TokenLife;
  readonly audit: AuditSink;
  readonly log: Logger;
  readonly metrics: Pick<
    Metrics,
    | 'liveSubscriptions'
    | 'liveGroups'
    | 'liveAnswers'
    | 'liveUpdates'
    | 'liveSlowClients'
    | 'liveWaiting'
    | 'liveSeconds'
  >;
  readonly show: ShowError;
}

/** A subscription as it arrives. */
export interface SubscriptionArrival extends Omit<SubscriptionRequest, 'caller' | 'region'> {
  readonly context: Pick<RequestContext, 'caller' | 'requestId' | 'address' | 'supergraph'>;
  /** Where the client of an event stream says that it was. */
  readonly lastEventId: string | null;
  readonly whenSlow: WhenSlow;
}

/** A subscription that may begin. */
export interface Prepared {
  /**
   * Begins it.
   * @param outlet gets everything from now on
   * @param endsWithToken whether it is to end when its token does; false where the outlet's socket does anyway
   * @returns null when it has ended already, because the supergraph was replaced by one on which it isn't valid
   */
  open(outlet: Outlet, endsWithToken: boolean): OpenSubscription | null;
}

/** The tenant of callers without a token, where they are allowed. */
const PUBLIC_TENANT = 'public';

/** Every live subscription of this process. */
export class LiveSubscriptions {
  readonly fanout: FanoutMetrics;
  readonly show: ShowError;
  readonly #parts: LiveParts;
  readonly #groups = new Map<string, LiveGroup>();
  readonly #groupParts: GroupParts | null;
  readonly #recent = new RecentUpdates();
  readonly #servedReads: ServedReads;
  /** How those who are shown to be present somewhere leave it. */
  readonly #departures = new Map<Subscriber, () => void>();
  readonly #stopFollowing: () => void;

  constructor(parts: LiveParts) {
    const { hub, liveLog, metrics, audit, log, served, tokens, show } = parts;
    this.#parts = parts;
    this.show = show;
    this.fanout = fanoutMetrics(metrics);
    this.#servedReads = new ServedReads(audit);
    this.#groupParts = hub &&
      liveLog && {
        hub,
        liveLog,
        recent: this.#recent,
        isCurrent: (caller) => tokens.isCurrent(caller),
        metrics: this.fanout,
        servedReads: this.#servedReads,
        answered: (topic, seconds) => {
          metrics.liveAnswers.inc({ topic });
          metrics.liveSeconds.observe(seconds);
        },
        onEmpty: (group) => {
          this.#groups.delete(group.key);
          metrics.liveGroups.dec({ topic: group.topic });
        },
        report: (error) => log.error({ error }, 'a live subscription failed'),
      };
    this.#stopFollowing = served.onSwap((supergraph) => this.#renew(supergraph));
  }

  /**
   * Checks that an operation can be subscribed to; errors when it can't. Nothing is held until it is opened. To be
   * called where the client's region is known.
   */
  async prepare(arrival: SubscriptionArrival): Promise<Prepared | { errors: readonly GraphQLError[] }> {
    const { liveLog, presence, served } = this.#parts;
    const parts = this.#groupParts;
    if (!parts || !liveLog || !presence) {
      return { errors: [unavailable('This endpoint has no live updates: it runs without Redis.')] };
    }
    const { context, lastEventId, whenSlow, document, operationName, variables } = arrival;
    const { caller, requestId, address } = context;
    try {
      const region = currentClientRegion();
      const request = { document, operationName, variables, caller, region };
      const first = new LiveOperation(context.supergraph, request, this.show);
      const current = (): LiveOperation =>
        first.supergraph === served.current ? first : first.renewed(served.current);
      if (first.interest.viewersOf !== null) {
        presence.admit(first, caller);
        return opening((outlet, endsWithToken) =>
          presence.subscribe(current(), { caller, requestId, address }, outlet, endsWithToken),
        );
      }
      const tenant = caller?.tenant ?? PUBLIC_TENANT;
      const after = resumeFrom(first.interest, lastEventId);
      if (after !== null) {
        // Told before the stream begins, where it can be; while Redis is away, the stream will tell.
        const page = await liveLog.after(first.interest.topic, tenant, after).catch(() => null);
        if (page?.whole === false) throw cursorExpired();
      }
      return opening((outlet, endsWithToken) => {
        const operation = current();
        const key = groupKey(operation, caller, whenSlow);
        const group = this.#groups.get(key) ?? this.#newGroup(key, tenant, whenSlow, operation, parts);
        const subscriber = this.#join(group, { caller, requestId, address }, outlet, endsWithToken);
        if (after !== null) subscriber.resume(after);
        return subscriber;
      });
    } catch (error) {
      return { errors: errorsOf(error) };
    }
  }

  /** Ends every stream, telling the clients. */
  close(): void {
    this.#stopFollowing();
    this.#parts.presence?.finish();
    for (const group of [...this.#groups.values()])
      group.end([unavailable('This endpoint is shutting down; subscribe again.')]);
    this.#recent.clear();
    this.#servedReads.close();
  }

  #newGroup(
    key: string,
    tenant: string,
    whenSlow: WhenSlow,
    operation: LiveOperation,
    parts: GroupParts,
  ): LiveGroup {
    const group = new LiveGroup(key, tenant, whenSlow, operation, parts);
    this.#groups.set(key, group);
    this.#parts.metrics.liveGroups.inc({ topic: group.topic });
    return group;
  }

  #join(group: LiveGroup, identity: SubscriberIdentity, outlet: Outlet, endsWithToken: boolean): Subscriber {
    const { liveSubscriptions } = this.#parts.metrics;
    const { caller } = identity;
    let stopTimer: (() => void) | null = null;
    const subscriber = new Subscriber(group, identity, outlet, group.newest, () => {
      stopTimer?.();
      this.#depart(subscriber);
      liveSubscriptions.dec({ topic: group.topic });
      group.leave(subscriber);
    });
    this.#arrive(subscriber, group);
    if (caller && endsWithToken) {
      const { tokens } = this.#parts;
      stopTimer = whenTokenEnds(caller, tokens, () => subscriber.end([unauthenticated()]));
    }
    group.join(subscriber);
    liveSubscriptions.inc({ topic: group.topic });
    return subscriber;
  }

  /** Shows that a subscriber is present where its subscription says so. */
  #arrive(subscriber: Subscriber, { operation: { interest }, tenant }: LiveGroup): void {
    const { presence } = this.#parts;
    if (!presence || interest.presentAt === null) return;
    this.#departures.set(subscriber, presence.arrive(interest, tenant, subscriber.identity.caller));
  }

  #depart(subscriber: Subscriber): void {
    this.#departures.get(subscriber)?.();
    this.#departures.delete(subscriber);
  }

  /** Those whose operation is still valid go on; the others are told why they end. */
  #renew(supergraph: Supergraph): void {
    const { liveGroups, liveSubscriptions } = this.#parts.metrics;
    this.#recent.clear();
    this.#parts.presence?.renew(supergraph, errorsOf);
    for (const group of [...this.#groups.values()]) {
      try {
        const { topic, operation } = group;
        const { size } = group.subscribers;
        const renewed = operation.renewed(supergraph);
        if (isPersonal(supergraph, renewed.plan) && !isPersonal(operation.supergraph, operation.plan)) {
          // What was shared may not be shared any more.
          throw unavailable('The schema has changed; subscribe again.');
        }
        if (renewed.interest.viewersOf !== null)
          throw new ApiError('CONFLICT', 'The schema has changed; subscribe again.');
        group.renew(renewed);
        for (const subscriber of group.subscribers) {
          this.#depart(subscriber);
          this.#arrive(subscriber, group);
        }
        if (group.topic === topic) continue;
        liveGroups.dec({ topic });
        liveGroups.inc({ topic: group.topic });
        liveSubscriptions.dec({ topic }, size);
        liveSubscriptions.inc({ topic: group.topic }, size);
      } catch (error) {
        group.end(errorsOf(error));
      }
    }
  }
}

function opening(open: Exclude<Prepared['open'], null>): Prepared {
  return {
    open: (outlet, endsWithToken) => {
      try {
        return open(outlet, endsWithToken);
      } catch (error) {
        outlet.end(errorsOf(error));
        return null;
      }
    },
  };
}

/** @throws the error itself when it isn't one for clients */
function errorsOf(error: unknown): readonly GraphQLError[] {
  if (error instanceof AggregateError) return error.errors.flatMap(errorsOf);
  if (error instanceof GraphQLError) return [error];
  throw error;
}
