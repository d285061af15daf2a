import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** Our own namespace for ids derived from the content of events that come without one. */
const NAMESPACE = Buffer.from('6f1d1c0ab3c94a0e9d2b5e4f7a8c3d21', 'hex');

/**
 * The id of an event whose reporter gave none: a UUID of version 5 (RFC 9562: SHA-1 of a namespace and a name),
 * the name being the event's canonical JSON (RFC 8785). The same event posted again gets the same id, whatever the
 * order of its keys, and is recognised. What a newer version of the event changes by definition,
 * `eventUpdatedDateTime` and `isRetracted`, isn't part of the name, so that the event can still be withdrawn by
 * posting it again with `isRetracted`.
 */
export function derivedEventID(event: object): string {
  const {
    eventID: _none,
    eventUpdatedDateTime: _updated,
    isRetracted: _retracted,
    ...content
  } = event as Record<string, unknown>;
  const name = canonicalize(content) ?? '';
  const hash = createHash('sha1').update(NAMESPACE).update(name).digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
