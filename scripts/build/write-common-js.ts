import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';

/**
 * Writes the ES modules of a folder, `name.js`, again as CommonJS, `name.cjs`, each with a map to the same sources. tsup can
 * make chunks of CommonJS too, by a way that writes absolute paths of the machine into the maps and leaves most lines out of them.
 * @param except names that are no part of the library
 */
export async function writeCommonJs(folder: string, except: readonly string[]): Promise<void> {
  const modules = globSync('*.js', { cwd: folder }).filter((name) => !except.includes(name));
  await Promise.all(modules.map((name) => writeOne(folder, name.slice(0, -'.js'.length))));
}

async function writeOne(folder: string, name: string): Promise<void> {
  const [module, sources] = await Promise.all(['.js', '.js.map'].map((ending) => readFile(join(folder, name + ending))));
  const text = String(module).replace(/^\/\/# sourceMappingURL=.*$/m, `//# sourceMappingURL=data:application/json;base64,${sources?.toString('base64') ?? ''}`);
  const { code, map } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    sourcemap: true,
    // Of a file .mjs the default import of CommonJS is what Node makes it.
    sourcefile: `${name}.mjs`,
  });
  const own = code.replace(/\b(require|import)\("\.\/([\w-]+)\.js"\)/g, '$1("./$2.cjs")');
  await writeFile(join(folder, `${name}.cjs`), `${own}//# sourceMappingURL=${name}.cjs.map\n`);
  // A module that only hands on what others have is of no source.
  const isOfSources = (JSON.parse(String(sources)) as { readonly sources: readonly string[] }).sources.length > 0;
  await writeFile(join(folder, `${name}.cjs.map`), isOfSources ? map : String(sources));
}
