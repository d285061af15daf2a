import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { JsonObject } from '../fetch-document.ts';
import { LruMap } from '../lru-map.ts';
import { getOwn } from '../program/own.ts';
import type { ResponseNames } from '../planning/response-names.ts';
import type { Refusal } from './collect-fields.ts';
import { conditionsFor, conditionVariables } from './conditions.ts';
import { compileIntrospection } from './introspection.ts';
import { WriterCompiler } from './writer.ts';
import type { ValueError } from './writing.ts';

/** An answer's `data` as JSON text, and what in the data contradicts the schema. */
export interface WrittenData {
  readonly text: string;
  readonly errors: readonly ValueError[];
}

/** @param shared the lists and objects that stand at more than one place of the data */
export type AnswerWriter = (
  data: JsonObject,
  variables: Readonly<JsonObject>,
  shared: ReadonlySet<object>,
) => WrittenData;

/** Combinations of conditions of one operation that are kept compiled. */
const MAX_VARIANTS = 32;

/**
 * @param schema what clients see
 * @param names under which names the data are
 * @param refusal what the caller may not have
 */
export function compileAnswer(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  names: ResponseNames,
  refusal: Refusal | null,
): AnswerWriter {
  const root = schema.getRootType(operation.operation);
  if (!root) throw new Error(`the schema has no ${operation.operation}`);
  const definitions = [operation, ...Object.values(fragments)];
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions };
  const conditions = conditionVariables(document);
  const variants = new LruMap<string, AnswerWriter>(MAX_VARIANTS);
  const compile = (given: Readonly<JsonObject>): AnswerWriter => {
    const { planned } = names;
    const context = { schema, fragments, holds: conditionsFor(given), planned, refusal };
    const write = new WriterCompiler(context).compileRoot({ type: root, selections: operation.selectionSet });
    const introspect = compileIntrospection(context, operation, root);
    return (data, variables, shared) => {
      const errors: ValueError[] = [];
      const introspection = introspect(variables);
      const text = write(data, { errors, path: [], shared, memo: [], introspection }) ?? 'null';
      return { text, errors };
    };
  };
  // One writer for each combination of conditions, so that none is looked at while writing.
  return (data, variables, shared) => {
    const key = conditions.map((name) => (getOwn(variables, name) === true ? '1' : '0')).join('');
    let write = variants.get(key);
    if (!write) {
      write = compile(variables);
      variants.set(key, write);
    }
    return write(data, variables, shared);
  };
}
