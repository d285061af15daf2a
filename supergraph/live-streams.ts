import type { ExecutionArgs } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { ApiError } from '#platform/errors.ts';
import { json } from '#platform/http/json.ts';
import { Tally } from './guard/tally.ts';
import type { Heartbeat } from './heartbeat.ts';
import { HttpStream } from './http-stream.ts';
import type { LiveSubscriptions, Prepared } from './live/subscriptions.ts';
import { readWhenSlow, WHEN_SLOW_HEADER, WHEN_SLOW_NAME } from './live/when-slow.ts';
import type { RequestContext } from './request-context.ts';
import { streamFormat } from './stream-format.ts';

/** What yoga adds to the context of an HTTP request. */
interface HttpContext extends RequestContext {
  readonly request: Request;
  readonly params?: { readonly extensions?: Readonly<Record<string, unknown>> };
}

/**
 * Answers subscriptions over HTTP: as an event stream or in parts, whichever the client accepts. Subscriptions of
 * WebSockets don't come this way.
 */
export function liveStreams(
  live: LiveSubscriptions,
  heartbeat: Heartbeat,
  perSubject: number,
): Plugin<RequestContext> {
  const streams = new Tally(perSubject);
  const prepared = new WeakMap<Request, { readonly subscription: Prepared; readonly context: HttpContext }>();
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(async (args: ExecutionArgs) => {
        const context = args.contextValue as HttpContext;
        const { request, params } = context;
        let whenSlow;
        try {
          const header = readWhenSlow(request.headers.get(WHEN_SLOW_HEADER), 'conflate');
          whenSlow = readWhenSlow(params?.extensions?.[WHEN_SLOW_NAME], header);
        } catch (error) {
          if (error instanceof ApiError) return { errors: [error] };
          throw error;
        }
        const subscription = await live.prepare({
          context,
          lastEventId: request.headers.get('last-event-id'),
          whenSlow,
          document: args.document,
          operationName: args.operationName ?? undefined,
          variables: args.variableValues ?? {},
        });
        if ('errors' in subscription) return subscription;
        prepared.set(request, { subscription, context });
        return nothing();
      });
    },
    onResultProcess({ request, result, setResultProcessor }) {
      const found = prepared.get(request);
      if (!found || !isAsyncIterable(result)) return;
      const format = streamFormat(request.headers.get('accept'));
      if (!format) return;
      setResultProcessor(() => {
        const { subscription, context } = found;
        const { caller } = context;
        const leave = caller ? streams.enter(`${caller.tenant}:${caller.subject}`) : () => undefined;
        if (!leave) return tooManyStreams(perSubject);
        const { body } = new HttpStream(subscription, format, live, heartbeat, context.signal, leave);
        return new Response(body, {
          headers: {
            'content-type': format.contentType,
            // Proxies are not to keep, change or hold back anything.
            'cache-control': 'no-cache, no-transform',
            'x-accel-buffering': 'no',
            connection: 'keep-alive',
          },
        });
      }, format.contentType);
    },
  };
}

function tooManyStreams(most: number): Response {
  const message = `More than ${most} streams at a time: end another first.`;
  return json(429, { errors: [{ message, extensions: { code: 'RATE_LIMITED' } }] });
}

/** Tells yoga that there is a stream. Nobody reads it: what is sent comes from elsewhere. */
function nothing(): AsyncIterableIterator<never> {
  const done = Promise.resolve({ done: true as const, value: undefined });
  const silent: AsyncIterableIterator<never> = {
    next: () => done,
    return: () => done,
    [Symbol.asyncIterator]: () => silent,
  };
  return silent;
}
