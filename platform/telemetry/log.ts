import { pino, stdSerializers, type Logger } from 'pino';

export type { Logger };

/**
 * A structured logger: one JSON object a line on standard error, so that standard output stays for people.
 * Tokens and passwords are redacted wherever they stand under their usual names.
 */
export function createLog(level: string): Logger {
  const destination = pino.destination({ fd: 2, sync: true });
  // A terminal or pipe that is gone takes the log with it, not the process.
  destination.on('error', () => {});
  return pino(
    {
      level,
      base: null,
      serializers: { error: stdSerializers.err },
      redact: {
        paths: [
          'token',
          'password',
          'authorization',
          '*.token',
          '*.password',
          '*.authorization',
          'headers.authorization',
          // ioredis keeps the whole command with its error: the AUTH with its password, what was to be cached.
          '*.command.args',
        ],
        censor: '[redacted]',
      },
    },
    destination,
  );
}
