// `npm run codegen`, and before the tests. Plain JavaScript, because it writes what TypeScript needs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, Source } from 'graphql';

const root = fileURLToPath(new URL('..', import.meta.url));
const configFile = path.join(root, 'codegen.yml');
const stampFile = path.join(root, 'test/generated/.generated-from');

try {
  const wanted = fingerprint();
  if (!isCurrent(wanted)) {
    parseOperations();
    generate();
    mkdirSync(path.dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, wanted);
  }
} catch (error) {
  console.error(`codegen: ${error.message}`);
  process.exitCode = 1;
}

/** Hash of everything that the generated files are made from. */
function fingerprint() {
  const hash = createHash('sha256');
  const others = [
    'codegen.yml',
    'package-lock.json',
    'tools/api-schema.mjs',
    'supergraph/supergraph.graphql',
  ];
  for (const file of [...others, ...subgraphSchemas(), ...operations()]) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function subgraphSchemas() {
  return list('subgraphs')
    .map((folder) => `${folder}/schema.graphql`)
    .filter((file) => existsSync(path.join(root, file)));
}

function operations() {
  return list('test/operations').filter((file) => file.endsWith('.graphql'));
}

function list(folder) {
  return readdirSync(path.join(root, folder))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** The files that codegen.yml names: its only keys that are paths. */
function outputs() {
  const names = readFileSync(configFile, 'utf8').matchAll(/^ {2}(\S+\.ts):$/gm);
  return [...names].map(([, name]) => path.join(root, name));
}

function isCurrent(wanted) {
  try {
    return readFileSync(stampFile, 'utf8') === wanted && outputs().every((file) => existsSync(file));
  } catch {
    return false;
  }
}

/** graphql-codegen leaves a file that it can't parse out without a word. */
function parseOperations() {
  for (const file of operations()) {
    try {
      parse(new Source(readFileSync(path.join(root, file), 'utf8'), file));
    } catch (error) {
      throw new Error(String(error), { cause: error });
    }
  }
}

function generate() {
  const packageFile = createRequire(configFile).resolve('@graphql-codegen/cli/package.json');
  const cli = path.join(path.dirname(packageFile), 'esm/bin.js');
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [cli, '--config', configFile], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (status !== 0) throw new Error(error?.message ?? `graphql-codegen failed\n${stderr || stdout}`.trim());
}
