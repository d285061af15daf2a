import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Plugin } from 'graphql-yoga';

const WELCOME = `# Ctrl-Space completes, Ctrl-Enter runs.
#
# Data needs a bearer token. Put it into the Headers tab below:
#   { "Authorization": "Bearer YOUR-TOKEN" }
`;

/** The page brings everything with it; the browser is told to fetch nothing from anywhere else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
  "style-src 'self' 'unsafe-inline'",
  'worker-src blob:',
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface Page {
  readonly html: Buffer;
  readonly zipped: Buffer;
  readonly etag: string;
}

/**
 * Answers browsers that open the endpoint with GraphiQL. Its subscriptions come over SSE, because only so do they
 * carry what stands in the Headers tab.
 * @param example operations to begin with
 */
export function graphiqlPage(example: string | null): Plugin {
  let page: Promise<Page> | undefined;
  return {
    async onRequest({ request, endResponse }) {
      if (request.method !== 'GET' || !request.headers.get('accept')?.includes('text/html')) return;
      // Nine megabytes: made when first asked for, and once.
      const { html, zipped, etag } = await (page ??= render(example));
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
        vary: 'accept, accept-encoding',
        etag,
      };
      if (request.headers.get('if-none-match') === etag) {
        endResponse(new Response(null, { status: 304, headers }));
      } else if (/\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')) {
        endResponse(
          new Response(new Uint8Array(zipped), { headers: { ...headers, 'content-encoding': 'gzip' } }),
        );
      } else {
        endResponse(new Response(new Uint8Array(html), { headers }));
      }
    },
  };
}

async function render(example: string | null): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const text = renderGraphiQL({
    title: 'GraphiQL',
    defaultQuery: `${WELCOME}\n${example ?? ''}`,
    subscriptionsProtocol: 'SSE',
    isHeadersEditorEnabled: true,
    defaultEditorToolsVisibility: 'headers',
    // A token in the browser's storage would outlive the visit.
    shouldPersistHeaders: false,
  });
  const html = Buffer.from(text);
  const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`;
  return { html, zipped: await promisify(gzip)(html), etag };
}
