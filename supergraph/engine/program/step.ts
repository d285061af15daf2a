import type { Exchange } from '../exchange.ts';
import type { JsonObject } from '../fetch-document.ts';

/** One run of a program. */
export interface Run {
  readonly exchange: Exchange;
  /** Everything that is known so far; under response names. */
  readonly data: JsonObject;
  /** The lists and objects that stand at more than one place of `data`. */
  readonly shared: Set<object>;
}

/** A node of a plan, compiled. @returns undefined when there is nothing to wait for */
export type Step = (run: Run) => Promise<void> | undefined;

export const DONE: Step = () => undefined;
