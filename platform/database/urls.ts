import { createHmac } from 'node:crypto';
import type { Config, StoringSubgraph } from '../config.ts';
import { ConfigError } from '../config.ts';

/** A login role of one subgraph in one database. */
export interface LoginRole {
  readonly name: string;
  readonly password: string;
}

/**
 * The login role that a subgraph uses unless `DATABASE_URL_<SUBGRAPH>` names another. Roles are shared by all
 * databases of a server, so the name holds the database's; the password follows from the owner's, so that every
 * process that knows the owner's URL agrees on it without storing anything.
 * @throws {ConfigError} when `databaseUrl` has no password to derive from
 */
export function loginRole(databaseUrl: string, subgraph: StoringSubgraph): LoginRole {
  const url = new URL(databaseUrl);
  const secret = decodeURIComponent(url.password) || url.searchParams.get('password');
  if (!secret) {
    throw new ConfigError(
      `DATABASE_URL has no password: the subgraphs' login roles derive theirs from it (or set DATABASE_URL_${subgraph.toUpperCase()})`,
    );
  }
  const name = `${databaseName(databaseUrl)}_${subgraph}`.slice(0, 63);
  return { name, password: createHmac('sha256', secret).update(name).digest('hex') };
}

/** The database that a URL names; Postgres' default is the user's name. */
export function databaseName(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return decodeURIComponent(url.pathname.slice(1)) || decodeURIComponent(url.username);
}

/**
 * Where a subgraph's rows are, with its own login.
 * @throws {ConfigError} when neither a URL of its own nor the owner's is set
 */
export function subgraphDatabaseUrl(config: Config, subgraph: StoringSubgraph): string {
  const own = config.databaseUrls.get(subgraph);
  if (own) return own;
  if (config.databaseUrl === null)
    throw new ConfigError(`DATABASE_URL is not set: the ${subgraph} subgraph needs it`);
  const role = loginRole(config.databaseUrl, subgraph);
  const url = new URL(config.databaseUrl);
  url.username = encodeURIComponent(role.name);
  url.password = role.password;
  url.searchParams.delete('password');
  return url.href;
}
