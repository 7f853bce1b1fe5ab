import { describe, expect, it } from 'vitest';
import { agentsSettingsHelp, readAgentsSettings } from '../../../src/operator/agents/agents-settings.ts';

const IMAGE = 'registry.example/pcapper-agent:1.2.3';
const refusalOf = (data: Record<string, string>): string => {
  try {
    readAgentsSettings(data, IMAGE);
  } catch (error) {
    return `${(error as { code?: string }).code ?? ''}: ${(error as Error).message}`;
  }
  return 'accepted';
};

describe('the settings of the agents', () => {
  it('have defaults: those of the agent, and those of its Pods', () => {
    expect(readAgentsSettings({}, IMAGE)).toEqual({
      image: IMAGE,
      imagePullPolicy: 'IfNotPresent',
      imagePullSecret: undefined,
      priorityClass: 'system-node-critical',
      cpuRequest: '50m',
      memoryRequest: '192Mi',
      memoryLimit: '512Mi',
      maxUnavailable: '10%',
      hostmount: '/hostmount',
      healthPort: 9807,
      environment: {
        HOSTMOUNT: '/hostmount',
        SCAN_INTERVAL: '30',
        MAX_TOTAL_FILESIZE: '10G',
        MIN_FREE_DISK: '20G',
        MAX_CONCURRENT_CAPTURES: '32',
        ALLOW_HOST_NETWORK: 'false',
        HEALTH_PORT: '9807',
        METRICS: 'false',
        LOG_LEVEL: 'info',
        SOURCE: 'packetcapture',
        FILES_AT_EXIT: 'keep',
      },
    });
  });

  it('take what is given; empty is as not given', () => {
    const settings = readAgentsSettings({ IMAGE: 'other:2', MAX_UNAVAILABLE: '3', KEEP_FILES_HOURS: '24', HOSTMOUNT: '/var/captures/', MIN_FREE_DISK: '' }, IMAGE);
    expect(settings).toMatchObject({ image: 'other:2', maxUnavailable: 3, hostmount: '/var/captures' });
    expect(settings.environment).toMatchObject({ KEEP_FILES_HOURS: '24', MIN_FREE_DISK: '20G', HOSTMOUNT: '/var/captures' });
  });

  const NONSENSE: Record<string, readonly string[]> = {
    IMAGE: ['--privileged', 'a b', 'x\ny'],
    IMAGE_PULL_POLICY: ['always', 'Sometimes'],
    IMAGE_PULL_SECRET: ['My Secret'],
    PRIORITY_CLASS: ['high/est'],
    CPU_REQUEST: ['0', '0m', '-1', 'half', '1.2345'],
    MEMORY_REQUEST: ['0', '1Mi', 'much'],
    MEMORY_LIMIT: ['64Mi', '-1Gi', '100m'],
    MAX_UNAVAILABLE: ['0', '0%', '101%', 'all'],
    SCAN_INTERVAL: ['0', 'soon'],
    MAX_TOTAL_FILESIZE: ['plenty'],
    HEALTH_PORT: ['0', '70000'],
    HOSTMOUNT: ['captures'],
  };
  for (const [key, values] of Object.entries(NONSENSE)) {
    it(`refuse nonsense in ${key}, and say what is allowed`, () => {
      for (const value of values) expect(refusalOf({ [key]: value })).toMatch(new RegExp(`^SettingInvalid: ${key} is ".*; it must be .*Allowed are IMAGE, `, 's'));
    });
  }

  it('tell everything that is wrong at once', () => {
    expect(refusalOf({ SCAN_INTERVAL: 'soon', MEMORY_LIMIT: '1', NODE_NAME: 'n1', MAX_TOTAL_FILE_SIZE: '1G', colour: 'red' })).toBe(
      'SettingInvalid: NODE_NAME cannot be set: it differs from node to node, and the DaemonSet sets it. ' +
        'MAX_TOTAL_FILE_SIZE is no setting. Did you mean MAX_TOTAL_FILESIZE? colour is no setting. ' +
        'MEMORY_LIMIT is "1"; it must be a Kubernetes quantity of at least 128Mi, as in "256Mi". ' +
        'SCAN_INTERVAL is "soon"; it must be a whole number of seconds from 1 to 3600. ' +
        'Allowed are IMAGE, IMAGE_PULL_POLICY, IMAGE_PULL_SECRET, PRIORITY_CLASS, CPU_REQUEST, MEMORY_REQUEST, MEMORY_LIMIT, MAX_UNAVAILABLE, ' +
        'SOURCE, HOSTMOUNT, SCAN_INTERVAL, MAX_TOTAL_FILESIZE, MIN_FREE_DISK, MAX_CONCURRENT_CAPTURES, KEEP_FILES_HOURS, FILES_AT_EXIT, ALLOW_HOST_NETWORK, HEALTH_PORT, METRICS, LOG_LEVEL.',
    );
  });

  it('refuse a limit below the request', () => {
    expect(refusalOf({ MEMORY_REQUEST: '1Gi' })).toContain('MEMORY_LIMIT is "512Mi"; it must be at least MEMORY_REQUEST, which is "1Gi".');
  });

  it('are all in the help', () => {
    for (const key of Object.keys(NONSENSE)) expect(agentsSettingsHelp('Keys:')).toContain(`  ${key} `);
  });
});
