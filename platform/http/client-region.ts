import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { isRegionCode } from '../auth/attribute-claims.ts';

/** Carries where the client is inside, from process to process. From outside it is taken only as told below. */
export const CLIENT_REGION_HEADER = 'x-client-region';

/** Carries the client's address inside, from the gateway to the subgraphs. From outside it is never taken. */
export const CLIENT_ADDRESS_HEADER = 'x-client-address';

/** The proxy that may tell where a client is. */
export interface TrustedProxy {
  /** The connections that it comes in by. */
  readonly addresses: BlockList;
  /** The header that it sets, in small letters. */
  readonly regionHeader: string;
}

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

/** The connection's address, or what another process of ours says that its client's is. */
function keepTrustedAddress({ headers, socket }: IncomingMessage, proxy: TrustedProxy | null): void {
  const remote = socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? '';
  const told = headers[CLIENT_ADDRESS_HEADER];
  const isTold = typeof told === 'string' && isIP(told) !== 0 && proxy && isFrom(proxy.addresses, remote);
  if (!isTold) headers[CLIENT_ADDRESS_HEADER] = remote;
}

/** The region that a request's header names; null when it names none. */
export function readClientRegion(value: string | null | undefined): string | null {
  return value !== null && value !== undefined && isRegionCode(value) ? value : null;
}

function said({ headers }: IncomingMessage, { regionHeader }: TrustedProxy): string | null {
  // Another process of ours, which is trusted too, sends the one; a proxy the other.
  return (
    [headers[regionHeader], headers[CLIENT_REGION_HEADER]]
      .map((value) => readClientRegion(typeof value === 'string' ? value : null))
      .find((region) => region !== null) ?? null
  );
}

function isFrom(addresses: BlockList, remote: string | undefined): boolean {
  const address = remote?.replace(/^::ffff:(?=\d+\.)/, '') ?? '';
  const version = isIP(address);
  return version !== 0 && addresses.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/**
 * @param texts addresses and ranges such as `10.0.0.0/8` or `fd00::/8`
 * @returns null when one of them isn't one
 */
export function readAddresses(texts: readonly string[]): BlockList | null {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', prefix, ...rest] = text.split('/');
    const version = isIP(address);
    const most = version === 6 ? 128 : 32;
    const length = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
    if (version === 0 || rest.length > 0 || !(length <= most)) return null;
    list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
