import { randomFillSync } from 'node:crypto';

const POOL = Buffer.alloc(10 * 256);
let used = POOL.length;
/** What the ids of the last instant begin with. */
let beginning = { instant: Number.NaN, text: '' };

/**
 * A UUID of version 7 (RFC 9562): the instant, then chance. New rows are neighbours in an index over such ids.
 * @param instant milliseconds since 1970
 */
export function timeOrderedId(instant: number): string {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  const chance = POOL.toString('hex', used, (used += 10));
  if (instant !== beginning.instant) {
    const time = instant.toString(16).padStart(12, '0');
    beginning = { instant, text: `${time.slice(0, 8)}-${time.slice(8)}-7` };
  }
  const variant = (8 + (parseInt(chance[3] as string, 16) & 3)).toString(16);
  return `${beginning.text}${chance.slice(0, 3)}-${variant}${chance.slice(4, 7)}-${chance.slice(8)}`;
}
