import { Kind, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

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

/**
 * What the client selected, by response name. A fetch may select more, for @requires and for keys: an error there
 * is told at the closest place that the client knows.
 */
export class ClientSelection {
  readonly #fields: ReadonlyMap<string, ClientSelection>;

  constructor(
    selections: readonly SelectionSetNode[],
    fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  ) {
    const merged = new Map<string, SelectionSetNode[]>();
    // A fragment adds nothing the second time; followed each time, a few that spread each other twice never end.
    const spread = new Set<string>();
    const collect = (set: SelectionSetNode): void => {
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) {
          const name = selection.alias?.value ?? selection.name.value;
          const sets = merged.get(name) ?? [];
          if (selection.selectionSet) sets.push(selection.selectionSet);
          merged.set(name, sets);
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
    this.#fields = new Map([...merged].map(([name, sets]) => [name, new ClientSelection(sets, fragments)]));
  }

  /** The part of a path, from the root, that the client selected. */
  clip(path: PathKeys): (string | number)[] {
    const [key, ...rest] = path;
    if (key === undefined) return [];
    const next = typeof key === 'string' ? this.#fields.get(key) : this;
    return next ? [key, ...next.clip(rest)] : [];
  }
}
