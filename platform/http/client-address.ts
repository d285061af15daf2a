import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { isFrom, type TrustedProxy } from './trusted-proxy.ts';

/**
 * The address that a request comes from: the connection's own, or what the trusted proxy says. Proxies add to the end
 * of `X-Forwarded-For`, so the last address there that isn't a trusted proxy's is the client's; what a client has put
 * before it is not believed.
 */
export function clientAddress(request: IncomingMessage, proxy: TrustedProxy | null): string {
  const remote = plain(request.socket.remoteAddress ?? '');
  if (!proxy?.addressHeader || !isFrom(proxy.addresses, remote)) return remote;
  const told = [request.headers[proxy.addressHeader]]
    .flat()
    .join(',')
    .split(',')
    .map((text) => plain(text.trim()))
    .filter(isAddress);
  return told.findLast((address) => !isFrom(proxy.addresses, address)) ?? remote;
}

function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function isAddress(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}

/** What is counted together: an IPv4 address, or the first 64 bits of an IPv6 one: a single client may have all behind them. */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%', 1)[0] as string).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(8 - before.length - after.length, 0);
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
