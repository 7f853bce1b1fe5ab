import { describe, expect, it } from 'vitest';
import { SETTING_VARIABLES } from '../../../src/adapters/environment/agent-settings.ts';
import { misspelledSettings } from '../../../src/adapters/environment/misspelled-settings.ts';

describe('variables that are nearly settings', () => {
  const NEARLY: Record<string, readonly string[]> = {
    MAX_TOTAL_FILESIZE: ['MAX_TOTAL_FILE_SIZE', 'MAX_TOTAL_FILESIZES', 'MAXTOTALFILESIZE', 'MAX_TOTAL_FILSIZE', 'max_total_filesize', 'MAX-TOTAL-FILESIZE'],
    MIN_FREE_DISK: ['MIN_DISK_FREE', 'MIN_FREE_DISC', 'MINFREEDISK'],
    NODE_NAME: ['NODENAME', 'NODE_NMAE', 'node_name'],
    HOSTMOUNT: ['HOST_MOUNT', 'HOSTMOUNTS'],
    SCAN_INTERVAL: ['SCAN_INTERVALL', 'SCANINTERVAL'],
    KUBECONFIG: ['KUBE_CONFIG'],
    METRICS: ['METRIC'],
    LOG_LEVEL: ['LOGLEVEL', 'LOG_LEVELS'],
  };
  for (const [meant, names] of Object.entries(NEARLY)) {
    it(`${meant} for ${names.join(', ')}`, () => {
      for (const name of names) {
        expect(misspelledSettings({ [name]: 'x' })).toEqual([`${name} is no setting of the agent and is ignored. Did you mean ${meant}?`]);
      }
    });
  }

  it('are told one by one, beside those that are right', () => {
    const told = misspelledSettings({ NODE_NAME: 'n1', MIN_DISK_FREE: '1G', HOST_MOUNT: '/x' });
    expect(told).toHaveLength(2);
  });

  it('are no others that a process or a Pod has, and none whose setting is there, too', () => {
    const usual = [
      'PATH', 'HOME', 'HOSTNAME', 'NODE_VERSION', 'NODE_OPTIONS', 'NODE_ENV', 'LANG', 'PWD', 'SHLVL', 'TERM', 'TZ', 'USER', 'POD_NAMESPACE', 'POD_IP', 'POD_UID',
      'APP_NAME', 'JOB_NAME', 'HTTP_PORT', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'KUBERNETES_PORT', 'METRICS_PORT', 'MALLOC_ARENA_MAX', 'UV_THREADPOOL_SIZE',
    ];
    expect(misspelledSettings(Object.fromEntries([...usual, ...SETTING_VARIABLES].map((name) => [name, 'x'])))).toEqual([]);
    expect(misspelledSettings(Object.fromEntries(usual.map((name) => [name, 'x'])))).toEqual([]);
    expect(misspelledSettings({ NODE_NAME: 'n1', node_name: 'n1' })).toEqual([]);
  });
});
