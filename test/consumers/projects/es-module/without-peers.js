// Every entry without any optional peer: what needs one says so, and how to get it.
import { loadConnection } from 'pcapper/kubernetes';
import { createAgentMetrics, createContainer, readAgentSettings } from 'pcapper/di';
import { agentRules } from 'pcapper/operator';

const told = (error) => `${error.code}: ${error.message}`;
console.log(JSON.stringify({
  settings: readAgentSettings({ NODE_NAME: 'n1' }).nodeName,
  rules: typeof agentRules,
  missing: [
    await loadConnection({ kubeconfig: '/nowhere' }).catch(told),
    await createAgentMetrics().catch(told),
    await createContainer().catch(told),
  ],
}));
