import { Kind, type FieldNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';
import { responseName } from './fetch-document.ts';

/** Where a value stands in the client's answer, linked from the leaf to the root so that siblings share it. */
export interface ResponsePath {
  readonly parent: ResponsePath | null;
  readonly key: string | number;
}

export type PathKeys = readonly (string | number)[];

export function pathKeys(path: ResponsePath | null): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let step = path; step; step = step.parent) keys.push(step.key);
  return keys.reverse();
}

/** One field that the client selected. */
interface Selected {
  readonly name: string;
  readonly sets: SelectionSetNode[];
}

/**
 * What the client selected, by the name under which it stands in the data. A fetch may select more, for @requires and for keys: an error there
 * is told at the closest place that the client knows.
 */
export class ClientSelection {
  readonly #fields: ReadonlyMap<string, { readonly name: string; readonly selection: ClientSelection }>;

  constructor(
    selections: readonly SelectionSetNode[],
    fragments: Readonly<Record<string, FragmentDefinitionNode>>,
    planned: (field: FieldNode) => string = responseName,
  ) {
    const merged = new Map<string, Selected>();
    // A fragment adds nothing the second time; followed each time, a few that spread each other twice never end.
    const spread = new Set<string>();
    const collect = (set: SelectionSetNode): void => {
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) {
          const key = planned(selection);
          const selected = merged.get(key) ?? { name: responseName(selection), sets: [] };
          if (selection.selectionSet) selected.sets.push(selection.selectionSet);
          merged.set(key, selected);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          collect(selection.selectionSet);
        } else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments[selection.name.value];
          if (fragment) collect(fragment.selectionSet);
        }
      }
    };
    selections.forEach(collect);
    this.#fields = new Map(
      [...merged].map(([key, { name, sets }]) => [
        key,
        { name, selection: new ClientSelection(sets, fragments, planned) },
      ]),
    );
  }

  /** The part of a path in the data, from the root, that the client selected, under the client's names. */
  clip(path: PathKeys): (string | number)[] {
    const [key, ...rest] = path;
    if (key === undefined) return [];
    if (typeof key === 'number') return [key, ...this.clip(rest)];
    const next = this.#fields.get(key);
    return next ? [next.name, ...next.selection.clip(rest)] : [];
  }
}
