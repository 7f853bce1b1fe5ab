import { execFile } from 'node:child_process';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** URLs of all modules that a process of its own loads for this import. */
async function loadedBy(path: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(resolve(ROOT, path))});
    console.log(JSON.stringify(loaded));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(stdout) as string[];
}

it("import 'pcapper' loads no package, no adapter of the outside and few modules of Node", async () => {
  const loaded = await loadedBy('src/index.ts');
  const files = loaded.filter((url) => url.startsWith('file:')).map((url) => relative(ROOT, fileURLToPath(url)));
  expect(files.filter((file) => !/^src\/(core|strategies)\//.test(file)).sort()).toEqual([
    'src/adapters/cri/cri-sandboxes.ts',
    'src/adapters/system-clock.ts',
    'src/agent-defaults.ts',
    'src/api/v1alpha1/group.ts',
    'src/create-capture-agent.ts',
    'src/create-capture-engine.ts',
    'src/index.ts',
  ]);
  expect(loaded.filter((url) => url.startsWith('node:')).sort()).toEqual([
    'node:child_process',
    'node:fs',
    'node:fs/promises',
    'node:os',
    'node:path',
    'node:timers/promises',
    'node:util',
  ]);
});
