// Every entry that needs no other package, as a project has it whose tsconfig.json says "module": "commonjs" and nothing of how modules are found.
import { createCaptureEngine } from 'pcapper';
import { KubernetesClient } from 'pcapper/kubernetes';
import { DEFAULT_LEASE_TIMES } from 'pcapper/operator';
import { FakeNode } from 'pcapper/testing';

console.log(JSON.stringify({ entries: [createCaptureEngine, KubernetesClient, DEFAULT_LEASE_TIMES, FakeNode].map((entry) => typeof entry) }));
