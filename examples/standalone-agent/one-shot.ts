// The agent in one-shot mode (`--once`), as in a Job: one capture, whose order it is given, and its outcome as exit code and termination message.
import { checkPrograms, describeSettings, misspelledSettings, ONE_SHOT_SETTING_LIST, ONE_SHOT_TOKENS, oneShotHelp, oneShotIdentity, OneShotLeftovers, openHostmount, type ProgramMode, readOneShotSettings, registerOneShot, tellOneShotFailure, TOKENS } from 'pcapper/di';
import type { Logger } from 'pino';
import { container } from 'tsyringe';

export function oneShot(logger: Logger): ProgramMode {
  return {
    help: oneShotHelp,
    settings: ONE_SHOT_SETTING_LIST,
    fails: (error, environment) => tellOneShotFailure(error, environment, logger),
    main: async (given) => {
      // Heard from the first moment on. It ends the capture for good: nobody comes after it.
      const asked = new AbortController();
      for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => asked.abort());
      for (const hint of misspelledSettings(given)) logger.warn(hint);
      const settings = readOneShotSettings(given);
      logger.level = settings.logLevel;
      logger.info(describeSettings(settings), 'pcapper one-shot starts');

      await checkPrograms();
      const { nodeName: node, hostmount: path, keepFilesFor, order } = settings;
      const identity = oneShotIdentity(node, order.request.uid);
      await using hostmount = await openHostmount({ path, node: identity, ephemeral: true, logger });
      // Another process for the same capture has got in: what this one did from now on would be done twice.
      hostmount.lost.addEventListener('abort', () => process.exit(tellOneShotFailure(hostmount.lost.reason, given, logger)));

      const parts = registerOneShot(container.createChildContainer(), { settings, hostmount, identity, logger });
      if (keepFilesFor !== undefined) await new OneShotLeftovers({ hostmount: path, node, keepFilesFor, clock: parts.resolve(TOKENS.Clock), logger }).remove();
      const { progress, files } = await parts.resolve(ONE_SHOT_TOKENS.OneShot).run(order, asked.signal);
      logger.info({ hostmount: path, files: files.map(({ name }) => name) }, 'pcapper one-shot ends');
      return progress === 'finished' ? 0 : 1;
    },
  };
}
