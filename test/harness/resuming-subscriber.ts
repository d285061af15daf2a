import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** A client that comes back with its last cursor whenever its subscription ends. */
export interface ResumingSubscriber<Update> {
  readonly updates: readonly Update[];
  /** What else it was told, such as that its cursor has expired. */
  readonly failures: readonly unknown[];
  stop(): Promise<void>;
}

interface Result {
  readonly data?: { readonly shipmentUpdated: { readonly cursor: string } | null } | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

/**
 * @param url asked for at each attempt: another gateway may be there
 * @param selection of `shipmentUpdated`, beside the cursor
 */
export function subscribeResuming<Update>(
  url: () => string,
  token: string,
  selection: string,
): ResumingSubscriber<Update> {
  const updates: Update[] = [];
  const failures: unknown[] = [];
  const query = `subscription ($after: String) { shipmentUpdated(after: $after) { cursor ${selection} } }`;
  let after: string | null = null;
  const stopped = new AbortController();
  let leave = (): void => {};

  const attempt = (): Promise<void> =>
    new Promise((resolve) => {
      const client = createClient({
        url: url(),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { Authorization: `Bearer ${token}` },
      });
      const end = (): void => {
        void client.dispose();
        resolve();
      };
      leave = end;
      client.subscribe<Result['data']>(
        { query, variables: { after } },
        {
          next: (result) => {
            const { data, errors } = result as Result;
            const update = data?.shipmentUpdated;
            if (update) {
              after = update.cursor;
              updates.push(update as Update);
            }
            const code = errors?.[0]?.extensions?.code;
            if (code !== undefined && code !== 'UNAVAILABLE') failures.push(errors);
          },
          error: end,
          complete: end,
        },
      );
    });
  const ended = (async () => {
    while (!stopped.signal.aborted) {
      await attempt();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    updates,
    failures,
    stop: async () => {
      stopped.abort();
      leave();
      await ended;
    },
  };
}
