import { ensureLoginRoles } from './login-roles.ts';
import { applyMigrations, type MigrationOptions } from './migrations.ts';

/**
 * Makes a database ready for the subgraphs: its tables, and a login role for each.
 * @returns the names of the migrations applied now
 * @throws {MigrationError} {ConfigError} as the two steps do
 */
export async function prepareDatabase(options: MigrationOptions): Promise<string[]> {
  const applied = await applyMigrations(options);
  await ensureLoginRoles(options.databaseUrl);
  return applied;
}
