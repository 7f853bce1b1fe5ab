import type { Reporter, TestModule } from 'vitest/node';

/** Says at the end which tests this machine could not run, and what they need. */
export class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const byReason = new Map<string, string[]>();
    for (const module of modules) {
      for (const suite of module.children.allSuites()) {
        const { name, reason } = /^(?<name>.*) \[skipped: (?<reason>.*)\]$/.exec(suite.name)?.groups ?? {};
        if (name === undefined || reason === undefined) continue;
        byReason.set(reason, [...(byReason.get(reason) ?? []), `${name} (${[...suite.children.allTests()].length})`]);
      }
    }
    for (const [reason, names] of byReason) process.stdout.write(`\nSkipped, ${reason}:\n${names.map((name) => `  ${name}\n`).join('')}`);
  }
}
