import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { type ClaimedTarget, describeTarget } from '../core/capture-target.ts';
import { CaptureError, errorMessage } from '../core/errors/capture-error.ts';
import { isInterfaceName } from '../core/interface-name.ts';
import type { InterfaceResolver, NetworkNamespace } from '../core/interface-resolver.ts';
import type { ContractTest } from './contract-test.ts';

/** A resolver with what its tests need around it. */
export interface InterfaceResolverSubject extends AsyncDisposable {
  /** The one under test. */
  readonly resolver: InterfaceResolver;
  /** A target that is there and that it serves. */
  readonly served: ClaimedTarget;
  /** A target that it refuses. */
  readonly refused: ClaimedTarget;
  /** Makes the served target go away; `gone` has 10 s to tell. Absent: such targets do not go away by themselves. */
  readonly goAway?: () => Promise<void>;
  /**
   * The resolver serves a Pod whatever its uid, so it is not asked to refuse another one of the name of `served`. Fit for a fake; on a node
   * names pass from one Pod to the next, and it would capture the next one's packets. Default: it refuses.
   */
  readonly servesAnyUid?: boolean;
}

/** Seconds that a resolver has to tell that a target is gone: ours look once a second. */
const GONE_WITHIN = 10;

/**
 * What every {@link InterfaceResolver} owes to the engine. Each test sets up a subject of its own, and disposes it whatever came of it.
 *
 * Where `served` is a Pod, another one under its name is to be refused: the suite asks for it with another `uid` and `cgroupUid`.
 */
export function interfaceResolverContract(test: ContractTest, setUp: () => Promise<InterfaceResolverSubject>): void {
  const withSubject = (name: string, body: (subject: InterfaceResolverSubject) => Promise<void>) =>
    test(name, async () => {
      await using subject = await setUp();
      await body(subject);
    });

  withSubject('has a name for messages', ({ resolver }) => {
    assert.ok(resolver.name.length > 0);
    return Promise.resolve();
  });

  withSubject('resolves a target to a device that can be captured, and that is there', async ({ resolver, served }) => {
    await using resolved = await resolver.resolve(served);
    assert.ok(isInterfaceName(resolved.device), `${resolved.device} is no name of a device`);
    assert.ok(['EN10MB', 'LINUX_SLL2', 'RAW'].includes(resolved.linkType));
    assert.equal(resolved.gone.aborted, false);
  });

  withSubject('holds the namespace open until disposed, once or twice', async ({ resolver, served }) => {
    const resolved = await resolver.resolve(served);
    const namespace = resolved.networkNamespace;
    const fd = namespace?.fd;
    if (namespace) assert.ok(isOpen(namespace, fd), 'the file descriptor is not open, or not of that inode');
    await resolved[Symbol.asyncDispose]();
    await resolved[Symbol.asyncDispose]();
    if (namespace) assert.ok(!isOpen(namespace, fd), 'the file descriptor is still open');
  });

  withSubject('serves one target several times, each on its own', async ({ resolver, served }) => {
    const first = await resolver.resolve(served);
    await using second = await resolver.resolve(served);
    await first[Symbol.asyncDispose]();
    assert.equal(second.device, first.device);
    assert.equal(second.gone.aborted, false);
    if (second.networkNamespace) assert.ok(isOpen(second.networkNamespace, second.networkNamespace.fd));
  });

  withSubject('refuses by a CaptureError', async ({ resolver, refused }) => {
    await assert.rejects(resolver.resolve(refused), (error) => CaptureError.is(error) && error.code !== '' && error.message !== '');
  });

  withSubject('refuses another Pod under the name of the one it serves', async ({ resolver, served, servesAnyUid = false }) => {
    if (served.kind !== 'pod' || servesAnyUid) return;
    const uid = crypto.randomUUID();
    const refusal = await resolver.resolve({ ...served, uid, cgroupUid: uid }).then(disposed, (error: unknown) => error);
    assert.ok(refusal !== undefined, `${describeTarget(served)} was served to someone who asked for one whose uid is another`);
    assert.ok(CaptureError.is(refusal), `it was refused, but not by a CaptureError: ${errorMessage(refusal)}`);
  });

  withSubject('does nothing for someone who has given up, and says their reason', async ({ resolver, served }) => {
    const reason = new Error('given up');
    await assert.rejects(resolver.resolve(served, AbortSignal.abort(reason)), reason);
  });

  withSubject('tells that the target is gone, in a sentence', async ({ resolver, served, goAway }) => {
    if (!goAway) return;
    await using resolved = await resolver.resolve(served);
    assert.equal(resolved.gone.aborted, false);
    await leave(goAway, resolved.gone);
    assert.match(String(resolved.gone.reason), /\w.*\.$/);
  });

  withSubject('tells nothing after it was disposed', async ({ resolver, served, goAway }) => {
    if (!goAway) return;
    const disposed = await resolver.resolve(served);
    await using witness = await resolver.resolve(served);
    await disposed[Symbol.asyncDispose]();
    assert.equal(witness.gone.aborted, false);
    await leave(goAway, witness.gone);
    assert.equal(disposed.gone.aborted, false);
  });
}

async function disposed(resolved: AsyncDisposable): Promise<void> {
  await resolved[Symbol.asyncDispose]();
}

/** Not every test runner ends a test that waits for ever. */
async function leave(goAway: () => Promise<void>, gone: AbortSignal): Promise<void> {
  const late = Promise.withResolvers<never>();
  // Not `AbortSignal.timeout`: with nothing but that under way, the process ends.
  const timer = setTimeout(() => late.reject(new Error(`gone was not aborted within ${GONE_WITHIN} s after goAway`)), GONE_WITHIN * 1000);
  try {
    await Promise.race([Promise.all([once(gone, 'abort'), goAway()]), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function isOpen({ inode }: NetworkNamespace, fd: number | undefined): boolean {
  try {
    return fd !== undefined && fstatSync(fd, { bigint: true }).ino === inode;
  } catch {
    return false;
  }
}
