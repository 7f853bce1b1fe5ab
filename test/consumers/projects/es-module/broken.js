// Where it throws in the library is told by the maps: node --enable-source-maps
import { parseQuantity } from 'pcapper';
import { createRequire } from 'node:module';

const given = process.argv[2] === 'CommonJS' ? createRequire(import.meta.url)('pcapper') : { parseQuantity };
try {
  given.parseQuantity('10 apples');
} catch ({ stack }) {
  console.log(JSON.stringify({ stack: stack.split('\n') }));
}
