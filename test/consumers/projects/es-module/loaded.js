// What an import of the entry loads, in a process of its own.
import { registerHooks } from 'node:module';

const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
await import(process.argv[2]);
console.log(JSON.stringify({ loaded }));
