import type { Writable } from 'node:stream';
import pg from 'pg';
import { queryAs } from './caller-query.ts';
import { scopes, type CallerScope } from './caller-scope.ts';

/** A connection as the pool lends it. */
interface ScopedClient extends pg.PoolClient {
  /** As whom its statements are run until it is given back; null: as nobody. */
  scope: CallerScope | null;
}

/** The pool waits for what it returns, though its type doesn't say so. */
type OnConnected = NonNullable<pg.PoolConfig['onConnect']>;

type OnConnect = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (e?: unknown) => void,
) => void;

/**
 * A pool whose connections carry, while they are lent, the name of whoever they are lent to: every statement is sent
 * together with it, none leaves it behind.
 */
export class CallerPool extends pg.Pool {
  /** @param count called for each statement that is sent; its caller isn't a statement of its own */
  constructor(config: pg.PoolConfig, count: () => void) {
    super({ ...config, Client: scopedClient(count), onConnect: refuseExempt as unknown as OnConnected });
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: OnConnect): void;
  override connect(callback?: OnConnect): Promise<pg.PoolClient> | undefined {
    // Whoever asks is known now; a connection may come later, when somebody else gives it back.
    const scope = scopes.getStore() ?? null;
    if (callback === undefined) return super.connect().then((client) => lend(client, scope));
    super.connect((error, client, done) => callback(error, client && lend(client, scope), done));
    return undefined;
  }
}

function lend(client: pg.PoolClient, scope: CallerScope | null): pg.PoolClient {
  (client as ScopedClient).scope = scope;
  return client;
}

function scopedClient(count: () => void): new (config?: string | pg.ClientConfig) => pg.Client {
  // pg's `query` has a dozen overloads; a proxy keeps them all.
  return class extends pg.Client {
    scope: CallerScope | null = null;

    constructor(config?: string | pg.ClientConfig) {
      super(config);
      this.query = new Proxy(this.query, {
        apply: (query, self, parameters: [unknown, unknown, unknown]) => {
          count();
          writeTogether(this.connection.stream);
          const send = (...given: unknown[]): unknown => Reflect.apply(query, self, given) as unknown;
          return this.scope === null ? send(...parameters) : queryAs(this.scope, send, parameters);
        },
      });
    }
  };
}

/**
 * Statements that are asked for in one turn of the event loop go out in one write: each write costs a system call here
 * and often a wake-up there.
 */
function writeTogether(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

const EXEMPT = `
  SELECT rolsuper OR rolbypassrls OR EXISTS (
    SELECT FROM pg_class WHERE relrowsecurity AND pg_has_role(current_user, relowner, 'MEMBER')) AS exempt
  FROM pg_roles WHERE rolname = current_user`;

type Query = (text: string) => Promise<pg.QueryResult<{ exempt: boolean }>>;

/** A login that policies don't hold for would make them worth nothing without anybody noticing. */
async function refuseExempt(client: pg.ClientBase): Promise<void> {
  // Not a statement of anybody's: it doesn't count.
  const query = pg.Client.prototype.query as unknown as Query;
  const { rows } = await Reflect.apply(query, client, [EXEMPT]);
  if (rows[0]?.exempt !== false) {
    throw new Error(
      'the database login can bypass row-level security: expected one that is no superuser, has no BYPASSRLS and owns no table',
    );
  }
}
