import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Caller } from '#platform/auth/caller.ts';
import type { TokenVerifier } from '#platform/auth/token-verifier.ts';
import type { Config } from '#platform/config.ts';
import { ApiError } from '#platform/errors.ts';
import { CLIENT_ADDRESS_HEADER, currentClientRegion, inClientRegion } from '#platform/http/client-region.ts';
import { refuseUpgrade, type UpgradeHandler } from '#platform/http/server.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { callerOfConnection } from './guard/connection-token.ts';
import { at } from './guard/expiry.ts';
import { isAllowedOrigin } from './guard/origin.ts';
import { requestIdOf } from './guard/authenticate.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { OperationTexts } from './documents/operation-texts.ts';
import type { Endpoint } from './http.ts';
import type { LiveSubscriptions } from './live/subscriptions.ts';
import { readWhenSlow, WHEN_SLOW, WHEN_SLOW_NAME, type WhenSlow } from './live/when-slow.ts';
import { prepareOperation, type OperationSocket, type SocketOperation } from './socket-operation.ts';
import { SocketWriter } from './socket-writer.ts';

/** Bytes of one message from a client. */
export const MAX_MESSAGE_SIZE = 1024 * 1024;
const INIT_TIMEOUT = 5_000;
const CLOSE_TIMEOUT = 1_000;
/** Closes the socket of a client that has asked for it and reads too slowly. */
export const TOO_SLOW = 4480;

export interface SocketParts {
  readonly config: Pick<Config, 'production' | 'publicAccess' | 'corsOrigins'>;
  readonly verifier: TokenVerifier;
  readonly log: Logger;
  /** Parses, validates and answers as over HTTP. */
  readonly endpoint: Endpoint;
  readonly live: LiveSubscriptions;
  readonly heartbeat: Heartbeat;
  readonly texts: OperationTexts;
}

export interface SocketEndpoint {
  readonly upgrade: UpgradeHandler;
  /** Tells every client that the endpoint goes away, and waits a moment for them to leave. */
  close(): Promise<void>;
}

/** What one socket keeps between its messages. */
class SocketState implements OperationSocket {
  readonly socket: WebSocket;
  readonly writer: SocketWriter;
  readonly requestId: string;
  readonly address: string | null;
  caller: Caller | null = null;
  isInitialised = false;
  whenSlow: WhenSlow = 'conflate';
  stopExpiry: (() => void) | null = null;
  #left: AbortController | null = null;

  constructor(socket: WebSocket, writer: SocketWriter, requestId: string, address: string | null) {
    this.socket = socket;
    this.writer = writer;
    this.requestId = requestId;
    this.address = address;
  }

  /** Made for the first query: sockets that do nothing but subscribe need none. */
  get signal(): AbortSignal {
    if (!this.#left) {
      this.#left = new AbortController();
      // Every operation of the socket listens.
      setMaxListeners(0, this.#left.signal);
      if (this.socket.readyState !== this.socket.OPEN) this.#left.abort();
    }
    return this.#left.signal;
  }

  leave(): void {
    this.#left?.abort();
  }

  cutOff(): void {
    this.socket.close(TOO_SLOW, 'The client reads too slowly');
  }
}

/**
 * A message as graphql-ws takes it: parsed, since it would keep the text for as long as a subscription lasts; what is
 * no JSON as it is, for it to refuse.
 */
function readMessage(data: Buffer): string {
  const text = data.toString();
  try {
    const message = JSON.parse(text) as string | object;
    // Its type says text, as it is on the wire; it takes both.
    return typeof message === 'string' ? text : (message as unknown as string);
  } catch {
    return text;
  }
}

type SocketContext = Context<Record<string, unknown> | undefined, SocketState>;

/** GraphQL over WebSocket: the `graphql-transport-ws` protocol, with the policies of this endpoint. */
export function createSocketEndpoint(parts: SocketParts): SocketEndpoint {
  const { config, verifier, log, live, heartbeat } = parts;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_SIZE,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  const protocol = makeServer<Record<string, unknown> | undefined, SocketState>({
    connectionInitWaitTimeout: INIT_TIMEOUT,
    onConnect: (context) => connect(context, verifier, config.publicAccess),
    onSubscribe: async ({ extra, subscriptions }, id, payload) =>
      prepareOperation(parts, extra, Object.keys(subscriptions).length, id, payload),
    execute: (args) => (args as SocketOperation).run(args) as Promise<ExecutionResult>,
    subscribe: (args) => (args as SocketOperation).run(args),
    onNext: (_context, _id, _payload, _args, { data, errors, extensions }) => ({
      ...(data === undefined ? {} : { data }),
      ...(errors ? { errors: errors.map(live.show) } : {}),
      ...(extensions ? { extensions } : {}),
    }),
    onError: (_context, _id, _payload, errors) => errors.map(live.show),
  });

  const serve = (socket: WebSocket, stream: Duplex, requestId: string, address: string | null): void => {
    // What a socket says later runs where its connection began, not where its request was looked at.
    const region = currentClientRegion();
    let isAlive = true;
    const sign = (): void => void (isAlive = true);
    const writer = new SocketWriter(socket, stream, live.fanout.waitingUpdates, sign);
    const state = new SocketState(socket, writer, requestId, address);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        // Resolves when the message has left this process, or there is nobody to send it to any more.
        send: (data) =>
          new Promise((resolve) => {
            if (socket.readyState !== socket.OPEN) resolve();
            else socket.send(data, () => resolve());
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            sign();
            inClientRegion(region, () => handle(readMessage(data as Buffer))).catch((error: unknown) => {
              if (socket.readyState !== socket.OPEN) return;
              log.error({ error, requestId }, 'a WebSocket message failed');
              socket.close(CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      state,
    );
    socket.on('pong', sign);
    const stopPinging = heartbeat.add(() => {
      if (!isAlive) {
        socket.terminate();
        return;
      }
      isAlive = false;
      socket.ping();
    });
    socket.on('error', (error) => log.debug({ error, requestId }, 'a WebSocket failed'));
    socket.once('close', (code, reason) => {
      stopPinging();
      state.stopExpiry?.();
      state.leave();
      Promise.resolve(closed(code, String(reason))).catch((error: unknown) =>
        log.error({ error, requestId }, 'a WebSocket did not end cleanly'),
      );
    });
  };

  return {
    upgrade: (request, stream, head) => {
      if (!isAllowedOrigin(request, config.corsOrigins)) {
        refuseUpgrade(stream, '403 Forbidden');
        return;
      }
      const requestId = requestIdOf([request.headers['x-request-id']].flat()[0]);
      const address = request.headers[CLIENT_ADDRESS_HEADER]?.toString() ?? null;
      sockets.handleUpgrade(request, stream, head, (socket) => serve(socket, stream, requestId, address));
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
  try {
    extra.whenSlow = readWhenSlow(context.connectionParams?.[WHEN_SLOW_NAME], extra.whenSlow);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    extra.socket.close(CloseCode.BadRequest, `${WHEN_SLOW_NAME}: expected ${WHEN_SLOW.join(' or ')}`);
    return true;
  }
  extra.caller = caller;
  extra.isInitialised = true;
  if (caller)
    extra.stopExpiry = at(caller.expiresAt, () =>
      extra.socket.close(CloseCode.Forbidden, 'The token has expired'),
    );
  // It holds the token, which is kept once already.
  Object.assign(context, { connectionParams: undefined });
  return true;
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
