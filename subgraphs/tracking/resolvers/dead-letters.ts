import { decodeCursor, encodeCursor, pageSize } from '#platform/graphql/connection.ts';
import type { TrackingContext } from '../context.ts';
import { isEntryId } from '../dead-letters.ts';
import type { DeadLetter } from '../dead-letters.ts';

interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}

export const deadLetterQueries = {
  deadLetters: async (_: unknown, { first, after }: PageArguments, { deadLetters }: TrackingContext) => {
    const size = pageSize(first);
    const [before = null] = decodeCursor(after, isEntryId) ?? [];
    const found = await deadLetters.list(size + 1, before);
    const edges = found.slice(0, size).map((node) => ({ cursor: encodeCursor(node.id), node }));
    return {
      edges,
      pageInfo: {
        hasNextPage: found.length > size,
        hasPreviousPage: before !== null,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  },
  deadLetter: (_: unknown, { id }: { readonly id: string }, { deadLetters }: TrackingContext) => deadLetters.find(id),
};

export const deadLetterMutations = {
  replayDeadLetter: async (_: unknown, { id }: { readonly id: string }, { deadLetters }: TrackingContext) => ({
    done: await deadLetters.replay(id),
  }),
  discardDeadLetter: async (_: unknown, { id }: { readonly id: string }, { deadLetters }: TrackingContext) => ({
    done: await deadLetters.discard(id),
  }),
};

export const DeadLetterFields = {
  message: ({ message }: DeadLetter) => message.toString('utf8'),
  messageBase64: ({ message }: DeadLetter) => message.toString('base64'),
};
