import { describe, expect, it } from 'vitest';
import { agentHelp, readAgentSettings } from '../../../src/adapters/environment/agent-settings.ts';
import { SettingInvalidError } from '../../../src/core/errors/agent-errors.ts';

const refusalOf = (environment: Record<string, string>) => {
  try {
    readAgentSettings({ NODE_NAME: 'n1', ...environment });
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('the settings of the agent', () => {
  it('have the documented defaults, in base units', () => {
    expect(readAgentSettings({ NODE_NAME: 'n1' })).toEqual({
      nodeName: 'n1',
      namespace: 'pcapper',
      sources: ['packetcapture'],
      hostmount: '/hostmount',
      scanInterval: 30_000,
      maxTotalFileSize: 10e9,
      minFreeDisk: 20e9,
      maxConcurrentCaptures: 32,
      keepFilesFor: undefined,
      filesAtExit: 'keep',
      allowHostNetwork: false,
      kubeconfig: undefined,
      healthAddress: '127.0.0.1',
      healthPort: 9807,
      metricsEnabled: false,
      podName: undefined,
      logLevel: 'info',
    });
  });

  it('take what is given; empty is as not given', () => {
    const given = { SCAN_INTERVAL: '5', MAX_TOTAL_FILESIZE: '1Gi', KEEP_FILES_HOURS: '24', ALLOW_HOST_NETWORK: 'true', HOSTMOUNT: '/captures//', MIN_FREE_DISK: '' };
    expect(readAgentSettings({ NODE_NAME: 'n1', ...given })).toMatchObject({
      scanInterval: 5_000,
      maxTotalFileSize: 2 ** 30,
      keepFilesFor: 86_400_000,
      allowHostNetwork: true,
      hostmount: '/captures',
      minFreeDisk: 20e9,
    });
  });

  it('take one source or several, each once', () => {
    const sourcesOf = (SOURCE: string) => readAgentSettings({ NODE_NAME: 'n1', SOURCE }).sources;
    expect(sourcesOf('annotation')).toEqual(['annotation']);
    expect(sourcesOf('annotation,packetcapture,annotation')).toEqual(['annotation', 'packetcapture']);
  });

  const NONSENSE: Record<string, readonly string[]> = {
    NODE_NAME: ['', '../n1', 'N1', 'n 1', 'n1\n'],
    NAMESPACE: ['a/b', '-x'],
    SOURCE: ['annotations', 'packetcapture;annotation', 'packetcapture, annotation', ',', 'annotation,'],
    HOSTMOUNT: ['captures', '~'],
    SCAN_INTERVAL: ['0', '-1', '1e3', '3601', 'soon'],
    MAX_TOTAL_FILESIZE: ['plenty', '-1G', '1.5.5G', '10 G'],
    MIN_FREE_DISK: ['20GB', 'NaN'],
    MAX_CONCURRENT_CAPTURES: ['0', '1001'],
    KEEP_FILES_HOURS: ['0', '-4', 'never'],
    FILES_AT_EXIT: ['true', 'Keep'],
    ALLOW_HOST_NETWORK: ['yes', 'TRUE'],
    HEALTH_ADDRESS: ['localhost', '1.2.3'],
    HEALTH_PORT: ['65536', '-1', 'http'],
    METRICS: ['on'],
    POD_NAME: ['a b'],
    LOG_LEVEL: ['chatty'],
  };
  for (const [variable, values] of Object.entries(NONSENSE)) {
    it(`refuse nonsense in ${variable}, and say what is allowed`, () => {
      for (const value of values) {
        const refusal = refusalOf({ [variable]: value });
        expect(refusal, value).toBeInstanceOf(SettingInvalidError);
        expect((refusal as Error).message).toMatch(new RegExp(`${variable} is (not set|".*); it must be `));
      }
    });
  }

  it('are all in the help', () => {
    for (const variable of Object.keys(NONSENSE)) expect(agentHelp()).toContain(`  ${variable} `);
  });
});
