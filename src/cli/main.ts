#!/usr/bin/env node
// The programs `pcapper` and, for `kubectl pcapper`, `kubectl-pcapper`.
import { basename } from 'node:path';
import { runCommandLine } from './command-line.ts';

const interrupted = new AbortController();
// A second Ctrl-C ends it at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort(new Error(`${signal} came`)));

const [, path = '', ...argv] = process.argv;
process.exitCode = await runCommandLine({
  program: basename(path).startsWith('kubectl-') ? 'kubectl pcapper' : 'pcapper',
  argv,
  env: process.env,
  stdout: process.stdout,
  screen: process.stderr,
  signal: interrupted.signal,
});
