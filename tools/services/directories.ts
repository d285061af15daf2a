import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { LocalServiceError } from './errors.ts';

/**
 * Makes a directory that we can write to.
 * @throws {LocalServiceError} DATA_DIRECTORY_NOT_WRITABLE, naming the path
 */
export function ensureWritableDirectory(directory: string): void {
  try {
    if (!existsSync(directory)) {
      mkdirSync(directory, { recursive: true });
      // Root's servers run as another user, who must be able to pass through.
      chmodSync(directory, process.getuid?.() === 0 ? 0o711 : 0o700);
    }
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'EEXIST' || code === 'ENOTDIR' ? 'it is not a directory' : (code ?? String(error));
    throw new LocalServiceError(
      'DATA_DIRECTORY_NOT_WRITABLE',
      `cannot write to the data directory ${directory} (${reason}): set DATA_DIR to a directory of yours`,
      { cause: error },
    );
  }
}

/** The secret kept in a file that only its owner can read; a new random one the first time. URL-safe characters. */
export function storedSecret(file: string): string {
  if (!existsSync(file)) {
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, randomBytes(24).toString('base64url'), { mode: 0o600 });
    renameSync(temporary, file);
  }
  return readFileSync(file, 'utf8').trim();
}

/** The last lines of a text or of a file that may not exist, joined into one line. */
export function lastLines(text: string, count = 5): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).slice(-count).join(' | ');
}

export function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
