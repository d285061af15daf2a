import { BlockList, isIP } from 'node:net';

/** The proxy that may tell where a client is and which address it has. */
export interface TrustedProxy {
  /** The connections that it comes in by. */
  readonly addresses: BlockList;
  /** The header by which it tells the region, in small letters; null: it doesn't. */
  readonly regionHeader: string | null;
  /** The header by which it tells the client's address, in small letters; null: it doesn't. */
  readonly addressHeader?: string | null;
}

/** Whether an address is one of a list; a text that isn't an address is none. */
export function isFrom(addresses: BlockList, remote: string | undefined): boolean {
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
