import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The rights are held against what all the others used; uninstallations take them away. */
const LAST = ['rights.e2e.ts', 'installation.e2e.ts', 'pages.e2e.ts'];

/** By name, but for the last ones. */
export class InOrder extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => LAST.indexOf(basename(moduleId));
    return Promise.resolve([...files].sort((a, b) => place(a) - place(b) || a.moduleId.localeCompare(b.moduleId)));
  }
}
