// Plain JavaScript: tools/install.mjs calls it, and nothing may be needed beyond node_modules.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** Where the generated client lives, and the file in it that says what it was generated from. */
const clientDirectory = (root) => path.join(root, 'prisma/generated');
const stampFile = (root) => path.join(clientDirectory(root), '.generated-from');

/** Hash of everything the generated client depends on: the schema files, the configuration, Prisma's version. */
export function schemaFingerprint(root = projectRoot) {
  const schemaDirectory = path.join(root, 'prisma/schema');
  const hash = createHash('sha256');
  const files = readdirSync(schemaDirectory, { recursive: true })
    .filter((file) => file.endsWith('.prisma'))
    .sort();
  if (files.length === 0) throw new Error(`no .prisma file in ${schemaDirectory}`);
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(schemaDirectory, file)));
  hash.update(readFileSync(path.join(root, 'prisma.config.ts')));
  hash.update(readFileSync(path.join(root, 'node_modules/prisma/package.json')));
  return hash.digest('hex');
}

/** True when prisma/generated was made from the schema as it is now. */
export function isGenerated(root = projectRoot) {
  try {
    return readFileSync(stampFile(root), 'utf8') === schemaFingerprint(root);
  } catch {
    return false;
  }
}

/**
 * Writes the Prisma client to prisma/generated, without a network. Rejects with Prisma's own message when the
 * schema is wrong.
 */
export async function generateClient(root = projectRoot) {
  const fingerprint = schemaFingerprint(root);
  const cli = createRequire(path.join(root, 'package.json')).resolve('prisma/build/index.js');
  const { code, output } = await run(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: root,
    env: {
      ...process.env,
      // The command line downloads a native engine that `generate` never calls, unless this names a file that exists.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      NO_COLOR: '1',
    },
  });
  if (code !== 0 || !existsSync(path.join(clientDirectory(root), 'client.ts'))) {
    throw new Error(`prisma generate failed (exit code ${code})\n${output.trim()}`);
  }
  writeFileSync(stampFile(root), fingerprint);
}

function run(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk) => (output += chunk);
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const started = performance.now();
  try {
    await generateClient();
    console.log(
      `generate: prisma/generated is ready (${((performance.now() - started) / 1000).toFixed(1)} s)`,
    );
  } catch (error) {
    console.error(`generate: ${error.message}`);
    process.exitCode = 1;
  }
}
