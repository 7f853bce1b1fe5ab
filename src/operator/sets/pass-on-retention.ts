import type { Children } from './children.ts';
import type { KnownSet } from './known-set.ts';
import { ofEach } from './of-each.ts';
import type { SetApi } from './set-api.ts';

/** Whether files outlive the captures of a set may be changed for as long as there is a set. @returns what failed. */
export function passOnRetention({ uid, retainFiles }: KnownSet, { api, children }: { readonly api: SetApi; readonly children: Children }): Promise<readonly Error[]> {
  return ofEach(children.of(uid), async (child) => {
    if (child.retainFiles !== retainFiles) await api.changeCapture(child, { retainFiles });
  });
}
