/**
 * Asks a subgraph to say in its answer which sensitive fields it has shown. A gateway asks for it whose answer goes to
 * more people than the one whose token it brings, so that it can record them. The subgraph records its caller anyway,
 * and what is told is no secret: rules are in the schema.
 */
export const TELL_READS_HEADER = 'x-tell-reads';

/** Where among an answer's `extensions` it is told. */
export const READS_EXTENSION = 'reads';

/** That a sensitive field was shown, whatever it held. */
export interface ToldRead {
  /** A field such as `Bid.ratePerContainer`, or another operation. */
  readonly action: string;
  /** Which rule allowed it, and in a few words why; null where none did. */
  readonly rule: string | null;
  readonly reason: string | null;
}

const NOTHING: readonly ToldRead[] = [];
/** Of one answer. */
const MAX_READS = 200;
const MAX_TEXT = 200;

/** What an answer's `extensions` tell; what isn't told as it should be is left out. */
export function readToldReads(extensions: unknown): readonly ToldRead[] {
  if (typeof extensions !== 'object' || extensions === null) return NOTHING;
  const told = (extensions as Record<string, unknown>)[READS_EXTENSION];
  if (!Array.isArray(told)) return NOTHING;
  return told.slice(0, MAX_READS).flatMap((value: unknown) => {
    if (typeof value !== 'object' || value === null) return [];
    const { action, rule, reason } = value as Record<string, unknown>;
    return typeof action === 'string'
      ? [{ action: clipped(action), rule: text(rule), reason: text(reason) }]
      : [];
  });
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? clipped(value) : null;
}

function clipped(value: string): string {
  return value.slice(0, MAX_TEXT);
}
