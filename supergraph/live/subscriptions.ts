import { GraphQLError, type ExecutionResult } from 'graphql';
import type { LiveEnvelope } from '#platform/live-events.ts';
import { ApiError, cursorExpired, unauthenticated, unavailable } from '#platform/errors.ts';
import type { LiveLog } from '#platform/live-log.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import type { ServedSupergraph } from '#supergraph/engine/hot-reload.ts';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';
import type { RequestContext } from '#supergraph/request-context.ts';
import { at } from '#supergraph/guard/expiry.ts';
import type { LiveHub } from './hub.ts';
import { LiveOperation, type SubscriptionRequest } from './live-operation.ts';
import { matches } from './match.ts';
import type { LivePresence } from './presence.ts';
import { Resume, resumeFrom } from './resume.ts';
import { LiveSubscription, MAX_WAITING } from './subscription.ts';

export interface LiveParts {
  /** Null: this process has no Redis. */
  readonly hub: LiveHub | null;
  /** Null: as the hub. */
  readonly liveLog: LiveLog | null;
  /** Null: as the hub. */
  readonly presence: LivePresence | null;
  readonly served: ServedSupergraph;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'liveSubscriptions'>;
}

/** The tenant of callers without a token, where they are allowed. */
const PUBLIC_TENANT = 'public';

interface Open {
  readonly request: SubscriptionRequest;
  readonly stream: LiveSubscription;
  /** Goes on with the same operation on another supergraph. */
  readonly renew: (operation: LiveOperation) => void;
}

/** Every live subscription of this process. */
export class LiveSubscriptions {
  readonly #parts: LiveParts;
  readonly #open = new Set<Open>();
  readonly #stopFollowing: () => void;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#stopFollowing = parts.served.onSwap((supergraph) => this.#renew(supergraph));
  }

  /**
   * Begins a stream of answers; a result with errors when the operation can't be subscribed to.
   * @param lastEventId where the client of an event stream says that it was
   */
  async subscribe({
    context,
    lastEventId,
    ...request
  }: SubscriptionRequest & {
    readonly context: RequestContext;
    readonly lastEventId: string | null;
  }): Promise<ExecutionResult | AsyncGenerator<ExecutionResult, undefined, undefined>> {
    const { hub, liveLog, presence } = this.#parts;
    if (!hub || !liveLog || !presence) {
      return { errors: [unavailable('This endpoint has no live updates: it runs without Redis.')] };
    }
    try {
      const operation = new LiveOperation(context.supergraph, request);
      if (operation.interest.viewersOf !== null) return presence.subscribe(operation, context, request);
      const { topic } = operation.interest;
      const tenant = tenantOf(context);
      const after = resumeFrom(operation.interest, lastEventId);
      if (after === null) return this.#begin(hub, operation, context, request, null);
      // Told before the stream begins, where it can be; while Redis is away, the stream will tell.
      const page = await liveLog.after(topic, tenant, after).catch(() => null);
      if (page?.whole === false) throw cursorExpired();
      return this.#begin(hub, operation, context, request, new Resume(liveLog, topic, tenant, after));
    } catch (error) {
      return { errors: errorsOf(error) };
    }
  }

  /** Ends every stream, telling the clients. */
  close(): void {
    this.#stopFollowing();
    this.#parts.presence?.finish();
    for (const { stream } of this.#open)
      stream.finish([unavailable('This endpoint is shutting down; subscribe again.')]);
  }

  #begin(
    hub: LiveHub,
    first: LiveOperation,
    context: RequestContext,
    request: SubscriptionRequest,
    resume: Resume | null,
  ): LiveSubscription {
    const { caller, signal, requestId } = context;
    const { metrics, presence } = this.#parts;
    const tenant = tenantOf(context);
    let operation = first;
    let { topic } = operation.interest;
    const take = (envelope: LiveEnvelope): void => {
      if (resume?.isNews(envelope) === false) return;
      if (!matches(operation.interest, envelope) || stream.push(envelope)) return;
      const message = `More than ${MAX_WAITING} updates waited to be taken; subscribe again and read faster.`;
      stream.finish([new ApiError('RATE_LIMITED', message)]);
    };
    const listener = { take, missed: () => stream.finish([cursorExpired()]) };
    const leave = (): void => void stream.return();
    let listening = hub.listen(topic, tenant, listener);
    let depart = presence?.arrive(operation.interest, tenant, caller);
    const replay = async (): Promise<readonly LiveEnvelope[] | null> => {
      const missed = await resume?.next(listening.started, () => this.#open.has(entry));
      return missed?.filter((envelope) => matches(operation.interest, envelope)) ?? null;
    };
    const stopTimer = caller
      ? at(caller.expiresAt, () => stream.finish([unauthenticated()]))
      : (): void => undefined;
    const ask = { token: caller?.token, requestId, signal };
    const stream = new LiveSubscription(
      (envelope) => operation.answer(envelope, ask),
      () => {
        this.#open.delete(entry);
        listening.stop();
        depart?.();
        stopTimer();
        signal.removeEventListener('abort', leave);
        metrics.liveSubscriptions.dec({ topic });
      },
      resume && replay,
    );
    const entry: Open = {
      request,
      stream,
      renew: (renewed) => {
        if (renewed.interest.viewersOf !== null)
          throw new ApiError('CONFLICT', 'The schema has changed; subscribe again.');
        operation = renewed;
        depart?.();
        depart = presence?.arrive(renewed.interest, tenant, caller);
        if (renewed.interest.topic === topic) return;
        metrics.liveSubscriptions.dec({ topic });
        listening.stop();
        ({ topic } = renewed.interest);
        listening = hub.listen(topic, tenant, listener);
        metrics.liveSubscriptions.inc({ topic });
      },
    };
    this.#open.add(entry);
    metrics.liveSubscriptions.inc({ topic });
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    return stream;
  }

  /** Those whose operation is still valid go on; the others are told why they end. */
  #renew(supergraph: Supergraph): void {
    this.#parts.presence?.renew(supergraph, errorsOf);
    for (const { request, stream, renew } of [...this.#open]) {
      try {
        renew(LiveOperation.renewed(supergraph, request));
      } catch (error) {
        stream.finish(errorsOf(error));
      }
    }
  }
}

function tenantOf({ caller }: RequestContext): string {
  return caller?.tenant ?? PUBLIC_TENANT;
}

/** @throws the error itself when it isn't one for clients */
function errorsOf(error: unknown): readonly GraphQLError[] {
  if (error instanceof AggregateError) return error.errors.flatMap(errorsOf);
  if (error instanceof GraphQLError) return [error];
  throw error;
}
