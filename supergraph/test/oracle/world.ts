import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  execute,
  isInterfaceType,
  isObjectType,
  parse,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { composeSupergraph } from '#supergraph/compose.ts';
import { typeOf, Universe, type Thing } from './universe.ts';

/** Subgraphs by name, as SDL. */
export type Subgraphs = Readonly<Record<string, string>>;

export interface GraphQLRequestBody {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Record<string, unknown> | undefined;
}

/** A supergraph over a universe. */
export interface World {
  readonly supergraph: string;
  ask(subgraph: string, request: GraphQLRequestBody): Promise<ExecutionResult>;
}

/**
 * Composes subgraphs and gives each of them the same universe to look at.
 * @param keyedInterfaces interfaces with a key of their own, with the types that implement them
 */
export function makeWorld(
  subgraphs: Subgraphs,
  faulty: boolean,
  keyedInterfaces: Readonly<Record<string, readonly string[]>> = {},
): World {
  const composition = composeSupergraph(
    Object.entries(subgraphs).map(([name, sdl]) => ({ name, path: `${name}.graphql`, sdl })),
  );
  if (composition.errors) throw new Error(composition.errors.join('\n'));
  const served = new Map(
    Object.entries(subgraphs).map(([name, sdl]) => [name, serve(sdl, faulty, keyedInterfaces)]),
  );
  return {
    supergraph: composition.sdl,
    ask: async (name, request) => {
      const subgraph = served.get(name);
      if (!subgraph) throw new Error(`there is no subgraph ${name}`);
      return subgraph(request);
    },
  };
}

type Serve = (request: GraphQLRequestBody) => Promise<ExecutionResult>;

function serve(sdl: string, faulty: boolean, keyed: Readonly<Record<string, readonly string[]>>): Serve {
  const schema: GraphQLSchema = buildSubgraphSchema({ typeDefs: parse(sdl) });
  const universe = new Universe(schema, faulty, keyed);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    type.extensions = {
      ...type.extensions,
      apollo: { subgraph: { resolveReference: (thing: Thing) => universe.resolveReference(thing) } },
    };
  }
  return async ({ query, operationName, variables }) => {
    const result = await execute({
      schema,
      document: parse(query),
      operationName: operationName ?? null,
      variableValues: variables ?? {},
      fieldResolver: universe.resolve,
      typeResolver: (value) => typeOf(value as Thing),
    });
    return JSON.parse(JSON.stringify(result)) as ExecutionResult;
  };
}
