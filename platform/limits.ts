/** What a document may look like. */
export interface ShapeLimits {
  /** Lexical tokens of the document; the parser gives up beyond them. */
  readonly tokens: number;
  /** Fields within fields. */
  readonly depth: number;
  /** Fields, those of a fragment counted wherever it is spread. */
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  /** Fields and fragments that the same selection set has asked for before. */
  readonly repeats: number;
  /** Fields at the root of one operation, and operations of one document. */
  readonly rootFields: number;
  /** The most that `first`, `last` or `limit` may ask for; 0: any number. */
  readonly pageSize: number;
}

/** What WebSockets and streams may take up in one process. */
export interface ConnectionLimits {
  /** WebSockets of one subject, and event streams of one subject. */
  readonly perSubject: number;
  /** WebSockets from one address. */
  readonly perAddress: number;
  /** Operations that run on one WebSocket at a time. */
  readonly operations: number;
  /** Bytes of one message from a client. */
  readonly messageSize: number;
  /** Milliseconds that a client has to say who it is. */
  readonly initTimeout: number;
  /** Whether mutations may come over WebSocket. */
  readonly mutations: boolean;
}

/** A token bucket: full to begin with, filled steadily, `tokens` in `seconds`, up to `burst`. */
export interface RateLimit {
  readonly tokens: number;
  readonly seconds: number;
  readonly burst: number;
}

/** What one process takes from its clients before it refuses them. */
export interface Limits {
  readonly operation: ShapeLimits;
  readonly connections: ConnectionLimits;
  /** Of one subject of a tenant; null: none. */
  readonly subjectRate: RateLimit | null;
  /** Of one address; null: none. */
  readonly addressRate: RateLimit | null;
  /** Objects that an operation may ask for with one token of either rate; 0: any number. */
  readonly objectsPerToken: number;
}

/** Reads one setting. @throws {ConfigError} naming it */
export interface SettingReaders {
  readonly integer: (name: string, otherwise: number, least: number, most: number) => number;
  readonly on: (name: string, otherwise: boolean) => boolean;
  /** Null: not set. */
  readonly text: (name: string) => string | null;
  readonly refuse: (message: string) => never;
}

const MOST = 1_000_000_000;

/**
 * @param production whether the limits of the rates are those for clients rather than for measurements
 * @param counted whether there is a Redis, by which processes know of each other's requests
 * @param pages whether page sizes are limited
 */
export function readLimits(
  read: SettingReaders,
  { production, counted, pages }: { production: boolean; counted: boolean; pages: boolean },
): Limits {
  const { integer } = read;
  const rate = (name: string, usual: number): RateLimit | null => {
    const value = read.text(name);
    if (value === null) return counted ? { tokens: usual, seconds: 60, burst: usual } : null;
    return value === 'off' ? null : readRate(name, value, read.refuse);
  };
  return {
    operation: {
      tokens: integer('MAX_OPERATION_TOKENS', 10_000, 1, MOST),
      depth: integer('MAX_OPERATION_DEPTH', 30, 1, 1_000),
      fields: integer('MAX_OPERATION_FIELDS', 5_000, 1, MOST),
      aliases: integer('MAX_OPERATION_ALIASES', 200, 0, MOST),
      directives: integer('MAX_OPERATION_DIRECTIVES', 200, 0, MOST),
      repeats: integer('MAX_OPERATION_REPEATS', 200, 0, MOST),
      rootFields: integer('MAX_OPERATION_ROOT_FIELDS', 50, 1, MOST),
      pageSize: integer('MAX_PAGE_SIZE', pages ? 1_000 : 0, 0, MOST),
    },
    connections: {
      perSubject: integer('MAX_CONNECTIONS_PER_SUBJECT', production ? 100 : 100_000, 1, MOST),
      perAddress: integer('MAX_CONNECTIONS_PER_ADDRESS', production ? 1_000 : 100_000, 1, MOST),
      operations: integer('MAX_SOCKET_OPERATIONS', 100, 1, 100_000),
      messageSize: integer('MAX_MESSAGE_KB', 1_024, 1, 65_536) * 1_024,
      initTimeout: integer('SOCKET_INIT_TIMEOUT_MS', 5_000, 10, 600_000),
      mutations: read.on('SOCKET_MUTATIONS', false),
    },
    subjectRate: rate('RATE_LIMIT_SUBJECT', production ? 6_000 : 600_000),
    addressRate: rate('RATE_LIMIT_ADDRESS', production ? 30_000 : 1_200_000),
    objectsPerToken: integer('RATE_LIMIT_OBJECTS', 1_000, 0, MOST),
  };
}

const RATE = /^([1-9]\d{0,8})\/([1-9]\d{0,4})(?:\/([1-9]\d{0,8}))?$/;

function readRate(name: string, value: string, refuse: (message: string) => never): RateLimit {
  const [, tokens, seconds, burst = tokens] = RATE.exec(value) ?? [];
  if (tokens === undefined) {
    return refuse(
      `${name} is "${value}": expected off, TOKENS/SECONDS or TOKENS/SECONDS/BURST, such as 6000/60/1000`,
    );
  }
  return { tokens: Number(tokens), seconds: Number(seconds), burst: Number(burst) };
}
