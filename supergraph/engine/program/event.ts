import type { GraphQLSchema } from 'graphql';
import { AnswerReader } from '../answer-reader.ts';
import { MASKED_MESSAGE } from '../failure.ts';
import { operationSelections } from '../fetch-document.ts';
import { pathKeys } from '../response-path.ts';
import type { EngineSettings } from '../settings.ts';
import type { DocumentedFetch } from './compile.ts';
import { merge } from './merge.ts';
import type { Step } from './step.ts';

/** Answers a subscription's root field with the exchange's event, in place of the subgraph's stream. */
export function compileEvent(
  primary: DocumentedFetch,
  schema: GraphQLSchema,
  settings: EngineSettings,
): Step {
  const selections = operationSelections(primary.operationDocumentNode);
  const type = schema.getSubscriptionType() ?? undefined;
  return async ({ exchange, data }) => {
    if (!exchange.event) throw new Error('a subscription was executed without an event');
    const values = await exchange.event(exchange);
    const reader = new AnswerReader(schema, exchange.variables, new Map(), (path, expected) => {
      const place = pathKeys(path);
      settings.log.error({ path: place, expected, requestId: exchange.requestId }, 'an event is misshapen');
      exchange.failures.push({ code: 'INTERNAL', message: MASKED_MESSAGE, path: place });
    });
    reader.readObject(values, type, selections, null);
    merge(data, values, null);
  };
}
