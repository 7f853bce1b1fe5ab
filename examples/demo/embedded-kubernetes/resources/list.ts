import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { badRequest, expired, qualified, StatusError } from '../objects/status-error.ts';
import { fieldSelector, type Selector } from './field-selector.ts';
import { labelSelector } from './label-selector.ts';
import { apiVersionOf, type ResourceDefinition } from './resource-definition.ts';

export interface ListQuery {
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
}

/** A list of a resource, as the API answers it. */
export interface ObjectList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly KubernetesObject[];
}

interface Page {
  readonly revision: number;
  readonly rest: readonly KubernetesObject[];
}

/** @throws StatusError 400 for selectors that cannot be understood */
export function selectorOf(resource: ResourceDefinition, namespace: string | undefined, query: ListQuery): Selector {
  const fields = fieldSelector(query.fieldSelector ?? '', ['metadata.name', ...(resource.namespaced ? ['metadata.namespace'] : []), ...resource.selectableFields]);
  const labels = labelSelector(query.labelSelector ?? '');
  return (object) => (namespace === undefined || object.metadata.namespace === namespace) && fields(object) && labels(object);
}

/** Lists, whole or in pages of one version. */
export class Lists {
  readonly #store: ObjectStore;
  readonly #pages = new Map<string, Page>();
  #tokens = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** @throws StatusError */
  list(resource: ResourceDefinition, namespace: string | undefined, query: ListQuery): ObjectList {
    const selects = selectorOf(resource, namespace, query);
    this.#checkVersion(query.resourceVersion);
    const page = query.continue === undefined || query.continue === '' ? this.#wholeOf(resource, selects) : this.#pageOf(query.continue, resource, selects);
    const limit = query.limit === undefined || query.limit === 0 ? Infinity : query.limit;
    const items = page.rest.slice(0, limit);
    const rest = page.rest.slice(limit);
    const token = rest.length === 0 ? undefined : this.#keep({ revision: page.revision, rest }, placeOf(items.at(-1)));
    const isSelective = (query.fieldSelector ?? '') !== '' || (query.labelSelector ?? '') !== '';
    return {
      apiVersion: apiVersionOf(resource),
      kind: resource.listKind,
      metadata: {
        resourceVersion: String(page.revision),
        ...(token !== undefined ? { continue: token } : resource.custom ? { continue: '' } : {}),
        ...(token !== undefined && !isSelective ? { remainingItemCount: rest.length } : {}),
      },
      items,
    };
  }

  /** Lets all tokens expire. */
  forgetPages(): void {
    this.#pages.clear();
  }

  #wholeOf(resource: ResourceDefinition, selects: Selector): Page {
    return { revision: this.#store.revision, rest: this.#store.list(qualified(resource)).filter(selects) };
  }

  #pageOf(token: string, resource: ResourceDefinition, selects: Selector): Page {
    const page = this.#pages.get(token);
    if (page !== undefined) return page;
    if (!token.startsWith(TOKEN)) throw badRequest('invalid continue token: continue key is not valid');
    const now = this.#wholeOf(resource, selects);
    const after = token.slice(token.indexOf('/'));
    const rest = now.rest.filter((object) => placeOf(object) > after);
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      this.#keep({ revision: now.revision, rest }, after),
    );
  }

  #keep(page: Page, after: string): string {
    this.#tokens += 1;
    const token = `${TOKEN}${this.#tokens}${after}`;
    this.#pages.set(token, page);
    return token;
  }

  #checkVersion(version = ''): void {
    if (version === '') return;
    if (!/^\d+$/.test(version)) {
      throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
    }
    if (Number(version) <= this.#store.revision) return;
    const what = 'Too large resource version';
    const details = { causes: [{ reason: 'ResourceVersionTooLarge', message: what }], retryAfterSeconds: 1 };
    throw new StatusError(504, 'Timeout', `Timeout: ${what}: ${version}, current: ${this.#store.revision}`, details);
  }
}

/** A token says what the page comes after, so that a list can go on when the page has expired. */
const TOKEN = 'page-';

const placeOf = (object: KubernetesObject | undefined) => `/${object?.metadata.namespace ?? ''}/${object?.metadata.name ?? ''}`;
