import { Kind, visit, type DocumentNode, type FieldNode } from 'graphql';
import { responseName } from '../fetch-document.ts';
import { nameNode } from './supergraph-document.ts';

/** An operation's names while it is answered, where they differ from the client's. */
export interface ResponseNames {
  /** Under which name a field of the client's stands in the data. */
  planned(field: FieldNode): string;
  /** The document under these names. */
  rename(document: DocumentNode): DocumentNode;
}

const SAME: ResponseNames = { planned: responseName, rename: (document) => document };

/**
 * A client may call a field by a name that the planner selects for itself: `{ product { id: name } }`. The planner
 * takes one for the other, and either the client or a subgraph gets the wrong value. Such aliases get another name
 * until the answer is written.
 * @param selectedNames what the planner may select
 */
export function responseNames(document: DocumentNode, selectedNames: ReadonlySet<string>): ResponseNames {
  const taken = new Set<string>();
  const misleading = new Set<string>();
  visit(document, {
    Field(field) {
      const name = responseName(field);
      taken.add(name);
      if (isMisleading(field, selectedNames)) misleading.add(name);
    },
  });
  if (misleading.size === 0) return SAME;
  const renamed = new Map<string, string>();
  for (const alias of misleading) {
    let name = `as_${alias}`;
    while (taken.has(name) || selectedNames.has(name)) name += '_';
    taken.add(name);
    renamed.set(alias, name);
  }
  const planned = (field: FieldNode): string => {
    const name = responseName(field);
    return isMisleading(field, selectedNames) ? (renamed.get(name) ?? name) : name;
  };
  return {
    planned,
    rename: (original) =>
      visit(original, {
        Field: {
          leave(field) {
            return isMisleading(field, selectedNames)
              ? { ...field, alias: nameNode(planned(field)) }
              : undefined;
          },
        },
      }),
  };
}

function isMisleading({ alias, name }: FieldNode, selectedNames: ReadonlySet<string>): boolean {
  return alias?.kind === Kind.NAME && alias.value !== name.value && selectedNames.has(alias.value);
}
