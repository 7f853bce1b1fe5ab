/** The part of Kubernetes' ObjectMeta that pcapper reads or writes. */
export interface ObjectMeta {
  /** Unique among the objects of its kind in its namespace. Absent: `generateName` is there. */
  readonly name?: string;
  /** What the API server makes a name of, by adding five letters and digits, when the object is created. */
  readonly generateName?: string;
  /** Absent in what is to be created: the one of the path is taken. */
  readonly namespace?: string;
  /** Unique in the cluster for all time. Set by the API server. */
  readonly uid?: string;
  /** Changes with each write. Sent back, it makes the API server refuse a write (409) if the object has changed since. */
  readonly resourceVersion?: string;
  /** Raised by the API server whenever `spec` changes, from 1 on. */
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  /** RFC 3339. Set while the object is being deleted. */
  readonly deletionTimestamp?: string;
  /** What selectors find it by. Absent: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Notes that no selector finds it by. Absent: none. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The garbage collector deletes it once all of them are gone. Absent: nobody owns it. */
  readonly ownerReferences?: readonly OwnerReference[];
}

/** An object with which this one goes: the garbage collector deletes it after that. */
export interface OwnerReference {
  /** `GROUP/VERSION`, of the core group `v1`. */
  readonly apiVersion: string;
  /** In CamelCase, singular: `PacketCaptureSet`. */
  readonly kind: string;
  /** `metadata.name`, in the namespace of this object, or of a kind that has none. */
  readonly name: string;
  /** `metadata.uid`: another object of the name does not count. */
  readonly uid: string;
  /** This owner manages the object; true for one at most. Default: false. */
  readonly controller?: boolean;
  /** A foreground deletion of the owner waits for this object. Default: false. */
  readonly blockOwnerDeletion?: boolean;
}
