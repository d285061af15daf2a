import type pg from 'pg';

/** Migrating failed. The message is one line and says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  /** The migration's directory name; absent when no single one is to blame. */
  readonly migration: string | undefined;

  constructor(message: string, options: { migration?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.migration = options.migration;
  }
}

/** A script that Postgres refused, and what it said. */
export interface Refusal {
  error: pg.DatabaseError;
  script: string;
}

/**
 * Whether a script may keep a part of its effects when it fails. Postgres runs a script as one transaction unless it
 * begins or ends transactions itself or uses commands that can't run inside one. Words in comments or strings count as
 * well: being wrong in that direction only asks a person to look.
 */
export function controlsTransactions(script: string): boolean {
  const outsideFunctions = script.replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, '');
  return (
    /\b(commit|rollback|prepare\s+transaction|call|concurrently|vacuum|tablespace|alter\s+system)\b/i.test(
      script,
    ) ||
    /\b(create|drop)\s+database\b|\bstart\s+transaction\b|\b(begin|end)(\s*;|\s+(work|transaction)\b)/i.test(
      outsideFunctions,
    )
  );
}

/** Postgres' message with its detail and hint, and the line of the script where it knows it. */
export function describeRefusal({ error, script }: Refusal): string {
  const position = Number(error.position);
  const line = position > 0 ? ` (line ${script.slice(0, position - 1).split('\n').length})` : '';
  const more = [error.detail, error.hint && `hint: ${error.hint}`].filter(Boolean).join('; ');
  return `${error.message}${line}${more === '' ? '' : `; ${more}`}`;
}

/** The engine's errors carry a stack trace of its own below their message. */
export function engineError(error: unknown): MigrationError {
  const lines = messageOf(error).split('\n');
  const trace = lines.findIndex((line) => /^\s+\d+: \w+/.test(line));
  const message = (trace === -1 ? lines : lines.slice(0, trace)).map((line) => line.trim()).filter(Boolean);
  return new MigrationError(message.join(' '), { cause: error });
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
