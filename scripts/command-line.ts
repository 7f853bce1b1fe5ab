import { parseArgs, type ParseArgsConfig } from 'node:util';

/**
 * Reads the options of a script. For `--help` (`-h`) it prints that and ends the process with 0; for what it does not
 * understand it says what was given and what is allowed, and ends with 2. In either case nothing was done yet.
 */
export function readCommandLine<const Config extends ParseArgsConfig>(help: string, config: Config): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    process.stdout.write(help);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    // Its own advice, for an unknown option, is how to pass that as a name.
    const [problem = ''] = (error as Error).message.split(/[.\n]/);
    return misused(`${problem}.`, help);
  }
}

/** Ends the process with 2. @param problem a sentence on what was given */
export function misused(problem: string, help: string): never {
  process.stderr.write(`${problem}\n\n${help}`);
  process.exit(2);
}
