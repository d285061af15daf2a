import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { readConfig } from '#platform/config.ts';

const SECONDS = 3_600;

/**
 * A token as `npm run token` prints it, for the processes that are started with an environment.
 * @param claims instead of, or beside, those of the persona
 */
export async function personaToken(
  env: Readonly<Record<string, string>>,
  name: string,
  claims: object = {},
): Promise<string> {
  const persona = PERSONAS.find((each) => each.name === name);
  if (!persona) throw new Error(`there is no persona ${name}`);
  const { auth, dataDirectory } = readConfig({ ...env }, process.cwd());
  return issueDevelopmentToken(auth, dataDirectory, { ...personaClaims(persona), ...claims }, SECONDS);
}
