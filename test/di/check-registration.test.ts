import 'reflect-metadata';
import { container } from 'tsyringe';
import { describe, expect, it } from 'vitest';
import { createAgentMetrics, formatOrder, openHostmount, readAgentSettings, readOneShotSettings, readOperatorSettings, registerOneShot, registerOperator, registerPcapper, TOKENS } from 'pcapper/di';
import { DEFAULT_LIMITS, silentLogger } from 'pcapper';
import { TestHostmount } from '../harness/agent-process.ts';

const connection = { server: new URL('http://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) };
const target = { kind: 'node', node: 'n1', interface: 'eth0' } as const;
const CAPTURE_ORDER = formatOrder({ request: { uid: 'uid-1', name: 'web', target, limits: DEFAULT_LIMITS }, target });
const operator = { settings: readOperatorSettings({ AGENT_IMAGE: 'agent:1' }), connection, logger: silentLogger };
const child = () => container.createChildContainer();

/** What somebody does who writes JavaScript, or a cast too many. */
const wrong = (given: unknown) => given as never;

async function agent(folder: TestHostmount) {
  const settings = readAgentSettings({ NODE_NAME: 'n1', HOSTMOUNT: folder.path });
  return { settings, hostmount: await openHostmount({ path: folder.path, node: 'n1' }), connection, logger: silentLogger };
}

describe('a registration', () => {
  it('with the global container is refused, and leaves nothing in it', async () => {
    using folder = new TestHostmount();
    const options = await agent(folder);
    await using _hostmount = options.hostmount;
    const advice = 'Give it one of your own: container.createChildContainer(), or await createContainer() of pcapper/di.';
    expect(() => registerPcapper(container, options)).toThrow(`registerPcapper was given tsyringe's global container, which all of the program shares. ${advice}`);
    expect(() => registerOperator(container, operator)).toThrow(`registerOperator was given tsyringe's global container`);
    const settings = readOneShotSettings({ NODE_NAME: 'n1', HOSTMOUNT: folder.path, CAPTURE_ORDER });
    expect(() => registerOneShot(container, { ...options, settings, identity: 'n1' })).toThrow(`registerOneShot was given tsyringe's global container`);
    expect(Object.values(TOKENS).filter((token) => container.isRegistered(token as typeof TOKENS.Clock))).toEqual([]);
  });

  it('with a child of a child is taken', () => {
    expect(registerOperator(child().createChildContainer(), operator).isRegistered(TOKENS.Clock)).toBe(true);
  });

  it.each([
    [undefined, 'registerOperator was given undefined, which is no container of tsyringe. '],
    [{}, 'registerOperator was given another object, which is no container of tsyringe. '],
  ])('with no container is refused: %j', (given, message) => {
    expect(() => registerOperator(wrong(given), operator)).toThrow(message);
  });

  it('tells all that is missing or wrong at once, and what is allowed', () => {
    const mine = child();
    expect(() => registerPcapper(mine, wrong({ settings: { nodeName: 7 }, hostmount: Promise.resolve(), connection: 'https://10.0.0.1' }))).toThrow(
      expect.objectContaining({
        code: 'SettingInvalid',
        message:
          'registerPcapper was given wrong options: settings is another object; hostmount is a Promise; connection is "https://10.0.0.1"; logger is not given. '
          + 'Allowed are: as settings what readAgentSettings gives; as hostmount what openHostmount gives, awaited; as connection what loadConnection of pcapper/kubernetes gives, awaited; '
          + 'as logger an object with debug, info, warn and error, as a pino logger or silentLogger.',
      }),
    );
    expect(mine.isRegistered(TOKENS.Clock)).toBe(false);
  });

  it('with metrics that were not awaited is refused, and is taken without any', async () => {
    using folder = new TestHostmount();
    const options = await agent(folder);
    await using _hostmount = options.hostmount;
    const metrics = createAgentMetrics();
    expect(() => registerPcapper(child(), { ...options, metrics: wrong(metrics) })).toThrow('metrics is a Promise. Allowed are: as metrics what createAgentMetrics gives, awaited, or nothing.');
    expect(() => registerPcapper(child(), { ...options, metrics: wrong(null) })).toThrow('metrics is null.');
    expect(registerPcapper(child(), { ...options, metrics: await metrics }).isRegistered(TOKENS.Clock)).toBe(true);
    expect(registerPcapper(child(), { ...options, metrics: undefined }).isRegistered(TOKENS.Clock)).toBe(true);
  });

  it('without options at all is told the same way', () => {
    expect(() => registerOperator(child(), wrong(undefined))).toThrow('registerOperator was given wrong options: settings is not given; connection is not given; logger is not given.');
  });

  it('with the settings of another program is refused', async () => {
    using folder = new TestHostmount();
    const options = await agent(folder);
    await using _hostmount = options.hostmount;
    expect(() => registerPcapper(child(), { ...options, settings: wrong(operator.settings) })).toThrow('as settings what readAgentSettings gives');
    expect(() => registerOperator(child(), { ...operator, settings: wrong(options.settings) })).toThrow('as settings what readOperatorSettings gives');
    expect(() => registerOneShot(child(), { ...options, settings: wrong(options.settings), identity: 'n1' })).toThrow('as settings what readOneShotSettings gives');
  });

  it('with a hostmount that was opened under another name is refused: its manifests are of somebody else', async () => {
    using folder = new TestHostmount();
    const options = await agent(folder);
    await using _hostmount = options.hostmount;
    expect(() => registerPcapper(child(), { ...options, settings: { ...options.settings, nodeName: 'n2' } })).toThrow(
      'registerPcapper was given a hostmount that was opened as "n1", and settings of "n2". Open it under the name that it is used by: openHostmount({ path, node: "n2" }).',
    );
    const settings = readOneShotSettings({ NODE_NAME: 'n1', HOSTMOUNT: folder.path, CAPTURE_ORDER });
    expect(() => registerOneShot(child(), { ...options, settings, identity: 'n1.uid-1' })).toThrow('registerOneShot was given a hostmount that was opened as "n1", and the identity "n1.uid-1".');
  });
});
