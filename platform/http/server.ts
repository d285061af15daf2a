import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServerAdapter } from '@whatwg-node/server';
import { ConfigError } from '../config.ts';
import type { FetchHandler } from '../service.ts';
import type { Logger } from '../telemetry/log.ts';
import { inTrustedRegion } from './client-region.ts';
import type { TrustedProxy } from './trusted-proxy.ts';
import { json } from './json.ts';

/** Takes a socket over after an HTTP upgrade request. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Answers a request on Node.js' own objects, without the cost of the web's.
 * @returns false when it leaves the request to the path's other handler; a body that it has read is then in `body`
 */
export type NodeHandler = (request: NodeRequest, response: ServerResponse) => boolean | Promise<boolean>;

export type NodeRequest = IncomingMessage & { body?: Buffer };

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /**
   * Answers an exact path from now on.
   * @param first is asked before the handler; for what is asked most
   */
  mount(path: string, handler: FetchHandler, first?: NodeHandler): void;
  /** Hands upgrade requests for an exact path over from now on. */
  mountUpgrade(path: string, handler: UpgradeHandler): void;
  /** Everything is mounted: other paths are 404 from now on. Before, they are 503. */
  opened(): void;
  /** Stops listening, gives answers under way a moment, then closes every connection. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  readonly log: Logger;
  /** Who may tell where a client is; nobody when not given. */
  readonly trustedProxy?: TrustedProxy | null;
  /** Seconds that browsers are told to come by HTTPS only; 0 or not given: they are told nothing. */
  readonly hstsSeconds?: number;
  /** How long a client may take, in milliseconds, for tests. */
  readonly patience?: Patience;
}

/** Milliseconds that a client may take. */
export interface Patience {
  /** For a request's headers. */
  readonly headers: number;
  /** For a whole request. */
  readonly request: number;
  /** Between looking for those who take longer. */
  readonly looking: number;
}

const PATIENCE: Patience = { headers: 10_000, request: 30_000, looking: 5_000 };
const MAX_HEADERS = 100;

const DRAIN_TIMEOUT = 3_000;

/**
 * Listens; the only way in from outside.
 * @throws {ConfigError} when the address can't be had, naming it
 */
export async function listen(options: HttpServerOptions): Promise<HttpServer> {
  const { host, log, trustedProxy = null, hstsSeconds = 0, patience = PATIENCE } = options;
  const always = securityHeaders(hstsSeconds);
  const adapters = new Map<string, ReturnType<typeof createServerAdapter>>();
  const firsts = new Map<string, NodeHandler>();
  const upgrades = new Map<string, UpgradeHandler>();
  const running = new Set<Promise<unknown>>();
  let open = false;
  const unmounted = createServerAdapter(() =>
    open
      ? json(404, { error: 'There is nothing at this path.' })
      : json(503, { error: 'Not started yet.' }, { 'retry-after': '1' }),
  );
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = pathOf(request);
    for (const [name, value] of always) response.setHeader(name, value);
    const adapter = adapters.get(path) ?? unmounted;
    const answered = firsts.get(path)?.(request, response) ?? false;
    if (answered === true) return;
    const work =
      answered === false
        ? adapter(request, response)
        : tracked(answered, running).then((done) => (done ? undefined : adapter(request, response)));
    Promise.resolve(work).catch((error: unknown) => {
      log.error({ error }, 'a request could not be answered');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
  const server = createServer(
    {
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      connectionsCheckingInterval: patience.looking,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16_384,
    },
    (request, response) => inTrustedRegion(request, trustedProxy, () => answer(request, response)),
  );
  server.maxHeadersCount = MAX_HEADERS;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // One for all: a closure for each would keep its request for as long as the connection lasts.
  const noteBrokenUpgrade = (error: Error): void =>
    log.debug({ error }, 'a connection broke during its upgrade');
  server.on('upgrade', (request, socket, head) => {
    // Node.js has let go of it: without a listener a client that breaks off would end the process.
    socket.on('error', noteBrokenUpgrade);
    const handler = upgrades.get(pathOf(request));
    if (handler) inTrustedRegion(request, trustedProxy, () => handler(request, socket, head));
    else refuseUpgrade(socket, '404 Not Found');
  });
  await bind(server, host, options.port);
  server.on('error', (error) => log.error({ error }, 'the server reports an error'));
  let closed: Promise<void> | undefined;
  return {
    host,
    port: (server.address() as AddressInfo).port,
    opened: () => void (open = true),
    mount: (path, handler, first) => {
      adapters.set(path, createServerAdapter(guarded(handler, running, log)));
      if (first) firsts.set(path, first);
    },
    mountUpgrade: (path, handler) => void upgrades.set(path, handler),
    close: () => (closed ??= drain(server, sockets, running)),
  };
}

/**
 * What every answer says unless it says otherwise: browsers take it for what it is, show it nowhere, keep it nowhere
 * and tell nobody where they had it from. A page that is to be shown, such as GraphiQL, brings a policy of its own.
 */
function securityHeaders(hstsSeconds: number): readonly (readonly [string, string])[] {
  return [
    ['x-content-type-options', 'nosniff'],
    ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
    ['referrer-policy', 'no-referrer'],
    ['cross-origin-resource-policy', 'same-origin'],
    ['cache-control', 'no-store'],
    ...(hstsSeconds > 0 ? [['strict-transport-security', `max-age=${hstsSeconds}`] as const] : []),
  ];
}

/** Where it listens, as a URL. */
export function originOf(server: { readonly host: string; readonly port: number }): string {
  return `http://${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`;
}

/**
 * The adapter itself would answer with the stack of whatever is thrown.
 * @param running the handlers at work: one whose client has left still works
 */
function guarded(handler: FetchHandler, running: Set<Promise<unknown>>, log: Logger): FetchHandler {
  const answer = async (request: Request): Promise<Response> => {
    try {
      return await handler(request);
    } catch (error) {
      log.error({ error }, 'a request could not be answered');
      return json(500, { error: 'Something went wrong on our side.' });
    }
  };
  return (request) => tracked(answer(request), running);
}

function tracked<T>(work: Promise<T>, running: Set<Promise<unknown>>): Promise<T> {
  running.add(work);
  return work.finally(() => running.delete(work));
}

/** Answers an upgrade request by a status and hangs up; the client's own end is not waited for. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] as string;
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const reasons: Record<string, string> = {
        EADDRINUSE: 'another program uses it; stop it or set PORT to another',
        EACCES: 'this user may not listen there; set PORT to 1024 or above',
        EADDRNOTAVAIL: 'this machine has no such address; check HOST',
        ENOTFOUND: 'there is no such host; check HOST',
      };
      const reason = reasons[error.code ?? ''] ?? error.message;
      reject(new ConfigError(`cannot listen on ${host}:${port}: ${reason}`));
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

async function drain(
  server: Server,
  sockets: ReadonlySet<Socket>,
  running: ReadonlySet<Promise<unknown>>,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
      resolve();
    }, DRAIN_TIMEOUT);
  });
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await Promise.race([closed.then(() => Promise.all(running)), late]);
  clearTimeout(timer);
  await closed;
}
