import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isRegionCode } from '../auth/attribute-claims.ts';
import { clientAddress } from './client-address.ts';
import { isFrom, type TrustedProxy } from './trusted-proxy.ts';

/** Carries where the client is inside, from process to process. From outside it is taken only as told below. */
export const CLIENT_REGION_HEADER = 'x-client-region';

/** Carries the client's address inside, from the gateway to the subgraphs. From outside it is never taken. */
export const CLIENT_ADDRESS_HEADER = 'x-client-address';

const regions = new AsyncLocalStorage<string>();

/** The region of the client for whom the running code works; null when it isn't known. */
export function currentClientRegion(): string | null {
  return regions.getStore() ?? null;
}

/** Does what belongs to a client whose region is known from elsewhere, such as from the beginning of its connection. */
export function inClientRegion<T>(region: string | null, work: () => T): T {
  return region === null ? regions.exit(work) : regions.run(region, work);
}

/**
 * Answers a request knowing where its client is: what the trusted proxy says stays in its headers and is the
 * `currentClientRegion` of all that is done for it; what anybody else says is dropped before anything sees it.
 * @param proxy null: nobody is trusted
 */
export function inTrustedRegion(
  request: IncomingMessage,
  proxy: TrustedProxy | null,
  answer: () => void,
): void {
  const region = keepTrustedRegion(request, proxy);
  keepTrustedAddress(request, proxy);
  if (region === null) answer();
  else regions.run(region, answer);
}

function keepTrustedRegion(request: IncomingMessage, proxy: TrustedProxy | null): string | null {
  const { headers } = request;
  const region = proxy && isFrom(proxy.addresses, request.socket.remoteAddress) ? said(request, proxy) : null;
  if (region !== null) headers[CLIENT_REGION_HEADER] = region;
  else if (CLIENT_REGION_HEADER in headers) headers[CLIENT_REGION_HEADER] = '';
  return region;
}

/** What another process of ours says that its client's address is, else the client's own. */
function keepTrustedAddress(request: IncomingMessage, proxy: TrustedProxy | null): void {
  const { headers, socket } = request;
  const told = headers[CLIENT_ADDRESS_HEADER];
  const isTold =
    typeof told === 'string' && isIP(told) !== 0 && proxy && isFrom(proxy.addresses, socket.remoteAddress);
  if (!isTold) headers[CLIENT_ADDRESS_HEADER] = clientAddress(request, proxy);
}

/** The region that a request's header names; null when it names none. */
export function readClientRegion(value: string | null | undefined): string | null {
  return value !== null && value !== undefined && isRegionCode(value) ? value : null;
}

function said({ headers }: IncomingMessage, { regionHeader }: TrustedProxy): string | null {
  // Another process of ours, which is trusted too, sends the one; a proxy the other.
  return (
    [regionHeader === null ? undefined : headers[regionHeader], headers[CLIENT_REGION_HEADER]]
      .map((value) => readClientRegion(typeof value === 'string' ? value : null))
      .find((region) => region !== null) ?? null
  );
}
