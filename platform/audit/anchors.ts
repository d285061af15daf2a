import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ChainHead } from './verify-trail.ts';

/** An anchor file can't be used. Its message is one line. */
export class AnchorError extends Error {
  override readonly name = 'AnchorError';
}

interface Anchor {
  /** RFC 3339. */
  readonly at: string;
  readonly heads: readonly ChainHead[];
  /** Ed25519 over the canonical JSON of the others, base64; absent where no key was given. */
  readonly signature?: string;
}

/** A line of an anchor file: where the chains end now. @param key a private Ed25519 key; null: not signed */
export function anchorLine(heads: readonly ChainHead[], key: KeyObject | null, now = new Date()): string {
  const anchor = { at: now.toISOString(), heads };
  const signature = key && sign(null, signedText(anchor), key).toString('base64');
  return `${JSON.stringify(signature === null ? anchor : { ...anchor, signature })}\n`;
}

/**
 * The heads of all lines of an anchor file.
 * @param key the key that must have signed each line, or its public half; null: signatures aren't looked at
 * @throws {AnchorError} naming the line
 */
export function readAnchors(text: string, key: KeyObject | null): ChainHead[] {
  const publicKey = key && (key.type === 'private' ? createPublicKey(key) : key);
  return text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : headsOf(line, index + 1, publicKey)));
}

function headsOf(line: string, number: number, key: KeyObject | null): readonly ChainHead[] {
  let anchor: Anchor;
  try {
    anchor = JSON.parse(line) as Anchor;
  } catch {
    throw new AnchorError(`line ${number} of the anchor file is not JSON`);
  }
  const { signature = '', ...signed } = anchor;
  if (!Array.isArray(anchor.heads) || !anchor.heads.every(isHead)) {
    throw new AnchorError(`line ${number} of the anchor file: expected heads of chains`);
  }
  if (key !== null && !verify(null, signedText(signed), key, Buffer.from(signature, 'base64'))) {
    throw new AnchorError(`line ${number} of the anchor file is not signed with this key`);
  }
  return anchor.heads;
}

function isHead(value: unknown): value is ChainHead {
  if (typeof value !== 'object' || value === null) return false;
  const { tenant, sequence, hash } = value as Partial<Record<keyof ChainHead, unknown>>;
  return typeof tenant === 'string' && Number.isSafeInteger(sequence) && typeof hash === 'string';
}

function signedText(anchor: Omit<Anchor, 'signature'>): Buffer {
  return Buffer.from(canonicalize(anchor) ?? '');
}
