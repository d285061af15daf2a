/** Resolves when the dependency answers; rejects with the reason when it doesn't. */
export type Check = () => Promise<unknown>;

/** What `/readyz` tells of one dependency. */
export interface DependencyState {
  readonly ok: boolean;
  /** Why not; left out when it is well. */
  readonly reason?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly dependencies: Readonly<Record<string, DependencyState>>;
}

/**
 * Asks every dependency at once.
 * @param checks by dependency
 * @param timeout milliseconds after which a dependency that hasn't answered counts as not ready
 */
export async function readiness(
  checks: Readonly<Record<string, Check>>,
  timeout = 1_000,
): Promise<Readiness> {
  const states = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await ask(check, timeout)] as const),
  );
  return { ready: states.every(([, state]) => state.ok), dependencies: Object.fromEntries(states) };
}

async function ask(check: Check, timeout: number): Promise<DependencyState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeout} ms`)), timeout);
  });
  try {
    await Promise.race([check(), late]);
    return { ok: true };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message || error.name : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
