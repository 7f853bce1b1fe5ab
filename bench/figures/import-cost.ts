import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Subject } from '../figure.ts';
import { median } from '../world/statistics.ts';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const TURNS = 31;
/** Says what is in memory, then ends: the same last step of every program. */
const SAY = "process.stdout.write(fs.readFileSync('/proc/self/status', 'utf8'));";

interface Cost {
  /** MB (10^6 bytes). */
  readonly rss: number;
  /** From the spawn to the exit. Milliseconds. */
  readonly time: number;
}

/**
 * What `import 'pcapper'` costs a program that did nothing before: two programs that differ by this one line, run by
 * turns as processes of their own, as an ES module and as CommonJS. Memory is VmRSS of /proc/self/status at their end,
 * time is from spawn to exit. The figure is the difference of the medians; the baseline is the program without the line.
 *
 * Measured on the built package (`dist/`, as it is published), found as `node_modules/pcapper`. Depends on the version
 * of Node, on the file cache being warm (the first turn is thrown away), and on what else the machine does: that is why
 * the programs take turns.
 */
export const subject: Subject = {
  names: ['import.rss', 'import.time', 'import.commonjs.rss', 'import.commonjs.time'],
  needs: [],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'pcapper-bench-import-'));
    try {
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(PACKAGE, join(folder, 'node_modules', 'pcapper'));
      const bare = new Program(folder, 'bare.mjs', `import fs from 'node:fs'; ${SAY}`);
      const module = new Program(folder, 'module.mjs', `import fs from 'node:fs'; import 'pcapper'; ${SAY}`);
      const bareCommonJs = new Program(folder, 'bare.cjs', `const fs = require('node:fs'); ${SAY}`);
      const commonJs = new Program(folder, 'common.cjs', `const fs = require('node:fs'); require('pcapper'); ${SAY}`);
      const programs = [bare, module, bareCommonJs, commonJs];
      for (const program of programs) await program.run();
      for (let turn = 0; turn < TURNS; turn += 1) for (const program of programs) program.costs.push(await program.run());
      return [
        { name: 'import.rss', value: module.rss - bare.rss, unit: 'MB', baseline: bare.rss, target: { of: 'value', atMost: 8 } },
        { name: 'import.time', value: module.time - bare.time, unit: 'ms', baseline: bare.time, target: { of: 'value', atMost: 50 } },
        { name: 'import.commonjs.rss', value: commonJs.rss - bareCommonJs.rss, unit: 'MB', baseline: bareCommonJs.rss },
        { name: 'import.commonjs.time', value: commonJs.time - bareCommonJs.time, unit: 'ms', baseline: bareCommonJs.time },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

class Program {
  readonly costs: Cost[] = [];
  readonly #path: string;

  constructor(folder: string, name: string, text: string) {
    this.#path = join(folder, name);
    writeFileSync(this.#path, text);
  }

  get rss(): number {
    return median(this.costs.map(({ rss }) => rss));
  }

  get time(): number {
    return median(this.costs.map(({ time }) => time));
  }

  async run(): Promise<Cost> {
    const begun = performance.now();
    const { stdout } = await execa(process.execPath, [this.#path]);
    const time = performance.now() - begun;
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(stdout)?.[1];
    return { rss: (Number(kibibytes) * 1024) / 1e6, time };
  }
}
