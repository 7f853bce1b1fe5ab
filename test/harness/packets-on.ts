import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The first so many ICMP packets on a device, a line each, while `traffic` runs. */
export async function packetsOn(device: string, count: number, traffic: () => Promise<void>): Promise<string[]> {
  const argv = ['-Z', 'root', '-n', '-l', '--immediate-mode', '-i', device, '-c', String(count), 'icmp'];
  const tcpdump = spawn('tcpdump', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(tcpdump, 'exit');
  try {
    let text = '';
    tcpdump.stdout.on('data', (chunk) => (text += String(chunk)));
    let said = '';
    await new Promise<void>((resolve, reject) => {
      tcpdump.stderr.on('data', (chunk) => {
        said += String(chunk);
        if (said.includes('listening on')) resolve();
      });
      tcpdump.once('exit', () => reject(new Error(said)));
    });
    await traffic();
    await ended;
    return text.trim().split('\n');
  } finally {
    tcpdump.kill();
    await ended;
  }
}
