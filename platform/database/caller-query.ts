import pg from 'pg';
import type { CallerScope } from './caller-scope.ts';

/*
 * A statement is sent together with the one that tells as whom: messages of Postgres' extended protocol in front
 * of its own, before one common Sync. Until a Sync everything is one transaction, or part of the one that is under
 * way, and the setting is local to it (`set_config(…, true)`). Hence it costs no round trip, it is gone with the
 * statement or with the transaction, however that ends, and when it can't be set, the statement isn't run.
 */

const SET_CALLER = `SELECT set_config('app.tenant', $1, true), set_config('app.organisation', $2, true),
  set_config('app.carrier', $3, true), set_config('app.regions', $4, true)`;

/** The connections that have it prepared, under this name. */
const prepared = new WeakSet<Wire>();
const STATEMENT = 'caller';

/** Statements that begin and end transactions see no rows, and some of them must come before any other. */
const CONTROL = /^\s*(BEGIN|START|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET\s+TRANSACTION)\b/i;

/** What `pg.Connection` does that its types leave out. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  close(statement: { type: 'S'; name: string }): void;
  parse(statement: { name: string; text: string }): void;
  bind(portal: { statement: string; values: readonly string[] }): void;
  execute(portal: object): void;
}

/** What `pg.Query` does that its types leave out. */
interface PreparedQuery {
  callback: unknown;
  queryMode: string;
  query_timeout?: unknown;
  name: string | undefined;
  prepare(connection: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Wire): void;
}

const PreparedQuery = pg.Query as unknown as new (
  config: unknown,
  values?: unknown,
  callback?: unknown,
) => PreparedQuery;

/** A statement that is run as somebody. */
class CallerQuery extends PreparedQuery {
  readonly #scope: CallerScope;
  #told = false;

  constructor(scope: CallerScope, config: unknown, values?: unknown, callback?: unknown) {
    super(config, values, callback);
    this.#scope = scope;
    // The simple protocol has no Sync to share.
    this.queryMode = 'extended';
    // The answer to the first Parse would be taken for that of the named statement.
    this.name = undefined;
    // The client looks for it on what it is given.
    this.query_timeout = (config as { query_timeout?: unknown }).query_timeout;
  }

  override prepare(connection: Wire): void {
    const { tenant, organisation, carrier, regions } = this.#scope;
    if (!prepared.has(connection)) {
      // It may be there, if whatever came with it failed. To close what isn't there is no error.
      connection.close({ type: 'S', name: STATEMENT });
      connection.parse({ name: STATEMENT, text: SET_CALLER });
    }
    const values = [tenant, organisation, carrier ?? '', [...regions].join(',')];
    connection.bind({ statement: STATEMENT, values });
    connection.execute({});
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.#told) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Wire): void {
    if (this.#told) super.handleCommandComplete(message, connection);
    else prepared.add(connection);
    this.#told = true;
  }
}

interface Config {
  readonly text?: unknown;
  readonly submit?: unknown;
}

type Send = (config: unknown, values?: unknown, callback?: unknown) => unknown;

/**
 * Sends a statement as somebody, as `pg.Client.query` would.
 * @param send the client's own `query`
 * @param parameters of that `query`: text or configuration, values, callback
 */
export function queryAs(scope: CallerScope, send: Send, parameters: Parameters<Send>): unknown {
  const [config, values, callback] = parameters;
  const { text, submit } = typeof config === 'string' ? { text: config } : (config as Config);
  if (typeof text !== 'string' || submit !== undefined) {
    throw new TypeError(
      'a statement that is run as somebody: expected a text, not an object that sends itself',
    );
  }
  if (CONTROL.test(text)) return send(...parameters);
  const query = new CallerQuery(scope, config, values, callback);
  if (typeof query.callback === 'function') {
    send(query);
    return undefined;
  }
  return new Promise((resolve, reject) => {
    query.callback = (error: Error | null, result: unknown): void => {
      if (error) reject(error);
      else resolve(result);
    };
    send(query);
  });
}
