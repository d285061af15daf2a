import { decodeCursor, encodeCursor, pageSize } from '#platform/graphql/connection.ts';
import { isEntryId } from '../dead-letters.ts';
import type { MutationResolvers, QueryResolvers, Resolvers } from '../generated/schema.ts';

export const deadLetterQueries = {
  deadLetters: async (_, { first, after }, { deadLetters, audit }) => {
    const size = pageSize(first);
    audit.record('READ', 'deadLetters', { first: size });
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
  deadLetter: async (_, { id }, { deadLetters, audit }) => {
    audit.record('READ', 'deadLetter', { id });
    return deadLetters.find(id);
  },
} satisfies QueryResolvers;

export const deadLetterMutations = {
  replayDeadLetter: async (_, { id }, { deadLetters, audit }) => {
    const done = await deadLetters.replay(id);
    audit.record('CHANGE', 'replayDeadLetter', { id, done });
    return { done };
  },
  discardDeadLetter: async (_, { id }, { deadLetters, audit }) => {
    const done = await deadLetters.discard(id);
    audit.record('CHANGE', 'discardDeadLetter', { id, done });
    return { done };
  },
} satisfies MutationResolvers;

export const DeadLetterFields = {
  message: ({ message }) => message.toString('utf8'),
  messageBase64: ({ message }) => message.toString('base64'),
} satisfies Resolvers['DeadLetter'];
