/** What every object of the Kubernetes API carries. Unknown fields are kept as they are. */
export interface KubernetesObject {
  /** `GROUP/VERSION`, of the core group `v1`. Absent in the items of a list. */
  readonly apiVersion?: string;
  /** In CamelCase, singular: `Pod`. Absent in the items of a list. */
  readonly kind?: string;
  /** Who and whose it is; more of it than is named here may be there. */
  readonly metadata: ObjectMetadata;
  /** What is asked for. Not checked here. Some kinds have none. */
  readonly spec?: unknown;
  /** What was seen of it last. Not checked here. Absent: nobody has written it. */
  readonly status?: unknown;
}

/** Of the metadata of an object what is read here. */
export interface ObjectMetadata {
  /** Unique among the objects of its kind in its namespace; may be used again once the object is gone. */
  readonly name: string;
  /** Absent: its kind is of the cluster as a whole. */
  readonly namespace?: string;
  /** Unique in the cluster for all time: tells an object from a later one of its name. */
  readonly uid: string;
  /** Changes with each write. A write that carries an older one is refused with 409. */
  readonly resourceVersion: string;
  /** RFC 3339, whole seconds, by the wall clock of the API server. */
  readonly creationTimestamp?: string;
  /** RFC 3339, whole seconds: when its grace period is over. Absent: nobody has deleted it. */
  readonly deletionTimestamp?: string;
  /** What selectors find it by. Absent: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Notes that no selector finds it by. Absent: none. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A list of objects, with the version that it is of. */
export interface KubernetesList<T = KubernetesObject> {
  /** Of the collection, not of an item. */
  readonly metadata: ListMetadata;
  /** Empty where the call was given `each`. */
  readonly items: readonly T[];
}

/** `meta/v1 ListMeta`, as far as it is read here. */
export interface ListMetadata {
  /** That all items are of: a watch can begin there. */
  readonly resourceVersion: string;
  /** Given as `continue` in the query it asks for the next page. Absent: this was the last one. */
  readonly continue?: string;
}

/** `meta/v1 Status`: how the API server words a refusal. */
export interface KubernetesStatus {
  /** By which it is told from another answer. */
  readonly kind: 'Status';
  /** The HTTP status code; in a watch, where there is no other, the only one. */
  readonly code?: number;
  /** Why, for programs, in CamelCase (`meta/v1 StatusReason`): `NotFound`, `Conflict`, `Expired`. */
  readonly reason?: string;
  /** Why, for people. */
  readonly message?: string;
  /** What it is about. Depends on the reason. */
  readonly details?: StatusDetails;
}

/** Of a `Status`: which object it is about. */
export interface StatusDetails {
  /** `metadata.name` of the object, where it is about one. */
  readonly name?: string;
  /** API group. Absent for the core group. */
  readonly group?: string;
  /** The kind, of many answers the resource instead: `pods`. */
  readonly kind?: string;
  /** `metadata.uid` of the object, where there is a single one. */
  readonly uid?: string;
  /** Time after which another try makes sense. Seconds. */
  readonly retryAfterSeconds?: number;
  /** Each field that is wrong, with 422. */
  readonly causes?: readonly StatusCause[];
}

/** `meta/v1 StatusCause`: one thing that is wrong with an object. */
export interface StatusCause {
  /** Why, for programs, in CamelCase (`meta/v1 CauseType`): `FieldValueInvalid`. */
  readonly reason?: string;
  /** Why, for people. */
  readonly message?: string;
  /** Where, in dots and brackets: `spec.captureSeconds`, `items[0].name`. */
  readonly field?: string;
}

/** One line of a watch. An `ERROR` line is thrown as an error instead. */
export interface WatchEvent {
  /** `ADDED` also for what was there before, if the watch has no resourceVersion; `BOOKMARK` tells only the resourceVersion up to which nothing was left out. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  /** As it is after the change; with `DELETED` as it was last. */
  readonly object: KubernetesObject;
}
