/*
 * Columns of rows, and lists, as arrays in Postgres' binary format, which it takes in for a fraction of what a text
 * costs. pg hands a Buffer over as it is.
 *
 * An array is the number of its dimensions (0: it is empty), whether it holds nulls, the type of its elements; then its
 * length and the index of its first element; then each element, its size in bytes (-1: null) and itself. Numbers are
 * big-endian and have four bytes.
 */

/** `oid` of the types in `pg_type`. */
const BOOL = 16;
const INT4 = 23;
const TEXT = 25;
const JSON_TEXT = 114;
const FLOAT8 = 701;
const TIMESTAMPTZ = 1184;
const UUID = 2950;

const HEADER = 20;
const EMPTY_HEADER = 12;

/** One column of some rows. */
export interface Column<Row> {
  /** The type of its values. */
  readonly type: string;
  /** @throws {TypeError | RangeError} for a value that is none of the type */
  write(rows: readonly Row[]): Buffer;
}

type ValueOf<Row, Value> = (row: Row) => Value | null;

/** UUIDs with their hyphens. */
export function uuids<Row>(valueOf: ValueOf<Row, string>): Column<Row> {
  return { type: 'uuid', write: (rows) => arrayOf(UUID, rows, valueOf, writeUuid) };
}

export function texts<Row>(valueOf: ValueOf<Row, string>): Column<Row> {
  return { type: 'text', write: (rows) => arrayOf(TEXT, rows, valueOf, writeText) };
}

/** JSON as text. */
export function jsons<Row>(valueOf: ValueOf<Row, string>): Column<Row> {
  return { type: 'json', write: (rows) => arrayOf(JSON_TEXT, rows, valueOf, writeText) };
}

export function instants<Row>(valueOf: ValueOf<Row, Date>): Column<Row> {
  return { type: 'timestamptz', write: (rows) => arrayOf(TIMESTAMPTZ, rows, valueOf, writeInstant) };
}

export function booleans<Row>(valueOf: ValueOf<Row, boolean>): Column<Row> {
  return { type: 'boolean', write: (rows) => arrayOf(BOOL, rows, valueOf, writeBoolean) };
}

/** Integers of 32 bits. */
export function integers<Row>(valueOf: ValueOf<Row, number>): Column<Row> {
  return { type: 'int', write: (rows) => arrayOf(INT4, rows, valueOf, writeInteger) };
}

export function floats<Row>(valueOf: ValueOf<Row, number>): Column<Row> {
  return { type: 'float8', write: (rows) => arrayOf(FLOAT8, rows, valueOf, writeFloat) };
}

/** A `uuid[]`. @throws {TypeError} for what isn't a UUID with its hyphens */
export function uuidList(ids: readonly string[]): Buffer {
  return arrayOf(UUID, ids, itself, writeUuid);
}

/** A `text[]`. */
export function textList(texts: readonly string[]): Buffer {
  return arrayOf(TEXT, texts, itself, writeText);
}

function itself<T>(value: T): T {
  return value;
}

/** A larger one is let go after use. */
const KEPT_BYTES = 1024 * 1024;

/** Where a column is put together: its size is known only then. */
let scratch = Buffer.allocUnsafeSlow(KEPT_BYTES / 16);
let view = viewOf(scratch);
let end = 0;

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Makes room for some bytes more. */
function reserve(bytes: number): void {
  if (end + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(2 * (end + bytes));
  scratch.copy(larger, 0, 0, end);
  scratch = larger;
  view = viewOf(larger);
}

/** @param write a value's size and the value, at the end of the scratch */
function arrayOf<Row, Value>(
  type: number,
  rows: readonly Row[],
  valueOf: ValueOf<Row, Value>,
  write: (value: Value) => void,
): Buffer {
  end = HEADER;
  let hasNull = 0;
  for (const row of rows) {
    const value = valueOf(row);
    if (value === null) {
      hasNull = 1;
      reserve(4);
      view.setInt32(end, -1);
      end += 4;
    } else write(value);
  }
  view.setInt32(0, rows.length === 0 ? 0 : 1);
  view.setInt32(4, hasNull);
  view.setInt32(8, type);
  view.setInt32(12, rows.length);
  view.setInt32(16, 1);
  const column = Buffer.from(scratch.subarray(0, rows.length === 0 ? EMPTY_HEADER : end));
  if (scratch.length > KEPT_BYTES) {
    scratch = Buffer.allocUnsafeSlow(KEPT_BYTES);
    view = viewOf(scratch);
  }
  return column;
}

/** The last UUID that was written, as four numbers: the same tenant, shipment or reporter comes many times. */
const known = { uuid: '', a: 0, b: 0, c: 0, d: 0 };

function writeUuid(uuid: string): void {
  if (uuid !== known.uuid) readUuid(uuid);
  reserve(20);
  view.setInt32(end, 16);
  view.setInt32(end + 4, known.a);
  view.setInt32(end + 8, known.b);
  view.setInt32(end + 12, known.c);
  view.setInt32(end + 16, known.d);
  end += 20;
}

function readUuid(uuid: string): void {
  const a = hex(uuid, 0);
  const b = hex(uuid, 4);
  const c = hex(uuid, 9);
  const d = hex(uuid, 14);
  const e = hex(uuid, 19);
  const f = hex(uuid, 24);
  const g = hex(uuid, 28);
  const h = hex(uuid, 32);
  const isHyphenated = uuid[8] === '-' && uuid[13] === '-' && uuid[18] === '-' && uuid[23] === '-';
  if ((a | b | c | d | e | f | g | h) < 0 || !isHyphenated || uuid.length !== 36) {
    throw new TypeError(`${JSON.stringify(uuid.slice(0, 100))} is not a UUID`);
  }
  known.uuid = uuid;
  known.a = (a << 16) | b;
  known.b = (c << 16) | d;
  known.c = (e << 16) | f;
  known.d = (g << 16) | h;
}

const HEX_DIGITS = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  HEX_DIGITS[text.charCodeAt(0)] = digit;
  HEX_DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}

/** Four hexadecimal digits; negative when one of them is none. */
function hex(text: string, at: number): number {
  return (
    ((HEX_DIGITS[text.charCodeAt(at)] ?? -1) << 12) |
    ((HEX_DIGITS[text.charCodeAt(at + 1)] ?? -1) << 8) |
    ((HEX_DIGITS[text.charCodeAt(at + 2)] ?? -1) << 4) |
    (HEX_DIGITS[text.charCodeAt(at + 3)] ?? -1)
  );
}

function writeText(text: string): void {
  reserve(4 + MOST_BYTES * text.length);
  const size = putText(text, end + 4);
  view.setInt32(end, size);
  end += 4 + size;
}

/** Of one UTF-16 code unit in UTF-8. */
const MOST_BYTES = 3;
/** Characters: for fewer the way out of JavaScript is longer than writing them. */
const SHORT = 24;

/** @returns how many bytes it takes */
function putText(text: string, at: number): number {
  const { length } = text;
  if (length > SHORT) return scratch.write(text, at);
  for (let place = 0; place < length; place++) {
    const code = text.charCodeAt(place);
    if (code > 127) return scratch.write(text, at);
    scratch[at + place] = code;
  }
  return length;
}

/** Milliseconds since 1970 at the beginning of 2000, where Postgres begins to count. */
const EPOCH = Date.UTC(2000);
const TWO_TO_32 = 2 ** 32;

/** 64 bits of microseconds: more than a number holds exactly, so in two halves. */
function writeInstant(instant: Date): void {
  const milliseconds = instant.getTime() - EPOCH;
  if (Number.isNaN(milliseconds)) throw new RangeError('an invalid date is no instant');
  const high = Math.floor(milliseconds / TWO_TO_32);
  const low = (milliseconds - high * TWO_TO_32) * 1_000;
  reserve(12);
  view.setInt32(end, 8);
  view.setInt32(end + 4, high * 1_000 + Math.floor(low / TWO_TO_32));
  view.setUint32(end + 8, low);
  end += 12;
}

function writeBoolean(truth: boolean): void {
  reserve(5);
  view.setInt32(end, 1);
  view.setInt8(end + 4, truth ? 1 : 0);
  end += 5;
}

function writeInteger(integer: number): void {
  if ((integer | 0) !== integer) throw new RangeError(`${integer} is not an integer of 32 bits`);
  reserve(8);
  view.setInt32(end, 4);
  view.setInt32(end + 4, integer);
  end += 8;
}

function writeFloat(number: number): void {
  reserve(12);
  view.setInt32(end, 8);
  view.setFloat64(end + 4, number);
  end += 12;
}
