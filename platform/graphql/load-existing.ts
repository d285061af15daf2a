import type DataLoader from 'dataloader';
import { quote } from '../errors.ts';

/**
 * Loads a row that another one refers to, for a field that can't be null.
 * @throws {Error} when it isn't there, which only a fault of ours can bring about
 */
export async function loadExisting<Key, Row>(loader: DataLoader<Key, Row | null>, key: Key): Promise<Row> {
  const row = await loader.load(key);
  if (row === null) throw new Error(`key ${quote(key)}: expected a row, as another one refers to it`);
  return row;
}
