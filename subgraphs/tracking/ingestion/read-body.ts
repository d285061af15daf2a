/** Ours: what one request may hold. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;
export const MAX_EVENTS = 1_000;
export const MAX_DEPTH = 32;

/** Why a request as a whole can't be taken in, with the HTTP status that says so. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads what a request posts: a JSON array, within our bounds.
 *
 * @param things what its entries are, in the plural.
 * @throws {RefusedRequest} with 413, 415 or 400.
 */
export async function readArray(request: Request, things: string): Promise<unknown[]> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new RefusedRequest(415, `the content type is ${type ?? 'missing'}: expected application/json`);
  }
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new RefusedRequest(415, `the content encoding is ${encoding.slice(0, 40)}: expected none`);
  }
  const entries: unknown = parse(await readText(request));
  if (!Array.isArray(entries)) {
    throw new RefusedRequest(400, `the body is not a JSON array: expected an array of ${things}`);
  }
  if (entries.length > MAX_EVENTS) {
    throw new RefusedRequest(413, `the body has ${entries.length} ${things}: expected at most ${MAX_EVENTS}`);
  }
  if (isDeeperThan(MAX_DEPTH, entries)) {
    throw new RefusedRequest(400, `the body is nested too deeply: expected at most ${MAX_DEPTH} levels`);
  }
  return entries as unknown[];
}

async function readText(request: Request): Promise<string> {
  const tooLarge = () =>
    new RefusedRequest(413, `the body is too large: expected at most ${MAX_BODY_BYTES / 1024 / 1024} MB`);
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > MAX_BODY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof RefusedRequest) throw error;
    // Whoever sent it has left: nothing of ours is at fault.
    throw new RefusedRequest(400, 'the body broke off');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new RefusedRequest(400, 'the body is not UTF-8 text: expected JSON');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = error instanceof SyntaxError ? error.message.slice(0, 200) : '';
    throw new RefusedRequest(400, `the body is not JSON: ${where}`);
  }
}

/** Without recursion: what is measured may be deeper than the stack. */
export function isDeeperThan(limit: number, root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      for (const key in value) {
        const inner = (value as Record<string, unknown>)[key];
        if (typeof inner === 'object' && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
  return false;
}
