import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { composeServices } from '@apollo/composition';
import { getLocation, GraphQLError, parse, Source, type ASTNode } from 'graphql';
import { describeAccess } from './access-descriptions.ts';

/** One subgraph's contract. */
export interface SubgraphSchema {
  readonly name: string;
  readonly sdl: string;
  /** Where the SDL was read from, for messages. */
  readonly path: string;
}

export type Composition =
  | { readonly sdl: string; readonly hints: readonly string[]; readonly errors?: undefined }
  | { readonly errors: readonly string[]; readonly hints?: undefined };

const HEADER =
  '# Composed from subgraphs/*/schema.graphql by `npm run compose`. Change those, not this file.\n\n';

/** The URL of a subgraph in the composed file. It is used only when nothing else says where the subgraph is. */
function placeholderUrl(name: string): string {
  return `http://127.0.0.1:4000/${name}/graphql`;
}

/**
 * The `schema.graphql` of every folder, sorted by name. A subgraph is called like its folder.
 * @param directory the folder that holds the subgraphs' folders
 */
export async function readSubgraphSchemas(directory: string): Promise<SubgraphSchema[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const schemas: SubgraphSchema[] = [];
  // Not localeCompare: the order must not depend on the machine's locale.
  for (const name of names.sort()) {
    const path = join(directory, name, 'schema.graphql');
    const sdl = await readFile(path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    });
    if (sdl !== null) schemas.push({ name, sdl, path });
  }
  return schemas;
}

/** Composes the supergraph; the same subgraphs give the same text. Errors and hints are ready to be printed. */
export function composeSupergraph(subgraphs: readonly SubgraphSchema[]): Composition {
  if (subgraphs.length === 0)
    return { errors: ['there is no subgraph: expected subgraphs/NAME/schema.graphql'] };
  const services = [];
  const errors: string[] = [];
  for (const { name, sdl, path } of subgraphs) {
    try {
      services.push({
        name,
        url: placeholderUrl(name),
        typeDefs: describeAccess(parse(new Source(sdl, path))),
      });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      errors.push(describe('error', 'GRAPHQL_PARSE_FAILED', name, locations(error), error.message));
    }
  }
  if (errors.length > 0) return { errors };
  const composed = composeServices(services);
  if (composed.errors) return { errors: composed.errors.map(describeError) };
  return { sdl: `${HEADER}${composed.supergraphSdl.trimEnd()}\n`, hints: composed.hints.map(describeHint) };
}

type CompositionHint = NonNullable<ReturnType<typeof composeServices>['hints']>[number];
type SubgraphNode = ASTNode & { readonly subgraph?: string };

function describeError(error: GraphQLError): string {
  const nodes: readonly SubgraphNode[] = error.nodes ?? [];
  return describe(
    'error',
    String(error.extensions.code),
    subgraphsOf(nodes),
    nodes.map(locate),
    error.message,
  );
}

function describeHint(hint: CompositionHint): string {
  const nodes: readonly SubgraphNode[] = hint.nodes ?? [];
  const places = hint.coordinate === undefined ? nodes.map(locate) : [hint.coordinate, ...nodes.map(locate)];
  return describe(
    hint.definition.level.name.toLowerCase(),
    hint.definition.code,
    subgraphsOf(nodes),
    places,
    hint.message,
  );
}

function describe(
  level: string,
  code: string,
  subgraphs: string,
  places: readonly string[],
  message: string,
): string {
  const where = places.filter(Boolean).map((place) => `\n    at ${place}`);
  return `${level} ${code}${subgraphs && ` [${subgraphs}]`}: ${message}${[...new Set(where)].join('')}`;
}

function subgraphsOf(nodes: readonly SubgraphNode[]): string {
  return [...new Set(nodes.map((node) => node.subgraph).filter(Boolean))].sort().join(', ');
}

function locate(node: ASTNode): string {
  if (!node.loc) return '';
  const { line, column } = getLocation(node.loc.source, node.loc.start);
  return `${node.loc.source.name}:${line}:${column}`;
}

function locations(error: GraphQLError): string[] {
  return (error.locations ?? []).map(({ line, column }) => `${error.source?.name ?? ''}:${line}:${column}`);
}

/**
 * `npm run compose`: writes the composed supergraph; with `--check` only compares it with the file.
 * @returns the exit code
 */
export async function composeCommand(
  root: string,
  args: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  const unknown = args.find((argument) => argument !== '--check');
  if (unknown !== undefined) {
    print(`unknown argument "${unknown}": expected nothing or --check`);
    return 2;
  }
  const target = join(root, 'supergraph', 'supergraph.graphql');
  const subgraphs = await readSubgraphSchemas(join(root, 'subgraphs'));
  const shown = subgraphs.map((subgraph) => ({ ...subgraph, path: relative(root, subgraph.path) }));
  const composition = composeSupergraph(shown);
  if (composition.errors) {
    for (const error of composition.errors) print(error);
    print(
      `the supergraph does not compose: ${composition.errors.length} error(s); ${relative(root, target)} is unchanged`,
    );
    return 1;
  }
  for (const hint of composition.hints) print(hint);
  const current = await readFile(target, 'utf8').catch(() => null);
  if (current === composition.sdl) {
    print(`${relative(root, target)} is current`);
    return 0;
  }
  if (args.includes('--check')) {
    print(
      `${relative(root, target)} is ${current === null ? 'missing' : 'stale'}: run \`npm run compose\` and commit it`,
    );
    return 1;
  }
  await writeFile(target, composition.sdl);
  print(`wrote ${relative(root, target)} from ${subgraphs.map(({ name }) => name).join(', ')}`);
  return 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  process.exitCode = await composeCommand(root, process.argv.slice(2), (line) =>
    process.stdout.write(`${line}\n`),
  );
}
