import { describe, expect, it } from 'vitest';
import { ApiConnectionError, ApiStatusError } from '../../src/adapters/kubernetes/api-errors.ts';
import { CommandFailedError, ExecCutError } from '../../src/adapters/kubernetes/exec-errors.ts';
import { AgentMissingError, NoFilesError } from '../../src/cli/get/get-errors.ts';
import { Patience } from '../../src/cli/get/patience.ts';

const call = { method: 'CONNECT', path: '/exec' };
const status = (statusCode: number) => new ApiStatusError(call, { statusCode });

function patient() {
  const waits: number[] = [];
  const told: string[] = [];
  const abort = new AbortController();
  const sleep = (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  };
  return { waits, told, abort, patience: new Patience({ sleep, tell: (text) => void told.push(text), signal: abort.signal }) };
}

describe('Patience', () => {
  it.each([new ExecCutError('pod'), new ApiConnectionError(call, new URL('http://x'), new Error('refused')), status(500), status(429), status(404), new AgentMissingError('n1', 'pcapper'), new CommandFailedError({ namespace: 'pcapper', pod: 'pod' }, ['cat'], 137, '')])(
    'tries again after %s, for half a minute',
    async (error) => {
      const { patience, waits, told } = patient();
      await expect(patience.keepTrying(() => Promise.reject(error))).rejects.toBe(error);
      expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(31_500);
      expect(told).toHaveLength(6);
      expect(told[5]).toBe(`${error.message} Trying again in 16 s (6 of 6).`);
    },
  );

  it.each([status(401), status(403), new CommandFailedError({ namespace: 'pcapper', pod: 'pod' }, ['cat'], 1, 'no such file'), new NoFilesError({ problem: 'None.', advice: '' }), new TypeError('a mistake')])(
    'does not after %s',
    async (error) => {
      const { patience, waits } = patient();
      await expect(patience.keepTrying(() => Promise.reject(error))).rejects.toBe(error);
      expect(waits).toEqual([]);
    },
  );

  it('begins anew with what comes', async () => {
    const { patience, waits } = patient();
    for (let i = 0; i < 10; i += 1) {
      await patience.afterFailure(new ExecCutError('pod'));
      patience.progressed();
    }
    expect(waits).toEqual(Array.from({ length: 10 }, () => 500));
  });

  it('ends when somebody interrupts it', async () => {
    const { patience, abort } = patient();
    abort.abort(new Error('Ctrl-C'));
    await expect(patience.afterFailure(new ExecCutError('pod'))).rejects.toThrow('Ctrl-C');
  });
});
