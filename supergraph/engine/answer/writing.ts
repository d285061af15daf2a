import type { ErrorCode } from '#platform/errors.ts';

/** Something in the data that contradicts the schema, where the client sees it. */
export interface ValueError {
  readonly message: string;
  readonly path: readonly (string | number)[];
  /** Set when nothing is wrong with the data but the caller may not have the value. */
  readonly code?: ErrorCode;
}

/** One answer being written. */
export interface Writing {
  readonly errors: ValueError[];
  /** Where the writing is. */
  readonly path: (string | number)[];
  /** Lists and objects that stand at several places: their text is made once for each way of selecting from them. */
  readonly shared: ReadonlySet<object>;
  /** For each value writer the texts of shared values. */
  readonly memo: (Map<object, string> | undefined)[];
  /** The JSON texts of root fields that ask for the schema, by response name. */
  readonly introspection: ReadonlyMap<string, string>;
}

/**
 * Writes one value as JSON text. Null: there is none, and if something is wrong with the data that is among the errors.
 */
export type ValueWriter = (value: unknown, writing: Writing) => string | null;
