/** `core/v1 PodTemplateSpec`, as far as pcapper fills it in: what a DaemonSet or a Job makes its Pods from. */
export interface PodTemplate {
  /** Of each Pod. */
  readonly metadata: PodTemplateMetadata;
  /** What runs in it, and what of the node it gets. */
  readonly spec: PodSpec;
}

/** Of the metadata of the Pods what is set. */
export interface PodTemplateMetadata {
  /** What selectors find them by. */
  readonly labels: Readonly<Record<string, string>>;
}

/** `core/v1 PodSpec`, as far as pcapper fills it in. What is absent has Kubernetes' default. */
export interface PodSpec {
  /** The one that there is. */
  readonly containers: readonly [Container];
  /** Folders that containers can mount. */
  readonly volumes: readonly Volume[];
  /** Name of the ServiceAccount whose rights it has. */
  readonly serviceAccountName: string;
  /** False: no token of the ServiceAccount is mounted. Absent: one is. */
  readonly automountServiceAccountToken?: boolean;
  /** Name of a PriorityClass: whom the kubelet and the scheduler end first where room is short. */
  readonly priorityClassName: string;
  /** Labels that a node must have. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Taints of nodes that do not keep it away. */
  readonly tolerations: readonly Toleration[];
  /** The node that it must be on. Absent: any that is fit. */
  readonly affinity?: NodeNameAffinity;
  /** It sees all processes of the node. */
  readonly hostPID: boolean;
  /** It is in the network of the node. */
  readonly hostNetwork: boolean;
  /** `Default`: names are looked up as the node does. Absent: as Pods do. */
  readonly dnsPolicy?: 'Default';
  /** Whether Services become environment variables, as `WEB_SERVICE_HOST`. */
  readonly enableServiceLinks: boolean;
  /** `Never`: a container that has ended is not started again. Absent: always. */
  readonly restartPolicy?: 'Never';
  /** Time from SIGTERM to SIGKILL. Seconds. */
  readonly terminationGracePeriodSeconds: number;
  /** Names of Secrets that images are pulled with. Absent: none. */
  readonly imagePullSecrets?: readonly NameReference[];
  /** As whom its processes run, and what confines them. */
  readonly securityContext: PodSecurityContext;
}

/** Something by its name, in the same namespace. */
export interface NameReference {
  /** `metadata.name`. */
  readonly name: string;
}

/** `core/v1 Toleration`. */
export interface Toleration {
  /** `Exists` without a key: of every taint. */
  readonly operator: 'Exists';
}

/** `core/v1 Affinity` for one node, by its name: the scheduler still sees to the node's room. */
export interface NodeNameAffinity {
  /** Of nodes, as there is of Pods. */
  readonly nodeAffinity: {
    /** What must hold when it is scheduled, and need not later. */
    readonly requiredDuringSchedulingIgnoredDuringExecution: {
      /** One of these must match. */
      readonly nodeSelectorTerms: readonly NodeNameTerm[];
    };
  };
}

/** `core/v1 NodeSelectorTerm` by fields of the Node. */
export interface NodeNameTerm {
  /** All of these must match. */
  readonly matchFields: readonly {
    /** Kubernetes knows no other field. */
    readonly key: 'metadata.name';
    /** It is one of the values. */
    readonly operator: 'In';
    /** One name: more are refused. */
    readonly values: readonly string[];
  }[];
}

/** `core/v1 PodSecurityContext`, as far as pcapper fills it in. */
export interface PodSecurityContext {
  /** uid of its processes. */
  readonly runAsUser: number;
  /** gid of its processes. */
  readonly runAsGroup: number;
  /** Which system calls there are: seccomp(2). */
  readonly seccompProfile: ProfileType;
  /** Where the node has AppArmor. Kubernetes 1.30 or newer. */
  readonly appArmorProfile: ProfileType;
  /** Where the node has SELinux. */
  readonly seLinuxOptions: {
    /** Type of the label of its processes. */
    readonly type: string;
  };
}

/** Which profile confines a process. */
export interface ProfileType {
  /** `RuntimeDefault`: that of the container runtime. `Unconfined`: none. */
  readonly type: 'RuntimeDefault' | 'Unconfined';
}

/** `core/v1 Container`, as far as pcapper fills it in. What is absent has Kubernetes' default. */
export interface Container {
  /** Unique in the Pod. */
  readonly name: string;
  /** As `registry/pcapper-agent:1.0`. */
  readonly image: string;
  /** When the kubelet asks the registry. */
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** After the entrypoint of the image. Absent: those of the image. */
  readonly args?: readonly string[];
  /** Environment variables; `env` counts for more than `envFrom`. */
  readonly env: readonly EnvironmentVariable[];
  /** ConfigMaps whose keys become environment variables. Absent: none. */
  readonly envFrom?: readonly {
    /** In the same namespace. */
    readonly configMapRef: NameReference;
  }[];
  /** Ports that probes can name. Absent: none. */
  readonly ports?: readonly ContainerPort[];
  /** Where it sees the volumes of the Pod. */
  readonly volumeMounts: readonly VolumeMount[];
  /** Room that it is given, and that it may take. */
  readonly resources: ContainerResources;
  /** What it may do. */
  readonly securityContext: ContainerSecurityContext;
  /** Until this has succeeded once, no other probe is made. Absent: it has begun when it runs. */
  readonly startupProbe?: Probe;
  /** Whether it is ready. Absent: once it has begun. */
  readonly readinessProbe?: Probe;
  /** Whether it is to be started anew. Absent: only when it has ended. */
  readonly livenessProbe?: Probe;
  /** `File`: its last words are what it wrote to /dev/termination-log. That is the default, too. */
  readonly terminationMessagePolicy?: 'File';
}

/** `core/v1 EnvVar`. */
export interface EnvironmentVariable {
  /** As `NODE_NAME`. */
  readonly name: string;
  /** The kubelet replaces `$(NAME)` by another variable, and `$$` by `$`. Absent: see `valueFrom`. */
  readonly value?: string;
  /** Something of the Pod itself. Absent: see `value`. */
  readonly valueFrom?: {
    /** A field of the Pod. */
    readonly fieldRef: {
      /** Of the Pod that the path is of. */
      readonly apiVersion: 'v1';
      /** As `spec.nodeName`. */
      readonly fieldPath: string;
    };
  };
}

/** `core/v1 ContainerPort`. */
export interface ContainerPort {
  /** As probes name it. */
  readonly name: string;
  /** 1 to 65535; with `hostNetwork` it is the port of the node. */
  readonly containerPort: number;
  /** Of the transport. */
  readonly protocol: 'TCP';
}

/** `core/v1 VolumeMount`. */
export interface VolumeMount {
  /** Of the volume. */
  readonly name: string;
  /** Where it is in the container: an absolute path. */
  readonly mountPath: string;
}

/** `core/v1 Volume`: either a folder of the node, or one that goes with the Pod. */
export interface Volume {
  /** As {@link VolumeMount.name} names it. */
  readonly name: string;
  /** A folder of the node, made where there is none. */
  readonly hostPath?: {
    /** An absolute path. */
    readonly path: string;
    /** Anything else in its place is an error. */
    readonly type: 'DirectoryOrCreate';
  };
  /** A folder that is empty at first. */
  readonly emptyDir?: {
    /** tmpfs: it counts as memory of the container. */
    readonly medium: 'Memory';
    /** The most that it takes: a Kubernetes quantity of bytes. */
    readonly sizeLimit: string;
  };
}

/** `core/v1 ResourceRequirements`, as far as pcapper fills it in. */
export interface ContainerResources {
  /** Kept for it by the scheduler. */
  readonly requests: {
    /** A Kubernetes quantity of cores: `50m` is a twentieth of one. */
    readonly cpu: string;
    /** A Kubernetes quantity of bytes. */
    readonly memory: string;
  };
  /** The most that it may take. Of CPU there is no limit: throttled captures drop packets. */
  readonly limits: {
    /** A Kubernetes quantity of bytes: with more it is killed. */
    readonly memory: string;
  };
}

/** `core/v1 SecurityContext` of a container, as far as pcapper fills it in. */
export interface ContainerSecurityContext {
  /** False: it has the capabilities below, and no others. */
  readonly privileged: false;
  /** It writes to its volumes alone. */
  readonly readOnlyRootFilesystem: true;
  /** capabilities(7), without `CAP_`. */
  readonly capabilities: {
    /** Taken away first: all. */
    readonly drop: readonly string[];
    /** Given after that. */
    readonly add: readonly string[];
  };
}

/** `core/v1 Probe`: either a GET or a command. */
export interface Probe {
  /** Succeeds when it is answered with 200 to 399. */
  readonly httpGet?: {
    /** As `/readyz`. */
    readonly path: string;
    /** Name of a port of the container. */
    readonly port: string;
    /** Of the URL. */
    readonly scheme: 'HTTP';
  };
  /** Succeeds when the command in the container ends with 0. */
  readonly exec?: {
    /** Program and arguments; there is no shell. */
    readonly command: readonly string[];
  };
  /** Time between two tries. Seconds. */
  readonly periodSeconds: number;
  /** Time that a try has. Seconds. */
  readonly timeoutSeconds: number;
  /** Tries that fail one after the other until it has failed. */
  readonly failureThreshold: number;
}
