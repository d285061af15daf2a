import { setMaxListeners } from 'node:events';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  execute,
  isInterfaceType,
  isObjectType,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { pino } from 'pino';
import type { Caller } from '#platform/auth/caller.ts';
import { readConfig } from '#platform/config.ts';
import type { FetchHandler } from '#platform/service.ts';
import { createMetrics } from '#platform/telemetry/metrics.ts';
import { composeSupergraph } from '#supergraph/compose.ts';
import { answer } from '#supergraph/engine/execute.ts';
import { SharedFetches } from '#supergraph/engine/shared-fetches.ts';
import { Supergraph } from '#supergraph/engine/supergraph.ts';
import { operationLimits } from '#supergraph/guard/operation-limits.ts';
import type { GraphQLRequestBody } from '#supergraph/test/oracle/world.ts';
import { RecordReader, type Records } from './records.ts';

/** Executes requests against one schema over records. */
type Serve = (request: GraphQLRequestBody) => Promise<ExecutionResult>;

/** Names of types that belong to a type. */
type NamesOf = (name: string) => readonly string[];

export type MakeRecords = () => Records;

/** What an operation came to, by the gateway or by one whole graph. */
export interface Outcome {
  readonly data: unknown;
  /** The paths of errors, each once. */
  readonly failed: readonly string[];
  readonly messages: readonly string[];
}

/** A graph cut into subgraphs, all of which read the same records. */
export class RecordGraph {
  readonly supergraph: Supergraph;
  readonly #make: MakeRecords;
  #records: Records;

  /**
   * @param edit changes the composed supergraph, as another composer might have written it
   * @throws when the subgraphs don't compose
   */
  constructor(
    subgraphs: Readonly<Record<string, string>>,
    make: MakeRecords,
    edit: (sdl: string) => string = (sdl) => sdl,
  ) {
    const composition = composeSupergraph(
      Object.entries(subgraphs).map(([name, sdl]) => ({ name, path: `${name}.graphql`, sdl })),
    );
    if (composition.errors) throw new Error(composition.errors.join('\n'));
    this.#make = make;
    this.#records = make();
    const members = (name: string): readonly string[] => {
      const type = this.supergraph.fullSchema.getType(name);
      return isInterfaceType(type)
        ? this.supergraph.fullSchema.getPossibleTypes(type).map((one) => one.name)
        : [name];
    };
    const interfaces = (name: string): readonly string[] => {
      const type = this.supergraph.fullSchema.getType(name);
      return isObjectType(type) ? type.getInterfaces().map((one) => one.name) : [];
    };
    const served = new Map(
      Object.entries(subgraphs).map(([name, sdl]) => [
        name,
        this.#serve(subgraphSchema(sdl), members, interfaces),
      ]),
    );
    this.supergraph = new Supergraph(edit(composition.sdl), {
      production: false,
      limits: operationLimits(readConfig({ PUBLIC_ACCESS: 'on' }, '/')),
      timeout: 5_000,
      log: pino({ level: 'silent' }),
      metrics: createMetrics(false),
      shared: new SharedFetches(),
      subgraph: (name) => ({
        name,
        ask: async ({ body }) => {
          const result = await served.get(name)?.(JSON.parse(body) as GraphQLRequestBody);
          return { status: 200, contentType: 'application/json', text: JSON.stringify(result) };
        },
      }),
    });
  }

  /** The subgraphs, to be asked over HTTP. */
  services(): { name: string; handle: FetchHandler }[] {
    return [...this.supergraph.subgraphs.values()].map((subgraph) => ({
      name: subgraph.name,
      handle: async (request) => {
        const { signal } = new AbortController();
        const asked = { body: await request.text(), token: undefined, requestId: 'records', signal };
        const { text } = await subgraph.ask(asked);
        return new Response(text, { headers: { 'content-type': 'application/json' } });
      },
    }));
  }

  /** By the engine, over the subgraphs. */
  async byGateway(
    document: DocumentNode,
    variables: Readonly<Record<string, unknown>>,
    caller: Caller | null = null,
  ): Promise<Outcome> {
    this.#records = this.#make();
    const { signal } = new AbortController();
    // Every fetch of the operation listens.
    setMaxListeners(0, signal);
    const plan = this.supergraph.plan(document, undefined, caller);
    const ask = { token: undefined, requestId: 'records', signal, variables };
    const { data, errors } = await answer(this.supergraph, plan, ask);
    return outcome({ data: JSON.parse(data ?? 'null') as Record<string, unknown> | null, errors });
  }

  /** By graphql-js, over one schema of everything that clients see. */
  async byWhole(document: DocumentNode, variables: Readonly<Record<string, unknown>>): Promise<Outcome> {
    const { schema } = this.supergraph;
    const reader = new RecordReader(schema, this.#make());
    const result = await execute({
      schema,
      document,
      variableValues: variables,
      fieldResolver: reader.resolveField,
      typeResolver: reader.resolveType,
    });
    return outcome(JSON.parse(JSON.stringify(result)) as ExecutionResult);
  }

  #serve(schema: GraphQLSchema, members: NamesOf, interfaces: NamesOf): Serve {
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      const resolveReference = (representation: Readonly<Record<string, unknown>>): unknown =>
        new RecordReader(schema, this.#records, interfaces).resolveReference(representation, members);
      type.extensions = { ...type.extensions, apollo: { subgraph: { resolveReference } } };
    }
    return async ({ query, operationName, variables }) => {
      const reader = new RecordReader(schema, this.#records, interfaces);
      const document = parse(query);
      // A subgraph would refuse it too.
      const errors = validate(schema, document);
      if (errors.length > 0) return { errors };
      const result = await execute({
        schema,
        document,
        operationName: operationName ?? null,
        variableValues: variables ?? {},
        fieldResolver: reader.resolveField,
        typeResolver: reader.resolveType,
      });
      return JSON.parse(JSON.stringify(result)) as ExecutionResult;
    };
  }
}

function subgraphSchema(sdl: string): GraphQLSchema {
  return buildSubgraphSchema({ typeDefs: parse(sdl) });
}

function outcome({ data, errors = [] }: ExecutionResult): Outcome {
  return {
    data: data ?? null,
    failed: [...new Set(errors.map(({ path = [] }) => path.join('.')))].sort(),
    messages: errors.map(({ message }) => message),
  };
}
