import {
  parse,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { createYoga, isAsyncIterable, type Plugin } from 'graphql-yoga';
import { RequestAudit } from '../audit/request-audit.ts';
import { READS_EXTENSION, TELL_READS_HEADER } from '../audit/told-reads.ts';
import type { Caller } from '../auth/caller.ts';
import { forbidden, unauthenticated } from '../errors.ts';
import { auditOriginOf } from '../http/audit-origin.ts';
import { CLIENT_REGION_HEADER, readClientRegion } from '../http/client-region.ts';
import { createAccess, type Access } from '../policy/access.ts';
import type { Residency } from '../policy/residency.ts';
import type { FetchHandler, Platform, Service } from '../service.ts';
import type { Check } from '../telemetry/readiness.ts';
import { coordinateOf } from './field-coordinate.ts';
import { isIntrospectionOnly } from './introspection.ts';
import { maskError } from './mask-error.ts';

export interface SubgraphServiceOptions<Context extends object> {
  readonly name: string;
  readonly schema: GraphQLSchema;
  readonly platform: Platform;
  /**
   * What the resolvers of one request share: its caller, its loaders.
   * @param access what the decisions of the request are made from; rules find it in the context as `access`
   * @param audit what the request leaves in the audit trail: the decisions that are recorded go there by themselves
   */
  readonly createContext: (caller: Caller, access: Access, audit: RequestAudit) => Context;
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
  const audits = new WeakMap<Request, RequestAudit>();
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
      const origin = auditOriginOf(name, request);
      const caller = await platform.verifier.verifyHeader(authorization, origin);
      const residency = await options.residency?.();
      const clientRegion = readClientRegion(request.headers.get(CLIENT_REGION_HEADER));
      const environment = { time: new Date(), clientRegion };
      const audit = new RequestAudit(platform.audit, caller, origin);
      audits.set(request, audit);
      const access = createAccess(caller, {
        environment,
        record: (decision) => audit.decided(decision),
        ...(residency && { residency }),
      });
      return createContext(caller, access, audit);
    },
    plugins: [unauthorizedStatus(), recordedRefusals(schema, audits)],
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

/**
 * Tells the audit trail which fields were refused, also where no rule has told it, and whoever asks for it which
 * sensitive ones were shown.
 */
function recordedRefusals(schema: GraphQLSchema, audits: WeakMap<Request, RequestAudit>): Plugin {
  const { code } = forbidden();
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: ({ result, setResult }) => {
        const { request } = args.contextValue as { readonly request?: Request };
        const audit = request && audits.get(request);
        if (!audit) return;
        const { errors = [] } = isAsyncIterable(result) ? {} : (result as ExecutionResult);
        const { document, operationName } = args as Pick<ExecutionArgs, 'document' | 'operationName'>;
        for (const { extensions, path = [] } of errors) {
          if (extensions.code !== code) continue;
          const place = coordinateOf(schema, document, operationName, path);
          audit.refused(place ?? path.join('.'));
        }
        const reads = request.headers.has(TELL_READS_HEADER) ? audit.reads() : [];
        audit.end();
        if (reads.length === 0 || isAsyncIterable(result)) return;
        const { extensions } = result;
        setResult({ ...result, extensions: { ...extensions, [READS_EXTENSION]: reads } });
      },
    }),
  };
}
