import type { DeadLetter, DeadLetters } from '#subgraphs/tracking/dead-letters.ts';

const USAGE = `Usage: npm run -s dlq -- list [COUNT]
       npm run -s dlq -- show ID
       npm run -s dlq -- replay ID… | --all
       npm run -s dlq -- discard ID…`;

const DEFAULT_COUNT = 20;
const ALL = 1_000_000;

/**
 * Lists, shows, replays or discards the events that could not be applied, as a person asks for it.
 * @param print called with each line of the answer
 * @throws {Error} with what was expected, or that there is no such dead letter
 */
export async function runDeadLetterCommand(
  letters: DeadLetters,
  [command, ...rest]: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  switch (command) {
    case 'list':
      return list(letters, Number(rest[0] ?? DEFAULT_COUNT), print);
    case 'show':
      return show(letters, rest[0] ?? '', print);
    case 'replay': {
      const ids = rest.includes('--all') ? (await letters.list(ALL, null)).map(({ id }) => id) : rest;
      return each(ids, 'replayed', letters.replay, print);
    }
    case 'discard':
      return each(rest, 'discarded', letters.discard, print);
    default:
      throw new Error(USAGE);
  }
}

type Print = (line: string) => void;

async function list(letters: DeadLetters, count: number, print: Print): Promise<void> {
  if (!Number.isInteger(count) || count < 1) throw new Error(USAGE);
  const found = await letters.list(count, null);
  if (found.length === 0) print('there are no dead letters');
  for (const letter of found) print(`${letter.id}  ${headOf(letter)}`);
}

async function show(letters: DeadLetters, id: string, print: Print): Promise<void> {
  const letter = await letters.find(id);
  if (!letter) throw new Error(`There is no dead letter "${id}".`);
  print(`${headOf(letter)}\npartition ${letter.partition}\n${letter.message.toString('utf8')}`);
}

function headOf({ failedAt, attempts, error }: DeadLetter): string {
  return `${failedAt.toISOString()}  ${attempts} attempts  ${error.replace(/\s+/g, ' ').trim()}`;
}

async function each(
  ids: readonly string[],
  done: string,
  work: (id: string) => Promise<boolean>,
  print: Print,
): Promise<void> {
  if (ids.length === 0) throw new Error(USAGE);
  for (const id of ids) print(`${id} ${(await work(id)) ? done : 'is not there'}`);
}
