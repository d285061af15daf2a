import { visit, type DocumentNode } from 'graphql';

/** A field's move from one subgraph to another that holds for a share of the operations. */
export interface Override {
  readonly label: string;
  /** 0 to 100; 0 for a label that nobody here gives a meaning. */
  readonly percent: number;
}

export const NO_OVERRIDES: readonly Override[] = [];

const PERCENT = /^percent\((\d{1,3}(?:\.\d{1,8})?)\)$/;

/**
 * @param overrides the names of the fields that each label decides over
 * @param selectedNames what may be fetched beside what the document selects
 */
export function relevantOverrides(
  document: DocumentNode,
  overrides: ReadonlyMap<string, ReadonlySet<string>>,
  selectedNames: ReadonlySet<string>,
): readonly Override[] {
  const names = new Set(selectedNames);
  visit(document, { Field: ({ name }) => void names.add(name.value) });
  return [...overrides]
    .filter(([, fields]) => [...fields].some((field) => names.has(field)))
    .map(([label]) => ({ label, percent: Number(PERCENT.exec(label)?.[1] ?? 0) }));
}
