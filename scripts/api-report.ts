// What the package offers, as text in the tree. `npm run api:report -- --help`
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig, ExtractorLogLevel, type ExtractorMessage, ExtractorMessageCategory } from '@microsoft/api-extractor';
import { readCommandLine } from './command-line.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REPORTS = join(ROOT, 'api');
/** Where what is found is written before it is compared. */
const FOUND = join(ROOT, 'artifacts/api-report');
const HELP = `npm run api:report [-- --check]

Writes what each entry of the built package offers to its users (npm run build) into api/, so that a change of it is seen where
changes are looked at.

  --check  writes nothing, and shows what differs
  --help   shows this

Ends with 0, with 1 where --check finds a difference, and with 2 for an unknown option.
`;
const { values } = readCommandLine(HELP, { options: { check: { type: 'boolean', default: false } } });

/** The names of the types of each entry in dist/, and of its report. */
const ENTRIES = { pcapper: 'index', 'pcapper/kubernetes': 'kubernetes', 'pcapper/operator': 'operator', 'pcapper/di': 'di', 'pcapper/testing': 'testing' };

const changed = Object.entries(ENTRIES).filter(([entry, types]) => !isAsReported(entry, types));
if (changed.length === 0) {
  console.log(`api/ says what the package offers: ${Object.keys(ENTRIES).join(', ')}`);
} else if (values.check) {
  console.error(`api/ does not say what the package offers: ${changed.map(([entry]) => entry).join(', ')}. Run npm run api:report, look at what changes, and commit it with its cause.`);
  process.exitCode = 1;
}

/** Whether the report in the tree is right; where it is not, says or writes what is. */
function isAsReported(entry: string, types: string): boolean {
  const reportFileName = `${entry.replace('/', '.')}.api.md`;
  const [known, found] = [join(REPORTS, reportFileName), join(FOUND, reportFileName)];
  for (const folder of [REPORTS, FOUND]) mkdirSync(folder, { recursive: true });
  const { apiReportChanged } = Extractor.invoke(configOf(types, reportFileName), { localBuild: !values.check, messageCallback: (message) => take(message, entry) });
  if (!apiReportChanged) return true;
  if (values.check) spawnSync('git', ['--no-pager', 'diff', '--no-index', '--', existsSync(known) ? known : '/dev/null', found], { stdio: 'inherit' });
  else console.log(`Written: api/${reportFileName}`);
  return false;
}

function configOf(types: string, reportFileName: string): ExtractorConfig {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: join(ROOT, 'dist', `${types}.d.ts`),
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(ROOT, 'tsconfig.json') },
      apiReport: { enabled: true, reportFolder: REPORTS, reportTempFolder: FOUND, reportFileName },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      // What is undocumented, unresolved or not exported, TypeDoc finds for all entries together: npm run docs:api.
      messages: { extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } }, tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } } },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
  });
}

/** What it says of its own work is left out; what TypeScript says of the types is not. */
function take(message: ExtractorMessage, entry: string): void {
  message.handled = true;
  if (message.category === ExtractorMessageCategory.Compiler) throw new Error(`The types of ${entry} are wrong: ${message.formatMessageWithLocation(ROOT)}`);
}
