import { createHmac } from 'node:crypto';
import type { Config, DatabaseLogin } from '../config.ts';
import { ConfigError } from '../config.ts';

/** A login role in one database. */
export interface LoginRole {
  readonly name: string;
  readonly password: string;
}

/**
 * The login role that a subgraph or program uses unless `DATABASE_URL_<LOGIN>` names another. Roles are shared by all
 * databases of a server, so the name holds the database's; the password follows from the owner's, so that every
 * process that knows the owner's URL agrees on it without storing anything.
 * @throws {ConfigError} when `databaseUrl` has no password to derive from
 */
export function loginRole(databaseUrl: string, login: DatabaseLogin): LoginRole {
  const url = new URL(databaseUrl);
  const secret = decodeURIComponent(url.password) || url.searchParams.get('password');
  if (!secret) {
    throw new ConfigError(
      `DATABASE_URL has no password: the login roles derive theirs from it (or set DATABASE_URL_${login.toUpperCase()})`,
    );
  }
  const name = `${databaseName(databaseUrl)}_${login}`.slice(0, 63);
  return { name, password: createHmac('sha256', secret).update(name).digest('hex') };
}

/** The database that a URL names; Postgres' default is the user's name. */
export function databaseName(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return decodeURIComponent(url.pathname.slice(1)) || decodeURIComponent(url.username);
}

/**
 * The database, with a login.
 * @throws {ConfigError} when neither a URL of its own nor the owner's is set
 */
export function loginUrl(config: Config, login: DatabaseLogin): string {
  const own = config.databaseUrls.get(login);
  if (own) return own;
  if (config.databaseUrl === null) {
    throw new ConfigError(
      `DATABASE_URL is not set: the login ${login} needs it (or set DATABASE_URL_${login.toUpperCase()})`,
    );
  }
  const role = loginRole(config.databaseUrl, login);
  const url = new URL(config.databaseUrl);
  url.username = encodeURIComponent(role.name);
  url.password = role.password;
  url.searchParams.delete('password');
  return url.href;
}

/** Whether this process can log in so. */
export function knowsLogin(
  config: Pick<Config, 'databaseUrl' | 'databaseUrls'>,
  login: DatabaseLogin,
): boolean {
  return config.databaseUrl !== null || config.databaseUrls.has(login);
}
