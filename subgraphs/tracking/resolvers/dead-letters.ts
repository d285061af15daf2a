import { decodeCursor, encodeCursor, pageSize } from '#platform/graphql/connection.ts';
import { isEntryId } from '../dead-letters.ts';
import type { MutationResolvers, QueryResolvers, Resolvers } from '../generated/schema.ts';

export const deadLetterQueries = {
  deadLetters: async (_, { first, after }, { deadLetters }) => {
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
  deadLetter: (_, { id }, { deadLetters }) => deadLetters.find(id),
} satisfies QueryResolvers;

export const deadLetterMutations = {
  replayDeadLetter: async (_, { id }, { deadLetters }) => ({
    done: await deadLetters.replay(id),
  }),
  discardDeadLetter: async (_, { id }, { deadLetters }) => ({
    done: await deadLetters.discard(id),
  }),
} satisfies MutationResolvers;

export const DeadLetterFields = {
  message: ({ message }) => message.toString('utf8'),
  messageBase64: ({ message }) => message.toString('base64'),
} satisfies Resolvers['DeadLetter'];
