import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { CURSOR } from './live/subscription.ts';

type ResultHook = NonNullable<Plugin['onResultProcess']>;
type ResultProcessor = Parameters<Parameters<ResultHook>[0]['setResultProcessor']>[0];

/** How yoga begins an event that holds an answer. */
const NEXT = /^event: next$/gm;

/**
 * Gives each event of an event stream the cursor of its update as its id: a client that comes back sends the last one
 * as `Last-Event-ID`, browsers by themselves.
 */
export function eventIds(): Plugin {
  return {
    onResultProcess({ result, resultProcessor, setResultProcessor, acceptableMediaTypes }) {
      if (!resultProcessor || !isAsyncIterable(result) || !acceptableMediaTypes.includes('text/event-stream'))
        return;
      setResultProcessor(withIds(resultProcessor), 'text/event-stream');
    },
  };
}

function withIds(process: ResultProcessor): ResultProcessor {
  return async (result, fetchAPI, mediaType) => {
    // Yoga may be asked for the next answer before its last one has been read.
    const cursors: (string | undefined)[] = [];
    const response = await process(
      seen(result as AsyncIterable<ExecutionResult>, (value) =>
        cursors.push(cursorOf(value)),
      ) as typeof result,
      fetchAPI,
      mediaType,
    );
    if (!response.body) return response;
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          // Chunks hold whole lines, and JSON no line breaks.
          const text = decoder.decode(chunk, { stream: true });
          controller.enqueue(encoder.encode(text.replace(NEXT, (line) => withId(cursors.shift(), line))));
        },
      }),
    );
    return new fetchAPI.Response(body, { status: response.status, headers: response.headers });
  };
}

function withId(cursor: string | undefined, line: string): string {
  return cursor === undefined ? line : `id: ${cursor}\n${line}`;
}

function cursorOf(value: ExecutionResult): string | undefined {
  return (value as { readonly [CURSOR]?: string })[CURSOR];
}

/** The same iterable; `see` is called with each value before its reader gets it. */
function seen<T>(iterable: AsyncIterable<T>, see: (value: T) => void): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = iterable[Symbol.asyncIterator]();
      return {
        next: async () => {
          const step = await iterator.next();
          if (step.done !== true) see(step.value);
          return step;
        },
        return: async (value: unknown) =>
          (await iterator.return?.(value)) ?? { done: true, value: undefined },
      };
    },
  };
}
