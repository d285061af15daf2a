import { parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Caller } from '../auth/caller.ts';
import { unauthenticated } from '../errors.ts';
import { CLIENT_REGION_HEADER, readClientRegion } from '../http/client-region.ts';
import { createAccess, type Access, type AccessRecord } from '../policy/access.ts';
import type { Residency } from '../policy/residency.ts';
import type { FetchHandler, Platform, Service } from '../service.ts';
import type { Check } from '../telemetry/readiness.ts';
import { isIntrospectionOnly } from './introspection.ts';
import { maskError } from './mask-error.ts';

export interface SubgraphServiceOptions<Context extends object> {
  readonly name: string;
  readonly schema: GraphQLSchema;
  readonly platform: Platform;
  /**
   * What the resolvers of one request share: its caller, its loaders.
   * @param access what the decisions of the request are made from; rules find it in the context as `access`
   */
  readonly createContext: (caller: Caller, access: Access) => Context;
  /** Which tenants' data are bound to a region; none when not given. */
  readonly residency?: () => Promise<Residency>;
  readonly routes?: Readonly<Record<string, FetchHandler>>;
  readonly checks?: Readonly<Record<string, Check>>;
  readonly close?: () => Promise<void>;
}

/** Root fields that a gateway may ask for without a caller: they hold the schema, not data. */
const SCHEMA_FIELDS = ['_service'];

/**
 * A subgraph as a service of its own: verifies the bearer token of every request itself, gives the resolvers a
 * context made for its caller, and lets only documented errors out.
 */
export function createSubgraphService<Context extends object>(
  options: SubgraphServiceOptions<Context>,
): Service {
  const { name, schema, platform, createContext } = options;
  const log = platform.log.child({ subgraph: name });
  const record = ({ decision: { allowed, reason }, rule, place }: AccessRecord): void =>
    log.debug({ allowed, rule, reason, place }, 'decided about access');
  const yoga = createYoga<object, Context>({
    schema,
    graphqlEndpoint: '*',
    landingPage: false,
    graphiql: false,
    cors: false,
    batching: false,
    multipart: false,
    logging: false,
    maskedErrors: { maskError: (error) => maskError(error, log) },
    context: async ({ request, params }) => {
      const authorization = request.headers.get('authorization');
      if (authorization === null && !platform.config.production && asksForSchemaOnly(params.query))
        return {} as Context;
      const caller = await platform.verifier.verifyHeader(authorization);
      const residency = await options.residency?.();
      const clientRegion = readClientRegion(request.headers.get(CLIENT_REGION_HEADER));
      const environment = { time: new Date(), clientRegion };
      return createContext(
        caller,
        createAccess(caller, { environment, record, ...(residency && { residency }) }),
      );
    },
    plugins: [unauthorizedStatus()],
  });
  return {
    name,
    graphql: (request) => yoga.fetch(request),
    routes: options.routes ?? {},
    checks: options.checks ?? {},
    close: async () => {
      await yoga.dispose();
      await options.close?.();
    },
  };
}

function asksForSchemaOnly(query: string | undefined): boolean {
  let document: DocumentNode;
  try {
    document = parse(query ?? '', { maxTokens: 1_000 });
  } catch {
    return false;
  }
  return isIntrospectionOnly(document, SCHEMA_FIELDS);
}

/** Answers 401 where nothing was executed because the caller isn't known. */
function unauthorizedStatus(): Plugin {
  const { code } = unauthenticated();
  return {
    onResultProcess({ result, setResult }) {
      if (Array.isArray(result) || !('errors' in result) || 'data' in result) return;
      const [error] = result.errors ?? [];
      if (error?.extensions.code !== code) return;
      setResult({
        ...result,
        extensions: {
          ...result.extensions,
          http: { status: 401, headers: { 'www-authenticate': 'Bearer' } },
        },
      } as typeof result);
    },
  };
}
