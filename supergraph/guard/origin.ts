import type { IncomingMessage } from 'node:http';

/**
 * Whether a WebSocket may be opened from where it comes. Browsers always say where that is and ask nobody first, so
 * only the endpoint's own pages and the listed origins may; programs that aren't browsers send no origin.
 */
export function isAllowedOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
