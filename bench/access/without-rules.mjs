/**
 * A hook for modules: what is imported as `server.ts?unguarded` gets `unguarded.ts` for its rules. The product itself has no
 * way to be started without them.
 */
export async function resolve(specifier, context, next) {
  const isGuard = specifier.endsWith('/policy/guard.ts') && context.parentURL?.endsWith('?unguarded');
  return next(isGuard ? new URL('./unguarded.ts', import.meta.url).href : specifier, context);
}
