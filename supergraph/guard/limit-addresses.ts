import type { ServerResponse } from 'node:http';
import { clientAddress } from '#platform/http/client-address.ts';
import type { TrustedProxy } from '#platform/http/trusted-proxy.ts';
import type { NodeHandler } from '#platform/http/server.ts';
import { tooMany, type Rate, type RateLimits } from './rate-limits.ts';

/** Refuses addresses that have sent too much, before their requests are looked at. */
export function limitAddresses(
  rates: RateLimits,
  trustedProxy: TrustedProxy | null,
  next: NodeHandler,
): NodeHandler {
  return (request, response) => {
    const rate = rates.ofAddress(clientAddress(request, trustedProxy));
    if (rate?.allowed !== false) return next(request, response);
    refuse(response, rate);
    return true;
  };
}

function refuse(response: ServerResponse, rate: Rate): void {
  const { message, code } = tooMany(rate);
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  // What the client still sends isn't waited for.
  response.writeHead(429, { 'content-type': 'application/json', connection: 'close', ...rate.headers });
  response.end(body);
}
