import { describe, expect, it } from 'vitest';
import { HealthServer } from '../../../src/adapters/http/health-server.ts';

const local = { address: '127.0.0.1', port: 0 };
const get = async (server: HealthServer, path: string) => {
  const answer = await fetch(server.address + path);
  return [answer.status, await answer.text()] as const;
};

describe('HealthServer', () => {
  it('is healthy at once, and ready when the agent is', async () => {
    let ready = false;
    await using server = await HealthServer.start({ ...local, ready: () => ready });
    expect(await get(server, '/healthz')).toEqual([200, 'ok\n']);
    expect((await get(server, '/readyz'))[0]).toBe(503);
    ready = true;
    expect((await get(server, '/readyz'))[0]).toBe(200);
  });

  it('serves metrics only where they are enabled, and nothing else', async () => {
    await using without = await HealthServer.start({ ...local, ready: () => true });
    await using having = await HealthServer.start({ ...local, ready: () => true, metrics: () => Promise.resolve('pcapper_x 1\n') });
    expect((await get(without, '/metrics'))[0]).toBe(404);
    expect(await get(having, '/metrics')).toEqual([200, 'pcapper_x 1\n']);
    expect((await get(having, '/'))[0]).toBe(404);
    expect((await fetch(`${having.address}/healthz`, { method: 'POST' })).status).toBe(405);
  });

  it('outlives metrics that cannot be collected', async () => {
    await using server = await HealthServer.start({ ...local, ready: () => true, metrics: () => Promise.reject(new Error('no disk')) });
    expect((await get(server, '/metrics'))[0]).toBe(500);
    expect((await get(server, '/healthz'))[0]).toBe(200);
  });

  it('lets go of its port', async () => {
    const server = await HealthServer.start({ ...local, ready: () => true });
    const { address } = server;
    await server[Symbol.asyncDispose]();
    await expect(fetch(address)).rejects.toThrow();
  });
});
