import { setMaxListeners } from 'node:events';
import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLFormattedError,
} from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { TokenVerifier } from '#platform/auth/token-verifier.ts';
import type { Config } from '#platform/config.ts';
import { ApiError } from '#platform/errors.ts';
import type { UpgradeHandler } from '#platform/http/server.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { callerOfConnection } from './guard/connection-token.ts';
import { at } from './guard/expiry.ts';
import { isAllowedOrigin } from './guard/origin.ts';
import { publicError, withoutHttp } from './guard/public-error.ts';
import { requestIdOf } from './guard/authenticate.ts';
import type { Endpoint } from './http.ts';
import type { RequestContext, RequestIdentity } from './request-context.ts';

/** Bytes of one message from a client. */
export const MAX_MESSAGE_SIZE = 1024 * 1024;
/** Operations that may run on one socket at a time. */
export const MAX_OPERATIONS = 100;
const INIT_TIMEOUT = 5_000;
const PING_INTERVAL = 12_000;
const CLOSE_TIMEOUT = 1_000;

export interface SocketParts {
  readonly config: Pick<Config, 'production' | 'publicAccess' | 'corsOrigins'>;
  readonly verifier: TokenVerifier;
  readonly log: Logger;
  /** Parses, validates and answers as over HTTP. */
  readonly endpoint: Endpoint;
}

export interface SocketEndpoint {
  readonly upgrade: UpgradeHandler;
  /** Tells every client that the endpoint goes away, and waits a moment for them to leave. */
  close(): Promise<void>;
}

/** What one socket keeps between its messages. */
interface SocketState {
  readonly socket: WebSocket;
  readonly requestId: string;
  readonly left: AbortController;
  identity: RequestIdentity | null;
  stopExpiry: () => void;
}

type Enveloped = ReturnType<Endpoint['getEnveloped']>;
type SocketContext = Context<Record<string, unknown> | undefined, SocketState>;
type SocketArgs = ExecutionArgs & { readonly run: Pick<Enveloped, 'execute' | 'subscribe'> };

/** GraphQL over WebSocket: the `graphql-transport-ws` protocol, with the policies of this endpoint. */
export function createSocketEndpoint(parts: SocketParts): SocketEndpoint {
  const { config, verifier, log } = parts;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_SIZE,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  const show = (error: GraphQLError): GraphQLFormattedError =>
    withoutHttp(publicError(error, log, config.production)).toJSON();
  const protocol = makeServer<Record<string, unknown> | undefined, SocketState>({
    connectionInitWaitTimeout: INIT_TIMEOUT,
    onConnect: (context) => connect(context, verifier, config.publicAccess),
    onSubscribe: async (context, _id, payload) => prepare(context, payload, parts),
    execute: (args) => (args as SocketArgs).run.execute(args),
    subscribe: (args) => (args as SocketArgs).run.subscribe(args),
    onNext: (_context, _id, _payload, _args, { data, errors, extensions }) => ({
      ...(data === undefined ? {} : { data }),
      ...(errors ? { errors: errors.map(show) } : {}),
      ...(extensions ? { extensions } : {}),
    }),
    onError: (_context, _id, _payload, errors) => errors.map(show),
  });

  const serve = (socket: WebSocket, requestId: string): void => {
    const left = new AbortController();
    // Every operation of the socket listens.
    setMaxListeners(0, left.signal);
    const state: SocketState = { socket, requestId, left, identity: null, stopExpiry: () => undefined };
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        // Resolves when the message has left this process: a slow reader holds its own stream back.
        send: (data) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) resolve();
            else socket.send(data, (error) => (error ? reject(error) : resolve()));
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            handle(String(data)).catch((error: unknown) => {
              if (socket.readyState !== socket.OPEN) return;
              log.error({ error, requestId }, 'a WebSocket message failed');
              socket.close(CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      state,
    );
    const stopPinging = keepAlive(socket);
    socket.on('error', (error) => log.debug({ error, requestId }, 'a WebSocket failed'));
    socket.once('close', (code, reason) => {
      stopPinging();
      state.stopExpiry();
      left.abort();
      Promise.resolve(closed(code, String(reason))).catch((error: unknown) =>
        log.error({ error, requestId }, 'a WebSocket did not end cleanly'),
      );
    });
  };

  return {
    upgrade: (request, stream, head) => {
      if (!isAllowedOrigin(request, config.corsOrigins)) {
        stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
        return;
      }
      const requestId = requestIdOf([request.headers['x-request-id']].flat()[0]);
      sockets.handleUpgrade(request, stream, head, (socket) => serve(socket, requestId));
    },
    close: () => closeAll(sockets),
  };
}

/** @returns false to close the socket with 4403 */
async function connect(
  context: SocketContext,
  verifier: TokenVerifier,
  publicAccess: boolean,
): Promise<boolean> {
  const { extra } = context;
  let caller;
  try {
    caller = await callerOfConnection(context.connectionParams, verifier);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'UNAUTHENTICATED') return false;
    // The issuer's keys can't be had: nothing is known of the token.
    extra.socket.close(1013, 'Try again later');
    return true;
  }
  if (!caller && !publicAccess) return false;
  extra.identity = { caller, requestId: extra.requestId, signal: extra.left.signal };
  if (caller)
    extra.stopExpiry = at(caller.expiresAt, () =>
      extra.socket.close(CloseCode.Forbidden, 'The token has expired'),
    );
  return true;
}

/** @returns what graphql-ws is to run, or why it isn't run */
async function prepare(
  context: SocketContext,
  { query, operationName, variables, extensions }: SubscribePayload,
  { endpoint }: SocketParts,
): Promise<SocketArgs | readonly GraphQLError[]> {
  const { identity } = context.extra;
  if (!identity) return [new ApiError('UNAUTHENTICATED', 'The connection was not initialised.')];
  if (Object.keys(context.subscriptions).length > MAX_OPERATIONS) {
    return [
      new ApiError(
        'RATE_LIMITED',
        `More than ${MAX_OPERATIONS} operations at a time on one socket: open another.`,
      ),
    ];
  }
  const params = {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions,
  };
  const enveloped = endpoint.getEnveloped({ ...identity, params });
  let document: DocumentNode;
  try {
    document = enveloped.parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
  const operation = getOperationAST(document, operationName);
  if (!operation) return [new ApiError('BAD_REQUEST', 'Name one operation of the document.')];
  if (operation.operation === OperationTypeNode.MUTATION) {
    return [new ApiError('BAD_REQUEST', 'Mutations are taken by HTTP POST only.')];
  }
  const errors = enveloped.validate(enveloped.schema, document) as readonly GraphQLError[];
  if (errors.length > 0) return errors;
  return {
    schema: enveloped.schema,
    document,
    operationName: operationName ?? null,
    variableValues: variables ?? null,
    contextValue: (await enveloped.contextFactory()) as RequestContext,
    run: enveloped,
  };
}

function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, PING_INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}

async function closeAll(sockets: WebSocketServer): Promise<void> {
  const open = [...sockets.clients];
  const gone = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of open) socket.close(1001, 'Going away');
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    Promise.all(gone),
    new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT))),
  ]);
  clearTimeout(timer);
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
}
