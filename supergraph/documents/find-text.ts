import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '#supergraph/request-context.ts';
import type { AnonymousAccess } from '#supergraph/guard/require-token.ts';
import { refuseAnonymous } from '#supergraph/guard/require-token.ts';
import { namesText, type Asked, type OperationTexts } from './operation-texts.ts';

/** Puts the text of an operation in place of its name, for the general endpoint. */
export function findText(texts: OperationTexts, access: AnonymousAccess): Plugin<RequestContext> {
  const keeping = new WeakMap<object, () => void>();
  return {
    async onParams({ params, setParams, request, context }) {
      const { caller } = context as unknown as RequestContext;
      const { documentId = new URL(request.url).searchParams.get('documentId'), ...rest } =
        params as typeof params & Asked;
      const asked = { ...rest, documentId };
      if (caller === null && access.production && !access.publicAccess) {
        // Whoever sends a text is refused where it would be parsed; nobody is told which hashes are known.
        if (namesText(asked)) refuseAnonymous();
        return;
      }
      const found = await texts.find(asked);
      if (!found) return;
      setParams({ ...rest, query: found.text });
      if (found.keep && (caller !== null || access.publicAccess)) keeping.set(request, found.keep);
    },
    onValidate({ context }) {
      const { request } = context as unknown as { readonly request?: Request };
      const keep = request && keeping.get(request);
      return keep ? ({ valid }) => (valid ? keep() : undefined) : undefined;
    },
  };
}
