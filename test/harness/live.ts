import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

/** What a subscription has delivered so far, and a way to wait for more. */
export interface Received<T> {
  readonly values: readonly T[];
  /** Waits until at least `count` values are there. */
  atLeast(count: number): Promise<readonly T[]>;
  stop(): Promise<void>;
}

/**
 * Subscribes over WebSocket as graphql-ws' documentation shows it.
 * @param token put into the connection's parameters
 */
export async function subscribe<T>(
  url: string,
  token: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Received<T>> {
  const client: Client = createClient({
    url,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    connectionParams: { Authorization: `Bearer ${token}` },
    onNonLazyError: () => {},
  });
  const values: T[] = [];
  const waiting = new Set<() => void>();
  let failure: unknown;
  const wake = (): void => waiting.forEach((check) => check());
  await new Promise<void>((resolve, reject) => {
    client.on('connected', () => resolve());
    client.on('closed', (event) => reject(new Error(`closed: ${JSON.stringify(event)}`)));
  });
  client.subscribe<T>(
    { query, variables },
    {
      next: (value) => {
        values.push(value as T);
        wake();
      },
      error: (error) => {
        failure = error;
        wake();
      },
      complete: () => wake(),
    },
  );
  return {
    values,
    atLeast: (count) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (failure !== undefined) {
            waiting.delete(check);
            reject(new Error(`the subscription failed: ${JSON.stringify(failure)}`));
          } else if (values.length >= count) {
            waiting.delete(check);
            resolve(values);
          }
        };
        waiting.add(check);
        check();
      }),
    stop: async () => {
      await client.dispose();
    },
  };
}
