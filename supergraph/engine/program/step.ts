import type { Exchange } from '../exchange.ts';
import type { JsonObject } from '../fetch-document.ts';
import type { Reuse } from './reuse.ts';

/** One run of a program. */
export interface Run {
  readonly exchange: Exchange;
  /** Everything that is known so far; under response names. */
  readonly data: JsonObject;
  /** The lists and objects that stand at more than one place of `data`. */
  readonly shared: Set<object>;
  /** What may be used at several places; null where asking twice may have two answers, as between mutations. */
  readonly reuse: Reuse | null;
  /** Whether an object that stands at several places may have other values at each, so that it must not be shared. */
  readonly apart: boolean;
}

/** A node of a plan, compiled. @returns undefined when there is nothing to wait for */
export type Step = (run: Run) => Promise<void> | undefined;

export const DONE: Step = () => undefined;
