import { getOperationAST, type ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '#supergraph/request-context.ts';
import { addAnswerHeaders } from './answer-headers.ts';
import { requireRate, type RateLimits } from './rate-limits.ts';

/** What was taken for a request of HTTP before its operation was known. */
const TAKEN = { address: 1, caller: 1 };

/** Takes what operations over HTTP cost beyond their first token, once they are known to be valid. */
export function chargeOperations(rates: RateLimits): Plugin<RequestContext> {
  const charge = ({ args }: { readonly args: ExecutionArgs }): void => {
    const { schema, document, operationName } = args;
    const context = args.contextValue as RequestContext & { readonly request?: Request };
    const operation = getOperationAST(document, operationName);
    // Those of WebSockets, which come without a request, have been charged.
    if (!operation || !context.request) return;
    const rate = rates.ofOperation(context, rates.priceOf(schema, document, operation), TAKEN);
    if (rate) addAnswerHeaders(context.request, rate.headers);
    requireRate(rate);
  };
  return { onExecute: charge, onSubscribe: charge };
}
