import type { MakeRecords } from '#supergraph/test/records/record-graph.ts';

/** One way in which a graph may be divided, with what must come out of it whole. */
export interface ConformanceCase {
  readonly subgraphs: Readonly<Record<string, string>>;
  /** Made anew for every operation: mutations change them. */
  readonly records: MakeRecords;
  /** Operations that show the point; random ones are added. */
  readonly operations: readonly (string | readonly [query: string, variables: Record<string, unknown>])[];
}

export type ConformanceCases = Readonly<Record<string, ConformanceCase>>;

const ALL = [
  '@key', '@shareable', '@external', '@requires', '@provides', '@override', '@inaccessible', '@interfaceObject',
  '@tag', '@extends',
]; // prettier-ignore

/** A Federation 2 subgraph with every directive of federation. */
export function fed2(sdl: string): string {
  const names = ALL.map((name) => `"${name}"`).join(', ');
  return `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${names}])\n${sdl}`;
}

/** The first of the things that has these values. */
export function find<T extends object>(
  things: readonly T[],
  wanted: Readonly<Record<string, unknown>>,
): T | null {
  const found = things.find((thing) =>
    Object.entries(wanted).every(([name, value]) => (thing as Record<string, unknown>)[name] === value),
  );
  return found ?? null;
}
