import type { PrismaClient } from '#prisma/generated/client.ts';
import { scopes, type CallerScope } from './caller-scope.ts';

/**
 * A Prisma client whose statements are run as somebody, transactions included. Making one costs next to nothing.
 * @param scope null: as nobody
 */
export function prismaAs(prisma: PrismaClient, scope: CallerScope | null): PrismaClient {
  const models = new Map<PropertyKey, object>();
  const within = <T>(work: () => T): T => scopes.run(scope, work);
  return new Proxy(prisma, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === 'function') {
        if (name === '$transaction')
          return (...given: unknown[]) => transaction(value, target, given, within);
        return (...given: unknown[]) => lazily(call(value, target, given), within);
      }
      if (typeof value !== 'object' || value === null || typeof name !== 'string' || /^[$_]/.test(name))
        return value;
      let model = models.get(name);
      if (model === undefined) models.set(name, (model = modelAs(value, within)));
      return model;
    },
  });
}

type Within = <T>(work: () => T) => T;

/*
 * What Prisma collects until the next tick, it sends all in the name of whoever came first: look-ups by a unique key,
 * which it puts together even for different callers, and transactions that are given as a list. The former become
 * look-ups of the first match, which aren't collected; the latter are refused. What belongs to an interactive transaction
 * is collected too, and goes where it belongs: to the connection that the transaction has had from the start.
 */

function transaction(method: unknown, self: object, given: readonly unknown[], within: Within): unknown {
  if (typeof given[0] !== 'function') {
    throw new TypeError(
      '$transaction: expected a function that is given the transaction, not a list of statements',
    );
  }
  return within(() => call(method, self, given));
}

const ALONE: Readonly<Record<string, string>> = {
  findUnique: 'findFirst',
  findUniqueOrThrow: 'findFirstOrThrow',
};

function modelAs(model: object, within: Within): object {
  return new Proxy(model, {
    get: (target, name) => {
      const alone = typeof name === 'string' ? ALONE[name] : undefined;
      const value: unknown = Reflect.get(target, alone ?? name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) =>
        lazily(call(value, target, alone === undefined ? given : [flatly(given[0])]), within);
    },
  });
}

/** With the fields of a compound key, whose name is theirs with underscores between them, side by side. */
function flatly(given: unknown): unknown {
  const { where, ...rest } = given as { readonly where: Readonly<Record<string, unknown>> };
  const fields = Object.entries(where).flatMap(([name, value]) =>
    name.includes('_') && typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [[name, value]],
  );
  return { ...rest, where: Object.fromEntries(fields) as Record<string, unknown> };
}

/** When a promise of Prisma's begins its work. */
const BEGINNINGS = new Set<PropertyKey>(['then', 'catch', 'finally', 'requestTransaction']);

/** Prisma's promises begin when somebody waits for them: that has to happen within the scope. */
function lazily(promise: unknown, within: Within): unknown {
  if (typeof promise !== 'object' || promise === null || !('then' in promise)) return promise;
  return new Proxy(promise, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (!BEGINNINGS.has(name)) return (...given: unknown[]) => lazily(call(value, target, given), within);
      return (...given: unknown[]) => within(() => call(value, target, given));
    },
  });
}

type Method = (...given: readonly unknown[]) => unknown;

function call(method: unknown, self: object, given: readonly unknown[]): unknown {
  return Reflect.apply(method as Method, self, given);
}
