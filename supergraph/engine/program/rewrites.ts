import { isRecord } from '#platform/is-record.ts';
import type { FetchNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { type JsonObject } from '../fetch-document.ts';
import { getOwn, setOwn } from './own.ts';
import { isOfType } from './type-condition.ts';

type FetchDataRewrite = NonNullable<FetchNode['inputRewrites']>[number];

/** Changes an object in place. */
export type Rewrite = (object: JsonObject) => void;

const FRAGMENT = '... on ';

/**
 * The plan's corrections of what goes to or comes from a subgraph: a field under another name, a constant value.
 * @returns null when there are none
 */
export function compileRewrites(
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[] | undefined,
): Rewrite | null {
  if (!rewrites || rewrites.length === 0) return null;
  const compiled = rewrites.map((rewrite) => {
    const last = rewrite.path.at(-1);
    if (last === undefined || last.startsWith(FRAGMENT)) {
      throw new Error(`a rewrite of the plan ends at "${String(last)}": expected a field`);
    }
    return atPath(schema, rewrite.path.slice(0, -1), changeOf(rewrite, last));
  });
  return (object) => {
    for (const apply of compiled) apply(object);
  };
}

function changeOf(rewrite: FetchDataRewrite, field: string): Rewrite {
  if (rewrite.kind === 'ValueSetter') {
    const value: unknown = rewrite.setValueTo;
    return (object) => setOwn(object, field, value);
  }
  const { renameKeyTo } = rewrite;
  return (object) => {
    const value = getOwn(object, field);
    if (value === undefined) return;
    setOwn(object, renameKeyTo, value);
    Reflect.deleteProperty(object, field);
  };
}

function atPath(schema: GraphQLSchema, path: readonly string[], change: Rewrite): (value: unknown) => void {
  const [step, ...rest] = path;
  const inner = step === undefined ? null : atPath(schema, rest, change);
  const apply = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(apply);
    else if (!isRecord(value)) return;
    else if (step === undefined || !inner) change(value);
    else if (!step.startsWith(FRAGMENT)) inner(getOwn(value, step));
    // Without a name of its type an object is taken for what the plan expects.
    else if (isOfType(schema, value.__typename ?? step.slice(FRAGMENT.length), step.slice(FRAGMENT.length))) {
      inner(value);
    }
  };
  return apply;
}
