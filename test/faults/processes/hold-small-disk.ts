// Makes a small disk, says where, and holds it until it is killed.
import { SmallDisk } from '../small-disk.ts';

const disk = await SmallDisk.create({ bytes: 8_000_000 });
process.stdout.write(`${disk.hostmount}\n`);
setInterval(() => undefined, 60_000);
