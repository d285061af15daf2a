import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServerAdapter } from '@whatwg-node/server';
import { ConfigError } from '../config.ts';
import type { FetchHandler } from '../service.ts';
import type { Logger } from '../telemetry/log.ts';
import { json } from './json.ts';

/** Takes a socket over after an HTTP upgrade request. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** Stops listening, gives answers under way a moment, then closes every connection. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** By exact path. */
  readonly routes: Readonly<Record<string, FetchHandler>>;
  /** By exact path. */
  readonly upgrades?: Readonly<Record<string, UpgradeHandler>>;
  readonly log: Logger;
}

const DRAIN_TIMEOUT = 3_000;

/**
 * Listens; the only way in from outside.
 * @throws {ConfigError} when the address can't be had, naming it
 */
export async function listen(options: HttpServerOptions): Promise<HttpServer> {
  const { host, routes, upgrades = {}, log } = options;
  const adapters = new Map(Object.entries(routes).map(([path, handler]) => [path, createServerAdapter(handler)]));
  const notFound = createServerAdapter(() => json(404, { error: 'There is nothing at this path.' }));
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, maxHeaderSize: 16_384 },
    (request: IncomingMessage, response: ServerResponse) => {
      const adapter = adapters.get(pathOf(request)) ?? notFound;
      Promise.resolve(adapter(request, response)).catch((error: unknown) => {
        log.error({ error }, 'a request could not be answered');
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    },
  );
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    const handler = upgrades[pathOf(request)];
    if (handler) handler(request, socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
  });
  await bind(server, host, options.port);
  return {
    host,
    port: (server.address() as AddressInfo).port,
    close: () => drain(server, sockets),
  };
}

/** A URL a person can open, also for IPv6 and for "every address". */
export function originOf(server: { readonly host: string; readonly port: number }): string {
  return `http://${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] as string;
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: 'another program uses it; stop it or set PORT to another',
        EACCES: 'this user may not listen there; set PORT to 1024 or above',
        EADDRNOTAVAIL: 'this machine has no such address; check HOST',
        ENOTFOUND: 'there is no such host; check HOST',
      };
      const reason = reasons[error.code ?? ''] ?? error.message;
      reject(new ConfigError(`cannot listen on ${host}:${port}: ${reason}`));
    });
    server.listen(port, host, () => resolve());
  });
}

async function drain(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, DRAIN_TIMEOUT);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
