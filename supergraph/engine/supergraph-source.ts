import { readFile, stat } from 'node:fs/promises';
import { request } from 'undici';

/** Where the supergraph comes from. */
export interface SupergraphSource {
  /** For messages. */
  readonly place: string;
  /** Milliseconds between two looks for something newer. */
  readonly interval: number;
  /** @returns the text now @throws with the reason when it can't be read */
  read(): Promise<string>;
  /** @returns the text if it may have changed since it was last read or refused; null when it hasn't */
  readIfChanged(): Promise<string | null>;
}

const FILE_INTERVAL = 250;
const URL_INTERVAL = 10_000;
const URL_TIMEOUT = 5_000;
const MAX_SIZE = 50 * 1024 * 1024;

/** @param place a file's path or an http(s) URL */
export function supergraphSource(place: string): SupergraphSource {
  return /^https?:\/\//.test(place) ? urlSource(place) : fileSource(place);
}

/**
 * Looks at the file's status rather than listening for events: that works for atomically replaced files, for links
 * into a changing folder, for editors that rename, and on mounts that send no events.
 */
function fileSource(path: string): SupergraphSource {
  const look = async (): Promise<string> => {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino} ${size} ${mtimeMs}`;
  };
  let read: string | null = null;
  let seen: string | null = null;
  const readNow = async (status: string): Promise<string> => {
    const text = await readFile(path, 'utf8');
    read = status;
    seen = status;
    return text;
  };
  return {
    place: path,
    interval: FILE_INTERVAL,
    read: async () => readNow(await look()),
    readIfChanged: async () => {
      const status = await look().catch((error: unknown) => {
        // Between being removed and being written again; the supergraph in service stays.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      });
      if (status === null || status === read) return null;
      // Someone may be writing it still: read it when two looks agree.
      const settled = status === seen;
      seen = status;
      return settled ? readNow(status) : null;
    },
  };
}

function urlSource(url: string): SupergraphSource {
  let etag: string | null = null;
  const load = async (conditional: boolean): Promise<string | null> => {
    const headers = conditional && etag !== null ? { 'if-none-match': etag } : {};
    const response = await request(url, { headers, signal: AbortSignal.timeout(URL_TIMEOUT) });
    const { statusCode, body } = response;
    if (statusCode === 304) {
      await body.dump();
      return null;
    }
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`answered ${statusCode}`);
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_SIZE) throw new Error(`is larger than ${MAX_SIZE} bytes`);
      chunks.push(chunk);
    }
    const tag = response.headers.etag;
    etag = typeof tag === 'string' ? tag : null;
    return Buffer.concat(chunks).toString('utf8');
  };
  return {
    place: url,
    interval: URL_INTERVAL,
    read: async () => (await load(false)) ?? '',
    readIfChanged: () => load(true),
  };
}
