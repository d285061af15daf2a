import type { Plugin } from 'graphql-yoga';
import { ApiError } from '#platform/errors.ts';

/**
 * Bodies are JSON, as it is, and say so. A form or plain text could be sent by any web page in a visitor's name without the
 * browser asking first.
 */
export function postJsonOnly(): Plugin {
  return {
    onRequestParse({ request }) {
      if (request.method !== 'POST') return;
      const coding = request.headers.get('content-encoding') ?? 'identity';
      if (!/^\s*identity\s*$/i.test(coding)) {
        // A few bytes could become very many. Said before the body is read.
        throw new ApiError('BAD_REQUEST', 'Send the operation as it is, without a content encoding.', {
          http: { status: 415, headers: { 'Accept-Encoding': 'identity' } },
        });
      }
      const type = request.headers.get('content-type') ?? '';
      if (/^application\/json\s*(;|$)/i.test(type)) return;
      throw new ApiError(
        'BAD_REQUEST',
        'Send the operation as JSON, with the content type application/json.',
        {
          http: { status: type === '' ? 400 : 415, headers: { 'Accept-Post': 'application/json' } },
        },
      );
    },
  };
}
