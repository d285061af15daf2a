import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AuditOrigin, AuditSink } from '#platform/audit/audit-sink.ts';
import type { Caller } from '#platform/auth/caller.ts';
import type { TokenVerifier } from '#platform/auth/token-verifier.ts';
import type { Config } from '#platform/config.ts';
import { ApiError } from '#platform/errors.ts';
import { addressGroup, clientAddress } from '#platform/http/client-address.ts';
import { currentClientRegion, inClientRegion } from '#platform/http/client-region.ts';
import { refuseUpgrade, type UpgradeHandler } from '#platform/http/server.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { bringsToken, callerOfConnection } from './guard/connection-token.ts';
import { isAllowedOrigin } from './guard/origin.ts';
import { requestIdOf } from './guard/authenticate.ts';
import type { RateLimits } from './guard/rate-limits.ts';
import {
  gatewayOrigin,
  recordAnonymous,
  recordForeignPage,
  recordOtherSubject,
} from './guard/record-refusals.ts';
import { Tally } from './guard/tally.ts';
import { whenTokenEnds } from './guard/token-end.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { OperationTexts } from './documents/operation-texts.ts';
import type { Endpoint } from './http.ts';
import type { LiveSubscriptions } from './live/subscriptions.ts';
import { readWhenSlow, WHEN_SLOW, WHEN_SLOW_NAME, type WhenSlow } from './live/when-slow.ts';
import { prepareOperation, type OperationSocket, type SocketOperation } from './socket-operation.ts';
import type { SocketSubscription } from './socket-subscription.ts';
import { SocketWriter } from './socket-writer.ts';

const CLOSE_TIMEOUT = 1_000;
/** Closes the socket of a client that has asked for it and reads too slowly. */
export const TOO_SLOW = 4480;
/** Closes the socket of a subject that has too many; clients don't try again by themselves. */
export const TOO_MANY_CONNECTIONS = 4429;

export interface SocketParts {
  readonly config: Pick<Config, 'production' | 'publicAccess' | 'corsOrigins' | 'limits' | 'trustedProxy'>;
  readonly verifier: TokenVerifier;
  readonly audit: AuditSink;
  readonly log: Logger;
  /** Parses, validates and answers as over HTTP. */
  readonly endpoint: Endpoint;
  readonly live: LiveSubscriptions;
  readonly heartbeat: Heartbeat;
  readonly texts: OperationTexts;
  readonly rates: RateLimits;
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
  readonly subscriptions = new Set<SocketSubscription>();
  /** Stops waiting for the token's end. */
  stopWatching: (() => void) | null = null;
  /** Gives back the place that the socket takes among its subject's. */
  leaveSubject: (() => void) | null = null;
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

  /** For the audit trail. */
  get origin(): AuditOrigin {
    return gatewayOrigin(this.requestId, this.address);
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
  const { config, verifier, audit, log, live, heartbeat, rates } = parts;
  const { perSubject, perAddress, messageSize, initTimeout } = config.limits.connections;
  const bySubject = new Tally(perSubject);
  const byAddress = new Tally(perAddress);
  const door = { verifier, audit, rates, bySubject, publicAccess: config.publicAccess };
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: messageSize,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  const protocol = makeServer<Record<string, unknown> | undefined, SocketState>({
    connectionInitWaitTimeout: initTimeout,
    onConnect: (context) => connect(context, door),
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

  const serve = (
    socket: WebSocket,
    stream: Duplex,
    requestId: string,
    address: string | null,
    leaveAddress: () => void,
  ): void => {
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
        close: (code, reason) => {
          // An operation of someone who hasn't said who they are.
          if (code === CloseCode.Unauthorized) recordAnonymous(audit, state.origin);
          return socket.close(code, reason);
        },
        onPing: async (payload) => {
          const answer = await answerPing(state, door, payload);
          if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'pong', ...answer }));
        },
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
      state.stopWatching?.();
      state.leaveSubject?.();
      leaveAddress();
      state.leave();
      Promise.resolve(closed(code, String(reason))).catch((error: unknown) =>
        log.error({ error, requestId }, 'a WebSocket did not end cleanly'),
      );
    });
  };

  return {
    upgrade: (request, stream, head) => {
      const address = clientAddress(request, config.trustedProxy);
      const requestId = requestIdOf([request.headers['x-request-id']].flat()[0]);
      if (!isAllowedOrigin(request, config.corsOrigins)) {
        recordForeignPage(audit, gatewayOrigin(requestId, address));
        refuseUpgrade(stream, '403 Forbidden');
        return;
      }
      const group = addressGroup(address);
      const leave = rates.ofAddress(address)?.allowed === false ? null : byAddress.enter(group);
      if (!leave) {
        refuseUpgrade(stream, '429 Too Many Requests');
        return;
      }
      // Also when there never is a WebSocket.
      stream.once('close', leave);
      sockets.handleUpgrade(request, stream, head, (socket) =>
        serve(socket, stream, requestId, address, leave),
      );
    },
    close: () => closeAll(sockets),
  };
}

interface Door {
  readonly verifier: TokenVerifier;
  readonly audit: AuditSink;
  readonly rates: RateLimits;
  readonly bySubject: Tally;
  readonly publicAccess: boolean;
}

/** @returns false to close the socket with 4403 */
async function connect(
  context: SocketContext,
  { verifier, audit, bySubject, publicAccess }: Door,
): Promise<boolean> {
  const { extra } = context;
  let caller;
  try {
    caller = await callerOfConnection(context.connectionParams, verifier, extra.origin);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'UNAUTHENTICATED') return false;
    // The issuer's keys can't be had: nothing is known of the token.
    extra.socket.close(1013, 'Try again later');
    return true;
  }
  if (!caller && !publicAccess) {
    recordAnonymous(audit, extra.origin);
    return false;
  }
  try {
    extra.whenSlow = readWhenSlow(context.connectionParams?.[WHEN_SLOW_NAME], extra.whenSlow);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    extra.socket.close(CloseCode.BadRequest, `${WHEN_SLOW_NAME}: expected ${WHEN_SLOW.join(' or ')}`);
    return true;
  }
  if (caller && extra.socket.readyState === extra.socket.OPEN) {
    extra.leaveSubject = bySubject.enter(`${caller.tenant}:${caller.subject}`);
    if (!extra.leaveSubject) {
      extra.socket.close(TOO_MANY_CONNECTIONS, 'Too many connections');
      return true;
    }
  }
  enter(extra, verifier, caller);
  // It holds the token, which is kept once already.
  Object.assign(context, { connectionParams: undefined });
  return true;
}

/** From now on the socket is this caller's, until the token ends. */
function enter(state: SocketState, verifier: TokenVerifier, caller: Caller | null): void {
  state.stopWatching?.();
  state.stopWatching = null;
  state.caller = caller;
  state.isInitialised = true;
  if (!caller) return;
  state.stopWatching = whenTokenEnds(caller, verifier, () => {
    const expired = Date.now() >= caller.expiresAt;
    state.socket.close(CloseCode.Forbidden, expired ? 'The token has expired' : 'The token was revoked');
  });
}

/**
 * Answers a `ping`. One that brings a fresh token of the same subject and tenant, as `connection_init` does, keeps the
 * socket and its subscriptions alive until that one ends; any other token changes nothing.
 * @returns what the `pong` says besides its type
 */
async function answerPing(
  state: SocketState,
  { verifier, audit, rates }: Door,
  payload: unknown,
): Promise<{ readonly payload?: unknown }> {
  if (!bringsToken(payload)) return payload === undefined || payload === null ? {} : { payload };
  const before = state.caller;
  const refused = { payload: { authorization: 'refused' } };
  if (!before || rates.ofCaller(before)?.allowed === false) return refused;
  const caller = await callerOfConnection(payload, verifier, state.origin).catch(() => null);
  if (!caller) return refused;
  if (caller.subject !== before.subject || caller.tenant !== before.tenant) {
    recordOtherSubject(audit, before, state.origin);
    return refused;
  }
  if (state.socket.readyState !== state.socket.OPEN) return refused;
  enter(state, verifier, caller);
  for (const subscription of [...state.subscriptions]) subscription.renewToken(caller);
  return { payload: { authorization: 'renewed', expiresAt: new Date(caller.expiresAt).toISOString() } };
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
