export type LocalServiceErrorCode =
  | 'DATA_DIRECTORY_NOT_WRITABLE'
  | 'POSTGRES_BINARIES_MISSING'
  | 'POSTGRES_INIT_FAILED'
  | 'POSTGRES_USER'
  | 'POSTGRES_VERSION'
  | 'PORT_IN_USE'
  | 'REDIS_MISSING'
  | 'START_FAILED';

/** A local service can't be used. The message is one line that names the cause and what to do about it. */
export class LocalServiceError extends Error {
  override readonly name = 'LocalServiceError';
  readonly code: LocalServiceErrorCode;

  constructor(code: LocalServiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
