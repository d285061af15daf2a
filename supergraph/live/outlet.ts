import type { GraphQLError } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import type { Waiting } from './backlog.ts';
import type { Update } from './update.ts';

/** The way from one subscriber to its client. */
export interface Outlet {
  /** What waits for the client, over all of its subscriptions on the same socket. */
  readonly waiting: Waiting;
  /** Whether what is sent now leaves at once instead of waiting in this process. */
  isFree(): boolean;
  /** Calls back as soon as it is free. What was asked for earlier is called back first. */
  whenFree(callback: () => void): void;
  send(update: Update): void;
  /** Nothing more will be sent. @param errors told to the client; null: it has left by itself */
  end(errors: readonly GraphQLError[] | null): void;
  /** Cuts the client off for reading too slowly. */
  cutOff(): void;
}

/** A subscription that has begun. */
export interface OpenSubscription {
  /** Ends it, once. @param errors told to the client as its last answer; null: it listens no more */
  end(errors: readonly GraphQLError[] | null): void;
  /**
   * Goes on with a fresh token of the same subject and tenant, or ends with an error when that one may see something
   * else than the first.
   */
  renewToken(caller: Caller): void;
}
