#!/usr/bin/env node
// The programs `pcapper` and, for `kubectl pcapper`, `kubectl-pcapper`.
import { basename } from 'node:path';
import { runCommandLine } from './command-line.ts';

const interrupted = new AbortController();
// A second Ctrl-C ends it at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort(new Error(`${signal} came`)));

// Whoever read them has gone: what is written is lost to nobody. A capture on stdout has ears of its own.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const [, path = '', ...argv] = process.argv;
process.exitCode = await runCommandLine({
  program: basename(path).startsWith('kubectl-') ? 'kubectl pcapper' : 'pcapper',
  argv,
  env: process.env,
  stdout: process.stdout,
  screen: process.stderr,
  signal: interrupted.signal,
});
// A plugin for credentials may hang, and would be waited for.
if (interrupted.signal.aborted) process.exit();
