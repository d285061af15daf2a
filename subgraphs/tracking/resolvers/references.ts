/** A port by its key; the carriers subgraph knows the rest. */
export function portOf(unLocationCode: string | null) {
  return unLocationCode === null ? null : { unlocode: unLocationCode };
}

/** A vessel by its key; the carriers subgraph knows the rest. */
export function vesselOf(imo: string | null) {
  return imo === null ? null : { imo };
}
