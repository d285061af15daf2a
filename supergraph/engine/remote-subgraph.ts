import { Agent, errors, request as send, type Dispatcher } from 'undici';
import { SubgraphUnavailable, type Subgraph, type SubgraphRequest } from './subgraph.ts';

/** Connections to subgraphs in other processes, kept alive between requests. */
export interface RemoteSubgraphs {
  at(name: string, url: string): Subgraph;
  close(): Promise<void>;
}

export interface RemoteLimits {
  /** Milliseconds to wait for a connection. */
  readonly connectTimeout: number;
  /** Bytes of one answer. */
  readonly maxAnswerSize: number;
}

/** To one subgraph; more requests wait, which their time-out bounds. */
const MAX_CONNECTIONS = 256;
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

export function connectRemoteSubgraphs(limits: RemoteLimits): RemoteSubgraphs {
  const agent = new Agent({
    connect: { timeout: limits.connectTimeout },
    connections: MAX_CONNECTIONS,
    keepAliveTimeout: 10_000,
    // The caller's signal is the limit in time.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    at: (name, url) => ({
      name,
      ask: (request) => askRemote(name, url, request, agent, limits.maxAnswerSize),
    }),
    close: () => agent.destroy(),
  };
}

async function askRemote(
  name: string,
  url: string,
  { query, operationName, variables, token, requestId, signal }: SubgraphRequest,
  dispatcher: Dispatcher,
  maxAnswerSize: number,
): Promise<unknown> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: ACCEPT,
    'x-request-id': requestId,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const body = JSON.stringify({ query, operationName, variables });
  let response: Dispatcher.ResponseData;
  try {
    response = await send(url, { dispatcher, method: 'POST', headers, body, signal });
  } catch (error) {
    throw new SubgraphUnavailable(name, `can't be reached: ${describe(error)}`, { cause: error });
  }
  const text = await readText(name, response, maxAnswerSize);
  try {
    return JSON.parse(text);
  } catch {
    const type = String(response.headers['content-type'] ?? 'no content type');
    throw new SubgraphUnavailable(name, `answered ${response.statusCode} with ${type} that is not JSON`);
  }
}

async function readText(name: string, response: Dispatcher.ResponseData, limit: number): Promise<string> {
  const tooLarge = new SubgraphUnavailable(name, `answered with more than ${limit} bytes`);
  const { body } = response;
  if (Number(response.headers['content-length'] ?? 0) > limit) {
    body.on('error', () => undefined).destroy();
    throw tooLarge;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Leaving the loop destroys the body and its connection.
      if (size > limit) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (error) {
    if (error === tooLarge) throw error;
    throw new SubgraphUnavailable(name, `broke off its answer: ${describe(error)}`, { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  if (error instanceof errors.UndiciError || error instanceof Error) return error.message || error.name;
  return String(error);
}
