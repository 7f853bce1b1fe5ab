import { GROUP, PACKET_CAPTURE, PACKET_CAPTURE_SET } from '../../src/api/v1alpha1/group.ts';
import { clusterRole, type Manifest } from './role.ts';

/** For people, to be bound by RoleBindings in the namespace of the captures. Nobody is bound by default. */
export function userManifests(): Manifest[] {
  return [
    clusterRole('pcapper-user', [
      { apiGroups: [GROUP], resources: [PACKET_CAPTURE.plural, PACKET_CAPTURE_SET.plural], verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] },
    ]),
    // kubectl cp and pcapper get run a command in the agent's Pod: as root, with all that the agent sees of its node.
    clusterRole('pcapper-files', [
      { apiGroups: [GROUP], resources: [PACKET_CAPTURE.plural], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      // Over a WebSocket it is asked for as a get, over SPDY as a create.
      { apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] },
    ]),
  ];
}
