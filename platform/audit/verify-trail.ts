import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type pg from 'pg';

/** Where a chain ended at some time. */
export interface ChainHead {
  readonly tenant: string;
  readonly sequence: number;
  /** Hexadecimal. */
  readonly hash: string;
}

/** Something about a chain that is not as it was written. */
export interface Finding {
  readonly tenant: string;
  /** The entry that it was found at. */
  readonly sequence: number;
  readonly problem: string;
}

export interface Verification {
  readonly heads: readonly ChainHead[];
  readonly entries: number;
  readonly findings: readonly Finding[];
}

interface Row {
  readonly tenant: string;
  readonly sequence: string;
  readonly at: string;
  readonly content: string;
  readonly previous: string;
  readonly hash: string;
}

const PAGE = 5_000;
const NOTHING = '00'.repeat(32);
const ENTRIES = `
  SELECT tenant_id AS tenant, sequence, content, encode(previous_hash, 'hex') AS previous, encode(hash, 'hex') AS hash,
    to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
  FROM audit.entry WHERE tenant_id = $1 AND (sequence, recorded_at, hash) > ($2, $3::timestamptz, decode($4, 'hex'))
  ORDER BY sequence, recorded_at, hash LIMIT ${PAGE}`;

/**
 * Computes every chain anew, and says what was altered, removed, inserted, or cut off. A chain that was rewritten as a
 * whole, with its head, agrees with itself: only heads that were kept elsewhere tell.
 * @param client logged in as the owner, or as somebody else who may read it all
 * @param anchors heads that were kept elsewhere
 * @param only one tenant's chain; all when not given
 */
export async function verifyTrail(
  client: pg.Client,
  anchors: readonly ChainHead[] = [],
  only?: string,
): Promise<Verification> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const { rows: chains } = await client.query<{
      tenant: string;
      length: string | null;
      hash: string | null;
    }>(
      `SELECT tenant_id AS tenant, length, encode(hash, 'hex') AS hash FROM audit.chain
         FULL JOIN (SELECT DISTINCT tenant_id FROM audit.entry) AS present USING (tenant_id)
       WHERE $1::uuid IS NULL OR tenant_id = $1 ORDER BY 1`,
      [only ?? null],
    );
    const heads: ChainHead[] = [];
    const findings: Finding[] = [];
    let entries = 0;
    for (const { tenant, length, hash } of chains) {
      const chain = new Chain(
        tenant,
        anchors.filter((anchor) => anchor.tenant === tenant),
      );
      let from: readonly unknown[] = [0, '-infinity', ''];
      for (;;) {
        const { rows } = await client.query<Row>(ENTRIES, [tenant, ...from]);
        for (const row of rows) chain.add(row);
        const last = rows.at(-1);
        if (rows.length < PAGE || last === undefined) break;
        from = [last.sequence, last.at, last.hash];
      }
      findings.push(...chain.end(length === null ? null : Number(length), hash));
      heads.push(chain.head);
      entries += chain.entries;
    }
    const known = new Set(chains.map(({ tenant }) => tenant));
    for (const { tenant, sequence } of anchors) {
      if (!known.has(tenant) && (only === undefined || only === tenant))
        findings.push({ tenant, sequence, problem: 'the whole chain is gone: an anchor has its head' });
    }
    return { heads, entries, findings };
  } finally {
    await client.query('ROLLBACK');
  }
}

/** One chain, entry by entry. */
class Chain {
  readonly #tenant: string;
  readonly #anchors: Map<number, string>;
  readonly #findings: Finding[] = [];
  #sequence = 0;
  #hash = NOTHING;
  entries = 0;

  constructor(tenant: string, anchors: readonly ChainHead[]) {
    this.#tenant = tenant;
    this.#anchors = new Map(anchors.map(({ sequence, hash }) => [sequence, hash]));
  }

  get head(): ChainHead {
    return { tenant: this.#tenant, sequence: this.#sequence, hash: this.#hash };
  }

  add(row: Row): void {
    const sequence = Number(row.sequence);
    const expected = this.#sequence + 1;
    if (this.entries === 0 && sequence > 1) this.#beginLate(sequence, row.previous);
    else if (sequence > expected) this.#find(expected, `removed: the next entry is ${sequence}`);
    else if (sequence < expected) this.#find(sequence, 'inserted: there is another entry of this number');
    else if (row.previous !== this.#hash) {
      this.#find(sequence, 'does not follow on the entry before: one of them was put in place of another');
    }
    if (hashOf(this.#tenant, sequence, row) !== row.hash) this.#find(sequence, 'altered');
    const anchor = this.#anchors.get(sequence);
    if (anchor !== undefined && anchor !== row.hash)
      this.#find(sequence, 'rewritten: an anchor has another hash');
    this.#sequence = Math.max(sequence, this.#sequence);
    this.#hash = row.hash;
    this.entries += 1;
  }

  /** @param length of the chain and the hash of its last entry, as its head says; null when it has none */
  end(length: number | null, hash: string | null): readonly Finding[] {
    if (length === null) this.#find(this.#sequence, 'the head of the chain is gone');
    else if (length > this.#sequence) this.#find(this.#sequence + 1, `cut off: there were ${length} entries`);
    else if (length < this.#sequence) this.#find(length + 1, 'added past the end of the chain');
    else if (hash !== this.#hash) this.#find(this.#sequence, 'is not what the head of the chain says');
    const last = Math.max(0, ...this.#anchors.keys());
    if (last > this.#sequence) this.#find(this.#sequence + 1, `cut off: an anchor has entry ${last}`);
    return this.#findings;
  }

  /** What isn't kept any longer may be gone, where an anchor holds the place. */
  #beginLate(sequence: number, previous: string): void {
    if (this.#anchors.get(sequence - 1) !== previous) {
      this.#find(1, `removed: the first entry is ${sequence}, and no anchor has the one before it`);
    }
  }

  #find(sequence: number, problem: string): void {
    this.#findings.push({ tenant: this.#tenant, sequence, problem });
  }
}

function hashOf(tenant: string, sequence: number, { at, content, previous }: Row): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    return null;
  }
  const text = canonicalize({ at, content: parsed, previous, sequence, tenant }) ?? '';
  // The text itself counts, not what it means.
  if (!text.includes(`"content":${content},`)) return null;
  return createHash('sha256').update(text).digest('hex');
}
