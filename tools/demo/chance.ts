import { createHash } from 'node:crypto';

type KeyPart = string | number;

/** A number in [0, 1) that looks random and is always the same for the same key. */
export function chance(...key: readonly KeyPart[]): number {
  return digestOf(key).readUIntBE(0, 6) / 2 ** 48;
}

/** A number in [least, most), the same for the same key. */
export function between(least: number, most: number, ...key: readonly KeyPart[]): number {
  return least + (most - least) * chance(...key);
}

/** One of the choices, the same for the same key. @throws RangeError when there is none */
export function pick<T>(choices: readonly T[], ...key: readonly KeyPart[]): T {
  const choice = choices[Math.floor(chance(...key) * choices.length)];
  if (choice === undefined) throw new RangeError(`nothing to pick from for ${key.join(' ')}`);
  return choice;
}

/** Decimal digits, the same for the same key. */
export function digits(count: number, ...key: readonly KeyPart[]): string {
  return String(Math.floor(chance(...key) * 10 ** count)).padStart(count, '0');
}

/** A UUID of version 8 (RFC 9562: made by a rule of our own), the same for the same key. */
export function fixedUuid(...key: readonly KeyPart[]): string {
  const bytes = digestOf(key).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function digestOf(key: readonly KeyPart[]): Buffer {
  return createHash('sha256').update(key.join('\n')).digest();
}
