/** Whether a part of a cursor can be compared with a text column. */
export function isText(value: string): boolean {
  return value.length <= 200 && !value.includes('\u0000');
}

/** Whether a part of a cursor is the rank of a search result. */
export function isRank(value: string): boolean {
  return /^[0-9]$/.test(value);
}
